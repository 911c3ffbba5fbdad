// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"context"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/paper"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// sheet is a quote on paper while it is drawn.
type sheet struct {
	*paper.Sheet
	p  locale.Printer
	c  *Content
	ch Choice
}

// draw makes the PDF of a content: as it is sent, as a draft, or as it was signed.
func (s *Service) draw(ctx context.Context, q *Quote, c *Content, revision int64, from Sender, st *stamp) ([]byte, error) {
	p := s.p.Printer(ctx, c.Language).In(s.p.Zone)
	to, err := s.to(ctx, q)
	if err != nil {
		return nil, err
	}
	day := s.Today()
	look := from.Look
	if look.Name == "" {
		look.Name = from.Name
	}
	d := &sheet{Sheet: paper.New(p, look, paper.SizeFor(from.Country), p.T("Quote %s", q.Number), day), p: p, c: c, ch: c.Preset()}
	if st != nil && st.draft {
		d.Watermark(p.T("paper::Draft"))
	}
	if st != nil && !st.draft {
		d.ch = st.choice
	}
	number := q.Number
	if revision > 1 {
		number = p.T("%[1]s, version %[2]d", q.Number, revision)
	}
	facts := []paper.Fact{{Label: p.T("Quote"), Value: number}, {Label: p.T("Date"), Value: p.Date(day)}, {Label: p.T("Valid until"), Value: p.Date(c.Valid)}}
	if c.Starts.Known() {
		facts = append(facts, paper.Fact{Label: p.T("Begins"), Value: p.Date(c.Starts)})
	}
	d.Letter(paper.Letter{Back: from.Back, To: to, Facts: facts, Title: c.Title})
	d.flow(c.Intro, 9.5)
	d.table()
	if err := d.sums(); err != nil {
		return nil, err
	}
	d.conditions()
	if c.Terms != "" {
		d.Heading(p.T("Scope and conditions"))
		d.flow(c.Terms, 9)
	}
	if st != nil && !st.draft {
		d.signature(st)
	}
	return d.Bytes()
}

// to is the address: the client, the person, the first site.
func (s *Service) to(ctx context.Context, q *Quote) ([]string, error) {
	f, err := s.p.Clients.Get(ctx, access.WholeFirm(), q.Client)
	if err != nil {
		return nil, err
	}
	out := []string{f.Name, q.Name}
	if len(f.Sites) > 0 {
		x := f.Sites[0]
		out = append(out, x.Street, strings.TrimSpace(x.Postcode+" "+x.City), x.Country)
	}
	return out, nil
}

// flow writes paragraphs.
func (d *sheet) flow(text string, size float64) {
	for _, part := range strings.Split(text, "\n") {
		if part = strings.TrimSpace(part); part == "" {
			d.Y += 2
			continue
		}
		d.Paragraph(part, paper.Font{Size: size}, paper.Black)
	}
	if text != "" {
		d.Y += 3
	}
}

func (d *sheet) money(minor int64) string { return d.p.Money(minor, d.c.Currency) }

// Every says an interval in words.
func Every(p locale.Printer, i catalogue.Interval) string {
	switch i {
	case catalogue.Monthly:
		return p.T("per month")
	case catalogue.Quarterly:
		return p.T("per quarter")
	case catalogue.Yearly:
		return p.T("per year")
	}
	return p.T("once")
}

// UnitPrice says a line's list price in short.
func UnitPrice(p locale.Printer, l *Line, c money.Currency) string {
	switch l.Price.Model {
	case rating.Package:
		return p.T("%[1]s for each %[2]s", p.Price(l.Price.Unit, c), p.Decimal(l.Price.Size))
	case rating.Graduated, rating.Volume:
		return p.N("%d tier|%d tiers", int64(len(l.Price.Tiers)))
	}
	return p.Price(l.Price.Unit, c)
}

// Steps are the tiers of a price in words.
func Steps(p locale.Printer, l *Line, c money.Currency) (out []string) {
	last := "0"
	for _, t := range l.Price.Tiers {
		text := p.Price(t.Unit, c)
		if t.Flat.Coef > 0 {
			text += " + " + p.Price(t.Flat, c)
		}
		if t.Open {
			out = append(out, p.T("above %[1]s: %[2]s", last, text))
			continue
		}
		last = p.Decimal(t.UpTo)
		out = append(out, p.T("up to %[1]s: %[2]s", last, text))
	}
	return out
}

// Mark says whether a line is optional or an alternative; "" where it is fixed.
func Mark(p locale.Printer, l *Line) string {
	switch {
	case l.Optional:
		return p.T("offer::optional")
	case l.Group != "":
		return p.T("alternative %s", l.Group)
	}
	return ""
}

func (d *sheet) table() {
	t := &paper.Table{Strong: true, Columns: []paper.Column{
		{Title: d.p.T("Description")}, {Title: d.p.T("Quantity"), Width: 24, Right: true}, {Title: d.p.T("Unit price"), Width: 27, Right: true}, {Title: d.p.T("Amount"), Width: 28, Right: true}, {Title: d.p.T("Interval"), Width: 24, Right: true},
	}}
	for i := range d.c.Lines {
		l := &d.c.Lines[i]
		list, err := d.c.List(l)
		if err != nil {
			continue // cannot be: the content was checked
		}
		r := paper.Row{Cells: []string{l.Name, d.p.Decimal(l.Quantity), UnitPrice(d.p, l, d.c.Currency), d.money(list), Every(d.p, l.Every)}}
		if l.Text != "" {
			r.Small = append(r.Small, strings.Split(l.Text, "\n")...)
		}
		r.Small = append(r.Small, Steps(d.p, l, d.c.Currency)...)
		if m := Mark(d.p, l); m != "" {
			state := d.p.T("not chosen")
			if d.ch.Takes(l) {
				state = d.p.T("chosen")
			}
			r.Note = append(r.Note, m+" – "+state)
		}
		t.Rows = append(t.Rows, r)
	}
	d.Table(t)
}

func (d *sheet) sums() error {
	t, err := d.c.Totals(d.ch)
	if err != nil {
		return err
	}
	var out []paper.Sum
	for _, s := range t.Sums {
		every := Every(d.p, s.Every)
		if s.Discount != 0 {
			out = append(out, paper.Sum{Label: d.p.T("Sum %s", every), Value: d.money(s.List)}, paper.Sum{Label: d.p.T("Discount %s", every), Value: d.money(-s.Discount)})
		}
		out = append(out, paper.Sum{Label: d.p.T("Total %s", every), Value: d.money(s.Net), Total: true})
	}
	if t.Lifted != 0 {
		out = append(out, paper.Sum{Label: d.p.T("With the minimum, a month costs"), Value: d.money(t.Month)})
	}
	if t.Deposit != 0 {
		out = append(out, paper.Sum{Label: d.p.T("Of which deposit on acceptance"), Value: d.money(t.Deposit)})
	}
	d.Sums(out)
	d.Y += 2
	d.Paragraph(d.p.T("All prices are without tax, which is added at the rate that applies."), paper.Font{Size: 8.5}, paper.Soft)
	d.Y += 3
	return nil
}

// conditions say how long the agreement holds.
func (d *sheet) conditions() {
	if text := Conditions(d.p, d.c); text != "" {
		d.Paragraph(text, paper.Font{Size: 9}, paper.Black)
		d.Y += 3
	}
}

// Conditions says term, renewal and notice in a sentence or two.
func Conditions(p locale.Printer, c *Content) string {
	var out []string
	if c.Term > 0 {
		out = append(out, p.N("The agreement holds for %d month.|The agreement holds for %d months.", int64(c.Term)))
		if c.Renew > 0 {
			out = append(out, p.N("It goes on for %d month each time when nobody gives notice.|It goes on for %d months each time when nobody gives notice.", int64(c.Renew)))
		}
	}
	if c.Notice > 0 {
		out = append(out, p.N("Notice is given %d day before the end.|Notice is given %d days before the end.", int64(c.Notice)))
	}
	return strings.Join(out, " ")
}

// signature says who accepted, when and from where, and which document was shown.
func (d *sheet) signature(st *stamp) {
	d.Room(52)
	d.Heading(d.p.T("Accepted"))
	for _, f := range [][2]string{
		{d.p.T("Signed by"), st.name},
		{d.p.T("Time"), d.p.DateTime(st.at) + " (" + st.at.UTC().Format("2006-01-02T15:04:05Z") + ")"},
		{d.p.T("From the address"), st.address},
		{d.p.T("Browser"), shorten(st.agent, 160)},
		{d.p.T("Document shown (SHA-256)"), st.document},
	} {
		if f[1] == "" {
			continue
		}
		y := d.Y
		d.Text(paper.Left, y+3.6, paper.Font{Size: 8.5}, paper.Soft, f[0])
		d.Flow(paper.Left+48, d.Width()-48, f[1], paper.Font{Size: 8.5, Bold: f[1] == st.name}, paper.Black)
		d.Y += 1
	}
}
