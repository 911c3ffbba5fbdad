// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/paper"
	"mainstay/practice/agreements"
)

// Paper is an agreement as a document to sign, with what of the two parties stands on it.
type Paper struct {
	Agreement *agreements.Agreement
	Seller    []string // name and address, by lines
	Buyer     []string
	Country   string // the seller's, for the size of the paper
	Look      paper.Look
	Day       civil.Date // that it is written on
	SignedBy  string     // "" = not signed: there are lines for two signatures
	Signed    civil.Date
}

// Draw draws the document in the language that ctx carries, as the agreement stands on its first day. The same agreement and
// day give the same bytes.
func Draw(ctx context.Context, x Paper) ([]byte, error) {
	p, a := locale.From(ctx), x.Agreement
	if x.Look.Name == "" && len(x.Seller) > 0 {
		x.Look.Name = x.Seller[0]
	}
	if x.Look.Accent == (paper.Color{}) {
		x.Look.Accent = paper.Color{R: 15, G: 107, B: 92}
	}
	if x.Look.Footer == nil {
		x.Look.Footer = []paper.FootColumn{x.Seller}
	}
	title := locale.T(ctx, "Agreement %s", a.Number)
	s := paper.New(p, x.Look, paper.SizeFor(x.Country), title, x.Day)
	if a.State == agreements.Draft && x.SignedBy == "" {
		s.Watermark(locale.T(ctx, "DRAFT"))
	}
	back := ""
	for i, t := range x.Seller {
		if i > 0 {
			back += " · "
		}
		back += t
	}
	s.Letter(paper.Letter{Back: back, To: x.Buyer, Title: title, Under: a.Name, Facts: paperFacts(ctx, a)})
	if a.Scope != "" {
		s.Heading(locale.T(ctx, "What is agreed"))
		s.Paragraph(a.Scope, paper.Font{Size: 9.5}, paper.Black)
		s.Y += 2
	}
	s.Table(paperLines(ctx, a))
	for _, pot := range a.Pots {
		s.Y += 3
		s.Paragraph(locale.T(ctx, "%[1]s: %[2]s %[3]s are granted.", pot.Name, measured(ctx, &pot, pot.Each.Exact(), a.Currency), cycleName(ctx, pot.Cycle)), paper.Font{Size: 9.5}, paper.Black)
	}
	s.Y += 4
	for _, t := range paperTerms(ctx, a) {
		s.Paragraph(t, paper.Font{Size: 9.5}, paper.Black)
		s.Y++
	}
	signatures(ctx, s, x)
	return s.Bytes()
}

func paperFacts(ctx context.Context, a *agreements.Agreement) []paper.Fact {
	p := locale.From(ctx)
	out := []paper.Fact{{Label: locale.T(ctx, "Number"), Value: a.Number}, {Label: locale.T(ctx, "First day"), Value: p.Date(a.Starts)}}
	if a.Term > 0 {
		out = append(out, paper.Fact{Label: locale.T(ctx, "Term"), Value: locale.N(ctx, "%d month|%d months", int64(a.Term))})
	}
	if a.Order != "" {
		out = append(out, paper.Fact{Label: locale.T(ctx, "Your order"), Value: a.Order})
	}
	return out
}

func paperLines(ctx context.Context, a *agreements.Agreement) *paper.Table {
	t := &paper.Table{Strong: true, Columns: []paper.Column{{Title: locale.T(ctx, "Line")}, {Title: locale.T(ctx, "Quantity"), Width: 30, Right: true}, {Title: locale.T(ctx, "Price"), Width: 52, Right: true}, {Title: "", Width: 26, Right: true}}}
	for i := range a.Lines {
		l := &a.Lines[i]
		terms := l.On(a.Starts)
		if terms == nil {
			continue
		}
		quantity := countedName(ctx, l.Counted)
		if l.Counted == agreements.CountedFixed {
			n, _ := l.Quantity(a.Starts)
			quantity = locale.From(ctx).Decimal(n)
		}
		r := paper.Row{Cells: []string{l.Name, quantity, priceName(ctx, &terms.Price, a.Currency), everyName(ctx, terms)}}
		if l.Description != "" {
			r.Small = []string{l.Description}
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// paperTerms are the sentences about how it is billed and how long it holds.
func paperTerms(ctx context.Context, a *agreements.Agreement) (out []string) {
	p := locale.From(ctx)
	when := locale.T(ctx, "in advance")
	if a.Arrears {
		when = locale.T(ctx, "in arrears")
	}
	out = append(out, locale.T(ctx, "Billed %[1]s, %[2]s. All prices are net; tax is added as the law says.", cycleName(ctx, a.Cycle), when))
	switch {
	case a.Term > 0 && a.Renew > 0:
		out = append(out, locale.T(ctx, "The agreement holds until %[1]s and then again for %[2]d months each time, unless notice is given %[3]d days before.", p.Date(a.TermEnd(a.Starts)-1), a.Renew, a.Notice))
	case a.Term > 0:
		out = append(out, locale.T(ctx, "The agreement holds until %s.", p.Date(a.TermEnd(a.Starts)-1)))
	case a.Notice > 0:
		out = append(out, locale.N(ctx, "The agreement has no fixed term. The notice is %d day.|The agreement has no fixed term. The notice is %d days.", int64(a.Notice)))
	}
	if a.Least != nil {
		out = append(out, locale.T(ctx, "All lines of an interval come to at least %s.", amountOf(ctx, *a.Least, a.Currency)))
	}
	if a.Rise.Every > 0 && a.Rise.Index == "" {
		out = append(out, locale.T(ctx, "Recurring prices rise by %[1]s every %[2]d months, first on %[3]s.", p.Rate(a.Rise.Percent), a.Rise.Every, p.Date(a.Rise.Next)))
	} else if a.Rise.Every > 0 {
		out = append(out, locale.T(ctx, "Recurring prices follow %[1]s every %[2]d months, first on %[3]s.", a.Rise.Index, a.Rise.Every, p.Date(a.Rise.Next)))
	}
	return out
}

func signatures(ctx context.Context, s *paper.Sheet, x Paper) {
	s.Y += 6
	s.Room(34)
	if x.SignedBy != "" {
		s.Paragraph(locale.T(ctx, "Signed by %[1]s on %[2]s.", x.SignedBy, locale.From(ctx).Date(x.Signed)), paper.Font{Size: 10, Bold: true}, paper.Black)
		return
	}
	y, half := s.Y+20, (s.Width()-12)/2
	for i, who := range [][]string{x.Buyer, x.Seller} {
		at := paper.Left + float64(i)*(half+12)
		s.Line(at, y, at+half, y, true)
		name := locale.T(ctx, "Place, day, signature")
		if len(who) > 0 {
			name += " – " + who[0]
		}
		s.Text(at, y+4, paper.Font{Size: 8}, paper.Soft, s.Cut(name, paper.Font{Size: 8}, half))
	}
	s.Y = y + 8
}
