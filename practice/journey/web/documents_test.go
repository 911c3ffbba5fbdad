// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mainstay/kit/locale"
	"mainstay/practice/journey"
	"mainstay/practice/journey/web"
	"mainstay/test/browser"
)

func assessed(t testing.TB) *journey.Assessment {
	t.Helper()
	ledger, err := believable()
	if err != nil {
		t.Fatal(err)
	}
	a, err := journey.Assess(ledger, journey.DefaultSettings(), nil, journey.DefaultSeed)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// keep writes a document to the folder of the pictures, if there is one.
func keep(t *testing.T, name string, body []byte) {
	if dir := os.Getenv("MAINSTAY_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Error(err)
		}
	}
}

// TestFileStandsAlone: the HTML file loads nothing, runs nothing and leads nowhere.
func TestFileStandsAlone(t *testing.T) {
	a := assessed(t)
	for _, tag := range []locale.Tag{locale.EnUS, locale.DeDE} {
		var b, again bytes.Buffer
		if err := web.WriteHTML(context.Background(), &b, a, locale.New(tag, nil)); err != nil {
			t.Fatal(err)
		}
		if err := web.WriteHTML(context.Background(), &again, a, locale.New(tag, nil)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Error("the same assessment gives two files")
		}
		keep(t, "report-"+string(tag)+".html", b.Bytes())
		if m := regexp.MustCompile(`(?i)<script|<link|<img|<use|url\(|\ssrc=|\shref=|@import|\son[a-z]+=`).FindAllString(b.String(), 5); m != nil {
			t.Errorf("%s: %q", tag, m)
		}
		for _, want := range []string{"Harbour Dental Group", "ARK-2", "prefers-reduced-motion", "light-dark("} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q", tag, want)
			}
		}
	}
}

func TestFileInTheBrowser(t *testing.T) {
	b := browser.New(t)
	var doc bytes.Buffer
	if err := web.WriteHTML(context.Background(), &doc, assessed(t), locale.New(locale.EnUS, nil)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, doc.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Check(t, browser.Look{Name: "report", URL: "file://" + path})
}

// TestPDF: the same bytes each time, with the texts in it.
func TestPDF(t *testing.T) {
	a := assessed(t)
	var b, again bytes.Buffer
	if err := web.WritePDF(&b, a, locale.New(locale.DeDE, nil)); err != nil {
		t.Fatal(err)
	}
	if err := web.WritePDF(&again, a, locale.New(locale.DeDE, nil)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same assessment gives two files")
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) {
		t.Error("not a PDF")
	}
	keep(t, "report.pdf", b.Bytes())
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed: the text of the PDF is not looked at")
	}
	path := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(tool, "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Harbour Dental Group", "Stonebridge Housing", "zwischen Break/Fix", "Seite 1"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in the PDF", want)
		}
	}
}

// TestDocumentsOfNothing: an assessment of almost nothing still makes honest documents.
func TestDocumentsOfNothing(t *testing.T) {
	ledger, err := believable()
	if err != nil {
		t.Fatal(err)
	}
	bare := *ledger
	bare.Lines, bare.Tickets, bare.Hours, bare.Assets, bare.Contacts, bare.Templates = nil, nil, nil, nil, nil, nil
	a, err := journey.Assess(&bare, journey.DefaultSettings(), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := web.WriteHTML(context.Background(), &b, a, locale.New(locale.EnUS, nil)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "No verdict yet") {
		t.Error("a verdict from nothing")
	}
	if err := web.WritePDF(&b, a, locale.New(locale.EnUS, nil)); err != nil {
		t.Fatal(err)
	}
}
