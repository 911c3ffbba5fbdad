// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"time"

	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/journey"
	"mainstay/practice/journey/signs"
)

// In the file: how many clients, questions and talks it lists.
const (
	fileClients = 200
	fileListed  = 25
)

// fileView is the assessment as one document.
type fileView struct {
	*firmView
	style     string // the style sheet as an element: a file has no headers that could forbid it
	questions []journey.Question
}

var (
	fontFaces = regexp.MustCompile(`(?s)@font-face\s*\{[^}]*\}`)
	icons     = regexp.MustCompile(`(?s)<svg class="icon"[^>]*>.*?</svg>`)
)

// WriteHTML writes the whole assessment as one HTML file in the printer's language: style and charts
// inside, no script, nothing loaded from elsewhere, light or dark as the reader's device, fit for
// paper.
func WriteHTML(ctx context.Context, w io.Writer, a *journey.Assessment, p locale.Printer) error {
	s := &show{a: a, p: p, file: true}
	v := &fileView{firmView: &firmView{show: s}, style: "<style>" + string(fontFaces.ReplaceAll(page.StyleSheet(), nil)) + "</style>", questions: a.Questions[:min(fileListed, len(a.Questions))]}
	v.top = s.ranked(nil, "")
	v.top = v.top[:min(fileClients, len(v.top))]
	var b bytes.Buffer
	if err := filePage(v).Render(locale.With(ctx, p), &b); err != nil {
		return err
	}
	_, err := w.Write(icons.ReplaceAll(b.Bytes(), nil)) // the sprite stays behind
	return err
}

func (h *Handlers) reportHTML(w http.ResponseWriter, r *http.Request) error {
	s, err := h.measured(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := WriteHTML(r.Context(), &b, s.a, s.p); err != nil {
		return err
	}
	return attach(w, "text/html; charset=utf-8", "journey-"+day(s.latest.Made)+".html", b.Bytes())
}

func (h *Handlers) reportPDF(w http.ResponseWriter, r *http.Request) error {
	s, err := h.measured(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := WritePDF(&b, s.a, s.p); err != nil {
		return err
	}
	return attach(w, "application/pdf", "journey-"+day(s.latest.Made)+".pdf", b.Bytes())
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

func attach(w http.ResponseWriter, kind, name string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(body)
	return err
}

// signGroup is a sign with its indicators, for documents.
type signGroup struct {
	score    signs.SignScore
	readings []signs.Reading
}

func (s *show) groups() []signGroup {
	var out []signGroup
	for _, x := range s.a.Firm.Signs {
		g := signGroup{score: x}
		for _, m := range s.a.Firm.Indicators {
			if m.Sign == x.Sign {
				g.readings = append(g.readings, m)
			}
		}
		out = append(out, g)
	}
	return out
}
