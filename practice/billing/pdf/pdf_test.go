// SPDX-License-Identifier: Apache-2.0

package pdf_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/paper"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
	"mainstay/practice/billing/judge"
	"mainstay/practice/billing/payqr"
	"mainstay/practice/billing/pdf"
)

// look has a logo of its own making.
func look(t testing.TB) paper.Look {
	m := image.NewRGBA(image.Rect(0, 0, 640, 160))
	draw.Draw(m, image.Rect(0, 0, 160, 160), image.NewUniform(color.RGBA{16, 74, 130, 255}), image.Point{}, draw.Src)
	for x := 200; x < 640; x++ {
		for y := 60; y < 100; y++ {
			m.Set(x, y, color.RGBA{16, 74, 130, uint8(255 - (x-200)/2)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	logo, err := paper.NewLogo(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	c, _ := paper.ParseColor("#104a82")
	return paper.Look{Logo: logo, Accent: c}
}

// documents are those that are looked at.
func documents() map[string]*invoice.Invoice {
	draft := invoicetest.German()
	draft.Number = ""
	french, spanish, brazilian, british := invoicetest.German(), invoicetest.German(), invoicetest.Of(invoicetest.AE), invoicetest.German()
	french.Language, spanish.Language, brazilian.Language, british.Language = "fr-FR", "es-ES", "pt-BR", "en-GB"
	greek := invoicetest.German()
	greek.Buyer.Name, greek.Lines[0].Name = "Ελληνική Εταιρεία ΑΕ", "Сервер «Приход», Łódź, Ştefan, 日本"
	return map[string]*invoice.Invoice{
		"german": invoicetest.German(), "draft": draft, "credit": invoicetest.Credit(), "fee": invoicetest.Fee(), "long": invoicetest.Long(70),
		"american": invoicetest.American(), "swiss": invoicetest.Swiss(), "reverse": invoicetest.Of(invoicetest.AE),
		"early": invoicetest.Electronic()["early"], "french": french, "spanish": spanish, "brazilian": brazilian, "british": british, "letters": greek,
	}
}

func bytesOf(t testing.TB, v *invoice.Invoice) []byte {
	t.Helper()
	b, err := pdf.Bytes(v, look(t))
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("MAINSTAY_SHOTS"); dir != "" {
		name := filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".pdf")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	a, b := bytesOf(t, invoicetest.German()), bytesOf(t, invoicetest.German())
	if !bytes.Equal(a, b) {
		t.Error("two drawings differ")
	}
	v := invoicetest.German()
	v.Issued = civil.NoDate
	if c := bytesOf(t, v); bytes.Equal(a, c) {
		t.Error("another day gives the same bytes")
	}
}

// What qpdf and pdftotext say of each document.
func TestJudges(t *testing.T) {
	qpdf, text := judge.Tool(t, "qpdf", "qpdf"), judge.Tool(t, "pdftotext", "poppler-utils")
	for name, v := range documents() {
		t.Run(name, func(t *testing.T) {
			b := bytesOf(t, v)
			path := filepath.Join(t.TempDir(), "d.pdf")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if said, ok := judge.Run(t, nil, qpdf, "--check", path); !ok || strings.Contains(said, "WARNING") {
				t.Errorf("qpdf: %s", said)
			}
			said, ok := judge.Run(t, nil, text, "-raw", path, "-")
			if !ok {
				t.Fatal(said)
			}
			said = strings.Join(strings.Fields(said), " ")
			want := []string{v.Buyer.Name, v.Lines[len(v.Lines)-1].Name}
			want = append(want, map[string][]string{
				"german":    {"Rechnung R-2026-0042", "1.054,00 €", "-26,67 €", "17 devices on 30 November", "-25,00 €", "Zu zahlen", "DE89 3704 0044 0532 0130 00"},
				"draft":     {"Rechnung Vielen Dank"},
				"early":     {"30 Tage netto. 2 % Skonto bei Zahlung innerhalb von 7 Tagen 1 % Skonto bei Zahlung innerhalb von 14 Tagen"},
				"credit":    {"Gutschrift G-2026-0003", "Bezug R-2026-0042 vom 01.12.2026", "147,56 €"},
				"fee":       {"Rechnung über eine Gebühr, R-2027-0001", "Not subject to tax"},
				"long":      {"Übertrag", "Seite 2 von 4"},
				"american":  {"Invoice INV-10231", "Austin, TX 78701", "Dec 31, 2026", "$3,096.00", "6.25% + 2%", "Total without tax"},
				"swiss":     {"Empfangsschein", "Zahlteil", "CH93 0076 2011 6238 5295 7"},
				"reverse":   {"AUSTRIA", "Reverse charge: the customer owes the tax"},
				"french":    {"Facture R-2026-0042", "15 déc. 2026", "1 054,00 €"},
				"spanish":   {"Factura R-2026-0042", "15 dic 2026", "1054,00 €"},
				"brazilian": {"Fatura R-ae", "15 de dez. de 2026", "€ 699,90"},
				"british":   {"Invoice R-2026-0042", "15 Dec 2026", "€1,054.00"},
				"letters":   {"Ελληνική Εταιρεία ΑΕ", "Сервер «Приход», Łódź, Ştefan, □□"},
			}[name]...)
			if name == "letters" {
				want = want[1:]
			}
			for _, w := range want {
				if !strings.Contains(said, w) {
					t.Errorf("%q is not in:\n%s", w, said)
				}
			}
		})
	}
}

// Whatever stands in a document, the PDF is sound and names the amount due.
func TestRandomDocuments(t *testing.T) {
	qpdf, text := judge.Tool(t, "qpdf", "qpdf"), judge.Tool(t, "pdftotext", "poppler-utils")
	for i := range 12 {
		v := rapid.Custom(invoicetest.Random).Example(i)
		v.Language = []string{"de-AT", "en-US", "fr", "es", "pt-BR", "ja"}[i%6]
		path := filepath.Join(t.TempDir(), "d.pdf")
		if err := os.WriteFile(path, bytesOf(t, v), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, ok := judge.Run(t, nil, qpdf, "--check", path); !ok {
			t.Errorf("%d: qpdf: %s", i, said)
		}
		said, _ := judge.Run(t, nil, text, "-layout", path, "-")
		due := locale.New(locale.Document(v.Language, locale.EnUS), nil).Money(v.Totals.Payable, v.Currency)
		if plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(due); !strings.Contains(said, plain) {
			t.Errorf("%d: %q is not in\n%s", i, plain, said)
		}
	}
}

// The codes that a banking app reads say what the document says, read off the drawn page.
func TestCodesAreRead(t *testing.T) {
	ppm := judge.Tool(t, "pdftoppm", "poppler-utils")
	swiss, _ := payqr.SwissOf(invoicetest.Swiss())
	epc, _ := payqr.EPC(invoicetest.German())
	for want, v := range map[string]*invoice.Invoice{swiss.Text: invoicetest.Swiss(), epc: invoicetest.German()} {
		dir := t.TempDir()
		path := filepath.Join(dir, "d.pdf")
		if err := os.WriteFile(path, bytesOf(t, v), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, ok := judge.Run(t, nil, ppm, "-r", "150", "-png", path, filepath.Join(dir, "p")); !ok {
			t.Fatal(said)
		}
		pages, _ := filepath.Glob(filepath.Join(dir, "p*.png"))
		found := ""
		for _, p := range pages {
			found += scan(t, p)
		}
		if found != want {
			t.Errorf("read:\n%s\nwant:\n%s", found, want)
		}
	}
}

// scan reads the QR code of a picture, "" where there is none.
func scan(t *testing.T, path string) string {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := gozxing.NewBinaryBitmapFromImage(m)
	if err != nil {
		t.Fatal(err)
	}
	r, err := qrcode.NewQRCodeReader().Decode(b, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		return ""
	}
	return r.GetText()
}

func BenchmarkWrite(b *testing.B) {
	l := look(b)
	for name, v := range map[string]*invoice.Invoice{"1page": invoicetest.German(), "3pages": invoicetest.Long(70)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := pdf.Write(io.Discard, v, l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
