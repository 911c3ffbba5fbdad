// SPDX-License-Identifier: Apache-2.0

package tabular

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/kit/civil"
)

// CSV writes RFC 4180 in UTF-8 with a byte order mark, so that spreadsheet programs get the
// letters right. Every cell passes through [Safe].
type CSV struct {
	w     *bufio.Writer
	begun bool
}

// NewCSV returns a writer; Flush ends it.
func NewCSV(w io.Writer) *CSV { return &CSV{w: bufio.NewWriter(w)} }

// Write writes one row.
func (c *CSV) Write(cells ...string) error {
	if !c.begun {
		c.begun = true
		_, _ = c.w.WriteString("\ufeff")
	}
	for i, cell := range cells {
		if i > 0 {
			_ = c.w.WriteByte(',')
		}
		cell = Safe(cell)
		if strings.ContainsAny(cell, ",;|\t\"\r\n'") || cell != strings.TrimSpace(cell) {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		_, _ = c.w.WriteString(cell)
	}
	_, err := c.w.WriteString("\r\n")
	return err
}

// Flush writes what is left.
func (c *CSV) Flush() error { return c.w.Flush() }

// Cell is a value in a workbook. Make one with [Text], [Number] or [Day].
type Cell struct {
	kind  byte // 't', 'n', 'd'
	value string
}

// Text is a cell of text; it passes through [Safe].
func Text(s string) Cell { return Cell{'t', Safe(s)} }

// Number is a cell with a decimal number written with a point, such as "-12.50"; anything
// else becomes text.
func Number(s string) Cell {
	if !strings.ContainsAny(s, ", '%+") && plainNumber(strings.TrimPrefix(s, "-")) {
		return Cell{'n', s}
	}
	return Text(s)
}

// Day is a cell with a date; an unknown one is empty.
func Day(d civil.Date) Cell {
	if !d.Known() {
		return Text("")
	}
	// Excel counts days from 1899-12-30 (for days after February 1900).
	return Cell{'d', strconv.Itoa(int(d - civil.DateOf(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC))))}
}

// XLSX writes a workbook, row by row, in constant memory.
type XLSX struct {
	z      *zip.Writer
	w      *bufio.Writer
	sheets []string
	row    int
	err    error
}

// NewXLSX returns a writer; Sheet must come first, Close ends it.
func NewXLSX(w io.Writer) *XLSX { return &XLSX{z: zip.NewWriter(w)} }

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS    = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relNS     = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	sheetEnd  = `</sheetData></worksheet>`
	typeStart = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
)

// Sheet begins a sheet. Its name is cut to what Excel allows.
func (x *XLSX) Sheet(name string) error {
	x.endSheet()
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return ' '
		}
		return r
	}, name)
	for utf8.RuneCountInString(name) > 31 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	x.sheets = append(x.sheets, name)
	x.part(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(x.sheets)))
	x.put(xmlHead, `<worksheet `, mainNS, `><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`)
	x.row = 0
	return x.err
}

// Write writes one row.
func (x *XLSX) Write(cells ...Cell) error {
	x.row++
	x.put(`<row r="`, strconv.Itoa(x.row), `">`)
	for _, c := range cells {
		switch {
		case c.value == "":
			x.put(`<c/>`)
		case c.kind == 'n':
			x.put(`<c><v>`, c.value, `</v></c>`)
		case c.kind == 'd':
			x.put(`<c s="1"><v>`, c.value, `</v></c>`)
		default:
			x.put(`<c t="inlineStr"><is><t xml:space="preserve">`, escape(c.value), `</t></is></c>`)
		}
	}
	x.put(`</row>`)
	return x.err
}

// Close writes the parts that every workbook has.
func (x *XLSX) Close() error {
	x.endSheet()
	var names, rels, types strings.Builder
	for i, n := range x.sheets {
		fmt.Fprintf(&names, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escape(n), i+1, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, relNS, i+1)
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, typeStart)
	}
	const pkg = `http://schemas.openxmlformats.org/package/2006/`
	for _, p := range [][2]string{
		{"xl/workbook.xml", `<workbook ` + mainNS + ` xmlns:r="` + relNS + `"><sheets>` + names.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + pkg + `relationships">` + rels.String() + `<Relationship Id="rIdStyles" Type="` + relNS + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet ` + mainNS + `><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`},
		{"_rels/.rels", `<Relationships xmlns="` + pkg + `relationships"><Relationship Id="rId1" Type="` + relNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", `<Types xmlns="` + pkg + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + typeStart + `sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="` + typeStart + `styles+xml"/>` + types.String() + `</Types>`},
	} {
		x.part(p[0])
		x.put(xmlHead, p[1])
		x.flush()
	}
	if x.err != nil {
		return x.err
	}
	return x.z.Close()
}

func (x *XLSX) part(name string) {
	if x.err != nil {
		return
	}
	w, err := x.z.Create(name)
	x.w, x.err = bufio.NewWriterSize(w, 32<<10), err
}

func (x *XLSX) endSheet() {
	if len(x.sheets) > 0 {
		x.put(sheetEnd)
		x.flush()
	}
}

func (x *XLSX) put(parts ...string) {
	for _, p := range parts {
		if x.err == nil {
			_, x.err = x.w.WriteString(p)
		}
	}
}

func (x *XLSX) flush() {
	if x.err == nil {
		x.err = x.w.Flush()
	}
}

// escape makes a text fit for XML; control characters that XML forbids become U+FFFD.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0xfffe, r == 0xffff:
			b.WriteRune(utf8.RuneError)
		case r == '\r':
			b.WriteString("&#13;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
