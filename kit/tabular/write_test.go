// SPDX-License-Identifier: Apache-2.0

package tabular_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/tabular"
)

func workbook(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	x := tabular.NewXLSX(&b)
	if err := x.Sheet("Lines: [1]"); err != nil {
		t.Fatal(err)
	}
	_ = x.Write(tabular.Text("Kunde & <Söhne>"), tabular.Text("=cmd|' /C calc'!A0"), tabular.Number("-12.50"), tabular.Day(civil.MustDate(2024, 2, 29)))
	_ = x.Write(tabular.Text(""), tabular.Text("x"), tabular.Number("0.1"), tabular.Day(civil.NoDate))
	_ = x.Sheet("Second")
	_ = x.Write(tabular.Number("=1+1"))
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkbookRoundTrip(t *testing.T) {
	rows, table, err := readAll("w.xlsx", workbook(t), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []row{
		{1, []string{"Kunde & <Söhne>", "'=cmd|' /C calc'!A0", "-12.50", "2024-02-29"}},
		{2, []string{"", "x", "0.1", ""}},
		{1, []string{"'=1+1"}},
	}
	if d := cmp.Diff(want, rows); d != "" || table.Name != "w.xlsx/Second" || table.Format != "xlsx" {
		t.Errorf("%s %s", table.Name, d)
	}
}

// A workbook as Excel writes it: shared texts, styles, sparse cells, the 1904 system,
// prefixes and a rich text.
func TestForeignWorkbook(t *testing.T) {
	book := func(pr string) []byte {
		return zipped(t,
			"[Content_Types].xml", `<Types/>`,
			"xl/workbook.xml", `<?xml version="1.0"?><x:workbook xmlns:x="m" xmlns:r="r"><x:workbookPr `+pr+`/><x:sheets><x:sheet name="A &amp; B" sheetId="7" r:id="rId3"/></x:sheets></x:workbook>`,
			"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId3" Target="/xl/worksheets/one.xml"/></Relationships>`,
			"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-407]dd/mm/yyyy;@"/><numFmt numFmtId="165" formatCode="#,##0.00\ &quot;days&quot;"/><numFmt numFmtId="166" formatCode="[h]:mm"/></numFmts>`+
				`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/><xf numFmtId="166"/></cellXfs></styleSheet>`,
			"xl/sharedStrings.xml", `<sst><si><t>Date</t></si><si><r><t>Am</t></r><r><rPr/><t xml:space="preserve">ount </t></r><rPh><t>zzz</t></rPh></si><si/><si><t>a_x000D_b</t></si></sst>`,
			"xl/worksheets/one.xml", `<worksheet><!-- c --><dimension ref="A1"/><sheetData><row r="3"><c r="B3" t="s"><v>0</v></c><c r="D3" t="s"><v>1</v></c></row><row r="4"/>`+
				`<row r="5"><c r="B5" s="1"><v>45351</v></c><c r="C5" s="3"><v>45351.5</v></c><c r="D5" s="2"><v>0.30000000000000004</v></c><c r="E5" t="b"><v>1</v></c><c r="F5" t="e"><v>#N/A</v></c><c r="G5" t="str"><f>A1&amp;"x"</f><v>ok</v></c><c r="H5" t="s"><v>3</v></c><c r="I5" t="s"><v>99</v></c><c r="J5"><v>1.5E3</v></c></row></sheetData></worksheet>`)
	}
	rows, _, err := readAll("w.xlsx", book(""), tabular.Options{})
	want := []row{
		{3, []string{"", "Date", "", "Amount "}},
		{5, []string{"", "2024-02-29", "2024-02-29 12:00:00", "0.3", "TRUE", "#N/A", "ok", "a\rb", "", "1500"}},
	}
	if d := cmp.Diff(want, rows); d != "" || err != nil {
		t.Error(d, err)
	}
	rows, _, err = readAll("w.xlsx", book(`date1904="1"`), tabular.Options{})
	if err != nil || rows[1].Cells[1] != "2028-03-01" { // 1,462 days later
		t.Errorf("1904: %v %v", rows, err)
	}
}

func TestHostileWorkbooks(t *testing.T) {
	head := []string{
		"xl/workbook.xml", `<workbook><sheets><sheet name="A" r:id="a"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Target="worksheets/one.xml"/></Relationships>`,
	}
	for name, c := range map[string]struct {
		parts []string
		want  string
	}{
		"no sheets":    {[]string{"xl/workbook.xml", "<workbook/>"}, "no sheet"},
		"broken":       {append(head[:4:4], "xl/worksheets/one.xml", `<row r="1"><c r="A1"><v>1`), "damaged"},
		"far column":   {append(head[:4:4], "xl/worksheets/one.xml", `<row r="1"><c r="XFD1"><v>1</v></c></row>`), "columns"},
		"doctype":      {append(head[:4:4], "xl/worksheets/one.xml", `<!DOCTYPE x [<!ENTITY a "b">]><row/>`), "document type"},
		"long text":    {append(head[:4:4], "xl/worksheets/one.xml", `<row r="1"><c t="inlineStr"><is><t>`+strings.Repeat("x", 2<<20)+`</t></is></c></row>`), "KB"},
		"shared texts": {append(head[:4:4], "xl/worksheets/one.xml", `<a/>`, "xl/sharedStrings.xml", strings.Repeat("<si/>", 1<<20)), "MB of text"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll("w.xlsx", zipped(t, c.parts...), tabular.Options{Limits: tabular.Limits{Shared: 4 << 20}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said %v, expected %q", err, c.want)
			}
		})
	}
}

func TestSafe(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"plain":                 "plain",
		"-12.50":                "-12.50",
		"+49 30 1234":           "+49 30 1234",
		"-.5":                   "-.5",
		"-":                     "'-",
		"=cmd|' /C calc'!A0":    "'=cmd|' /C calc'!A0",
		"+1+cmd|' /C calc'!A0":  "'+1+cmd|' /C calc'!A0",
		"-2+3":                  "'-2+3",
		"@SUM(1)":               "'@SUM(1)",
		" =1":                   "' =1",
		"\t=1":                  "'\t=1",
		"\r=1":                  "'\r=1",
		"＝1":                    "'＝1",
		"a=1":                   "a=1",
		"--1":                   "'--1",
		"-12%":                  "-12%",
		"-1E5":                  "'-1E5",
		"@UK PLC":               "'@UK PLC",
		"+HYPERLINK(\"http:\")": "'+HYPERLINK(\"http:\")",
	} {
		if got := tabular.Safe(in); got != want {
			t.Errorf("Safe(%q) = %q, expected %q", in, got, want)
		}
	}
}

func TestNoFormulaLeaves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.StringMatching(`[ =+\-@\t\r\n"',;0-9a]{0,6}`), 2, 4).Draw(t, "cells")
		cells[0] = "x" // a row of blanks is no row
		var b bytes.Buffer
		w := tabular.NewCSV(&b)
		if w.Write(cells...) != nil || w.Flush() != nil {
			t.Fatal("cannot write")
		}
		rows, _, err := readAll("x", b.Bytes(), tabular.Options{Delimiter: ','})
		if err != nil || len(rows) != 1 || len(rows[0].Cells) != len(cells) {
			t.Fatalf("%q came back as %v, %v", cells, rows, err)
		}
		for i, c := range rows[0].Cells {
			if c != tabular.Safe(cells[i]) {
				t.Fatalf("%q came back as %q", cells[i], c)
			}
			if c != "" && strings.ContainsAny(c[:1], "=@\t\r\n") {
				t.Fatalf("%q begins a formula", c)
			}
		}
	})
}
