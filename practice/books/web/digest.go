// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/books"
)

// digest is what a report says in one line.
type digest struct {
	Kinds       []books.Kind // distinct, in the order of the tables
	Rows        int
	LeftOut     int
	Bad         int
	Unknown     int // tables that were not recognised
	Clients     int
	First, Last civil.Date
	Sums        []books.CurrencySum // by currency, of the tables with invoice lines
	Agree       int                 // stated totals that are what was read
	Differ      int
	Open        []string // codes of the notes that ask the reader a question, each once
}

func digestOf(r *books.Report) digest {
	d := digest{First: civil.NoDate, Last: civil.NoDate}
	if r == nil {
		return d
	}
	for _, t := range r.Tables {
		if t.Kind == "" {
			d.Unknown++
			continue
		}
		if !slices.Contains(d.Kinds, t.Kind) {
			d.Kinds = append(d.Kinds, t.Kind)
		}
		d.Rows, d.LeftOut, d.Bad, d.Clients = d.Rows+t.Rows, d.LeftOut+t.LeftOut, d.Bad+t.Bad, d.Clients+t.Clients
		if t.First.Known() && (!d.First.Known() || t.First < d.First) {
			d.First = t.First
		}
		if t.Last.Known() && t.Last > d.Last {
			d.Last = t.Last
		}
		if t.Kind == books.KindLines {
			d.add(t.Currencies)
		}
		for _, s := range t.Stated {
			if s.Said == s.Read {
				d.Agree++
			} else {
				d.Differ++
			}
		}
		for _, n := range t.Notes {
			if slices.Contains(questions, n.Code) && !slices.Contains(d.Open, n.Code) {
				d.Open = append(d.Open, n.Code)
			}
		}
	}
	return d
}

func (d *digest) add(sums []books.CurrencySum) {
	for _, c := range sums {
		i := slices.IndexFunc(d.Sums, func(s books.CurrencySum) bool { return s.Currency == c.Currency })
		if i < 0 {
			d.Sums = append(d.Sums, c)
			continue
		}
		d.Sums[i].Rows += c.Rows
		d.Sums[i].Minor += c.Minor
	}
}

// sums are the sums in words, the largest currency first.
func (d digest) sums(ctx context.Context) string {
	var out []string
	for _, s := range d.Sums[:min(len(d.Sums), 3)] {
		out = append(out, locale.From(ctx).Money(s.Minor, s.Currency))
	}
	return strings.Join(out, " · ")
}

func (d digest) kinds(ctx context.Context) string {
	var out []string
	for _, k := range d.Kinds {
		out = append(out, kindName(ctx, k))
	}
	return strings.Join(out, ", ")
}

// check says whether the totals of the report are what was read.
func (d digest) check(ctx context.Context) page.Badge {
	switch {
	case d.Differ > 0:
		return page.Badge{Text: locale.N(ctx, "%d total differs|%d totals differ", int64(d.Differ)), Tone: page.Bad, Icon: "circle-alert"}
	case d.Agree > 0:
		return page.Badge{Text: locale.T(ctx, "Totals agree"), Tone: page.Good, Icon: "check"}
	}
	return page.Badge{Text: locale.T(ctx, "States no total")}
}

// ready reports whether a preview leaves no question open.
func (d digest) ready() bool {
	return len(d.Kinds) > 0 && d.Bad == 0 && d.Differ == 0 && d.Rows > 0 && len(d.Open) == 0
}

// questions are the notes that only the reader can answer, and whose wrong answer changes every row.
var questions = []string{books.NoteProviders, books.NoteDayOrder, books.NoteDecimal}

// question asks the reader what the file leaves open.
func (d digest) question(ctx context.Context) string {
	switch d.Open[0] {
	case books.NoteProviders:
		return locale.T(ctx, "The list names several suppliers. Choose which one you are: otherwise the money of all of them counts as yours.")
	case books.NoteDayOrder:
		return locale.T(ctx, "No date tells whether the day or the month comes first. Look at the first rows, and choose below if they are wrong.")
	}
	return locale.T(ctx, "No amount tells whether 1.234 is a bit more than one or more than a thousand. Look at the first rows, and choose below if they are wrong.")
}

// asks reports whether a table's notes have a question.
func asks(t books.TableReport, code string) bool {
	return slices.ContainsFunc(t.Notes, func(n books.Note) bool { return n.Code == code })
}
