// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/paper"
)

// Template is a letter with places that are filled in for each client: {client}, {number} and {agreement}, {date}, {old} and {new} for
// what a month comes to, {lines} for the prices, {reason}, {firm}.
type Template struct{ Subject, Body string }

// Places lists what is filled in, in the order in which pages show them.
func Places() []string {
	return []string{"{client}", "{number}", "{agreement}", "{date}", "{old}", "{new}", "{lines}", "{reason}", "{firm}"}
}

// Limits of a letter.
const (
	maxSubject = 200
	maxBody    = 10_000
)

var place = regexp.MustCompile(`\{[^{}\n]*\}`)

const linesPlace = "{lines}"

// Check says in words what is wrong with it.
func (t *Template) Check() error {
	t.Subject, t.Body = strings.TrimSpace(t.Subject), strings.TrimSpace(strings.ReplaceAll(t.Body, "\r\n", "\n"))
	switch {
	case t.Subject == "" || utf8.RuneCountInString(t.Subject) > maxSubject || strings.Contains(t.Subject, "\n"):
		return fault.NewInvalid("A letter needs a subject of at most %d characters.", maxSubject).On("subject")
	case t.Body == "" || utf8.RuneCountInString(t.Body) > maxBody:
		return fault.NewInvalid("A letter needs a text of at most %d characters.", maxBody).On("body")
	case !utf8.ValidString(t.Subject) || !utf8.ValidString(t.Body):
		return fault.NewInvalid("A letter needs a text of at most %d characters.", maxBody).On("body")
	case strings.Contains(t.Subject, linesPlace):
		return fault.NewInvalid("%s stands in the text of a letter, not in its subject.", linesPlace).On("subject")
	}
	for field, text := range map[string]string{"subject": t.Subject, "body": t.Body} {
		for _, x := range place.FindAllString(text, -1) {
			if !slices.Contains(Places(), x) {
				return fault.NewInvalid("Nothing is filled in for %[1]s. What can be: %[2]s.", x, strings.Join(Places(), " ")).On(field)
			}
		}
	}
	return nil
}

// UsualTemplate is the letter that is proposed in a language.
func UsualTemplate(p locale.Printer) Template {
	return Template{
		Subject: p.T("Our prices from {date}"),
		Body: strings.Join([]string{
			p.T("Hello,"), p.T("From {date} on we adjust the prices of your agreement {number}, {agreement}:"), linesPlace,
			p.T("A month then comes to {new} instead of {old}, without tax. Nothing else about the agreement changes."), "{reason}", p.T("If you have any questions, please ask us."), "{firm}",
		}, "\n\n"),
	}
}

// letterText fills a template in for one agreement.
type letterText struct {
	p    locale.Printer
	x    *Repriced
	c    PriceChange
	firm string
}

var blanks = regexp.MustCompile(`\n{3,}`)

// fill puts in what is known. What was filled in is not looked at again.
func (l *letterText) fill(text string) string {
	out := place.ReplaceAllStringFunc(text, func(name string) string {
		if name == linesPlace {
			return l.lines()
		}
		return l.value(name)
	})
	return strings.TrimSpace(blanks.ReplaceAllString(out, "\n\n"))
}

func (l *letterText) value(name string) string {
	switch name {
	case "{client}":
		return l.x.ClientName
	case "{number}":
		return l.x.Number
	case "{agreement}":
		return l.x.Name
	case "{date}":
		return l.p.DateLong(l.c.Day)
	case "{old}":
		return l.p.Money(l.x.Before, l.x.Currency)
	case "{new}":
		return l.p.Money(l.x.After, l.x.Currency)
	case "{reason}":
		return strings.TrimSpace(l.c.Reason)
	case "{firm}":
		return l.firm
	}
	return name
}

// lines are the prices as plain text.
func (l *letterText) lines() string {
	var out []string
	for _, x := range l.x.Prices {
		out = append(out, l.p.T("– %[1]s: %[2]s instead of %[3]s, %[4]s", x.Line, PriceText(l.p, &x.New.Price, l.x.Currency), PriceText(l.p, &x.Old.Price, l.x.Currency), EveryText(l.p, &x.New)))
	}
	return strings.Join(out, "\n")
}

// draw makes the PDF: the prices stand in a table where the template has them.
func (l *letterText) draw(t Template, subject string, to Recipient, from Sender, day civil.Date) ([]byte, error) {
	look := from.Look
	if look.Name == "" {
		look.Name = from.Name
	}
	if look.Accent == (paper.Color{}) {
		look.Accent = paper.Color{R: 15, G: 107, B: 92}
	}
	s := paper.New(l.p, look, paper.SizeFor(from.Country), subject, day)
	s.Letter(paper.Letter{Back: from.Back, To: to.Lines, Title: subject, Facts: []paper.Fact{
		{Label: l.p.T("Date"), Value: l.p.Date(day)}, {Label: l.p.T("Agreement"), Value: l.x.Number}, {Label: l.p.T("Holds from"), Value: l.p.Date(l.c.Day)},
	}})
	for i, part := range strings.Split(t.Body, linesPlace) {
		if i > 0 {
			s.Y += 2
			s.Table(l.table())
			s.Y += 5
		}
		for _, text := range strings.Split(l.fill(part), "\n") {
			if text = strings.TrimSpace(text); text == "" {
				s.Y += 3
				continue
			}
			s.Paragraph(text, paper.Font{Size: 10}, paper.Black)
		}
	}
	return s.Bytes()
}

func (l *letterText) table() *paper.Table {
	t := &paper.Table{Strong: true, Columns: []paper.Column{
		{Title: l.p.T("Line")}, {Title: l.p.T("Price until now"), Width: 42, Right: true}, {Width: 4}, {Title: l.p.T("New price"), Width: 42, Right: true}, {Width: 27, Right: true},
	}}
	for _, x := range l.x.Prices {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{x.Line, PriceText(l.p, &x.Old.Price, l.x.Currency), "", PriceText(l.p, &x.New.Price, l.x.Currency), EveryText(l.p, &x.New)}})
	}
	return t
}
