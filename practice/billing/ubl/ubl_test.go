// SPDX-License-Identifier: Apache-2.0

package ubl_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
	"mainstay/practice/billing/ubl"
)

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	a, b := ubl.Append(nil, invoicetest.German(), invoice.Peppol), ubl.Append(nil, invoicetest.German(), invoice.Peppol)
	if !bytes.Equal(a, b) {
		t.Error("two writings differ")
	}
}

func TestRefusesWhatBreaksARule(t *testing.T) {
	v := invoicetest.German()
	v.Totals.Gross++
	if b, err := ubl.Write(v, invoice.Peppol); err == nil {
		t.Errorf("written all the same: %d bytes", len(b))
	}
	if b, err := ubl.Write(invoicetest.American(), invoice.Paper); err == nil {
		t.Errorf("two taxes of one line are written: %d bytes", len(b))
	}
}

// A profile names itself.
func TestSpecifications(t *testing.T) {
	for p, want := range map[invoice.Profile]string{
		invoice.Paper:     ">urn:cen.eu:en16931:2017<",
		invoice.Peppol:    ">urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0<",
		invoice.XRechnung: ">urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0<",
	} {
		b, err := ubl.Write(invoicetest.German(), p)
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%q: %v, no %s", p, err, want)
		}
	}
}

// Whatever people typed, the XML is well formed, has no empty element, and says what XML can say of it.
func TestTextsAreEscaped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := invoicetest.German()
		text := rapid.String().Draw(t, "text") + string(rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "bytes"))
		v.Lines[0].Name, v.Lines[0].Description, v.Buyer.Name, v.Notes = text, text, text, []string{text, text}
		v.Buyer.Scheme, v.Lines[0].Unit = text, text
		names := read(t, ubl.Append(nil, v, invoice.Peppol), "Name")
		if want := clean(text); want != "" && !contains(names, want) {
			t.Fatalf("%q came back as %q", want, names)
		}
	})
}

// clean is what remains of a text.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return r
		case r < ' ', r >= 0x7f && r < 0xa0, r == '\ufffd', r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(strings.TrimSpace(s), "\ufffd", ""), "")))
}

func contains(all []string, s string) bool {
	for _, x := range all {
		if strings.TrimSpace(x) == s || strings.TrimSpace(strings.ReplaceAll(x, "\ufffd", "")) == s {
			return true
		}
	}
	return false
}

// read parses XML and returns the texts of the elements of a name.
func read(t interface{ Fatalf(string, ...any) }, b []byte, name string) (out []string) {
	d := xml.NewDecoder(bytes.NewReader(b))
	text, leaf := "", false
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("not well formed: %v\n%s", err, b)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			text, leaf = "", true
		case xml.CharData:
			text += string(tok)
		case xml.EndElement:
			if leaf && strings.TrimSpace(text) == "" {
				t.Fatalf("%s is empty\n%s", tok.Name.Local, b)
			}
			if leaf && tok.Name.Local == name {
				out = append(out, text)
			}
			leaf = false
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	v := invoicetest.Long(10)
	var buf []byte
	for b.Loop() {
		buf = ubl.Append(buf[:0], v, invoice.Peppol)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkWrite(b *testing.B) {
	v := invoicetest.Long(10)
	for b.Loop() {
		if _, err := ubl.Write(v, invoice.Peppol); err != nil {
			b.Fatal(err)
		}
	}
}
