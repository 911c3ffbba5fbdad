// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"io"
	"maps"

	"mainstay/kit/money"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
	"mainstay/practice/journey"
)

// Classify reads files and says of every invoice line how it is counted and why.
func Classify(ctx context.Context, paths []string, o AssessOptions) ([]journey.EvidenceRow, money.Currency, error) {
	b := &textKeeper{Builder: books.NewBuilder(), texts: map[place]string{}}
	if _, err := read(ctx, b, paths, o); err != nil {
		return nil, "", err
	}
	ledger := b.Ledger()
	rows := journey.Classified(ledger, journey.DefaultSettings(), nil)
	for i := range rows {
		if text, ok := b.texts[place{rows[i].Source, rows[i].Number}]; ok {
			rows[i].Text = text
		}
	}
	return rows, ledger.Currency, nil
}

// place is a line of a file.
type place struct {
	source string
	line   int64
}

// textKeeper remembers the text of each line as it was written: a ledger keeps one sample for all lines whose
// text differs by dates and numbers only.
type textKeeper struct {
	*books.Builder
	source string
	texts  map[place]string
	fresh  map[place]string // of the file that is being read
}

// Begin forgets what came since the last End.
func (k *textKeeper) Begin(file string) error {
	k.fresh = map[place]string{}
	return k.Builder.Begin(file)
}

// Table notes which table the next lines are of.
func (k *textKeeper) Table(s books.Source) error {
	k.source = s.Name
	return k.Builder.Table(s)
}

// Line notes the text of a line.
func (k *textKeeper) Line(r *books.LineRow) error {
	k.fresh[place{k.source, r.Number}] = string(r.Text)
	return k.Builder.Line(r)
}

// End keeps the file.
func (k *textKeeper) End() error {
	maps.Copy(k.texts, k.fresh)
	return k.Builder.End()
}

// WriteClassified writes classified lines as CSV, safe to open in a spreadsheet.
func WriteClassified(w io.Writer, rows []journey.EvidenceRow, c money.Currency) error {
	out := tabular.NewCSV(w)
	if err := out.Write("File", "Line", "Day", "Client", "Document", "Text", "Amount", "Class", "Reason", "Trust", "Term in months"); err != nil {
		return err
	}
	for _, r := range rows {
		err := out.Write(r.Source, fmt.Sprint(r.Number), r.Day.String(), r.Client, r.Doc, r.Text, money.FormatMinor(r.Minor, c.Digits()),
			r.Class.String(), r.Reason.String(), fmt.Sprintf("%.2f", r.Trust), fmt.Sprint(r.Term))
		if err != nil {
			return err
		}
	}
	return out.Flush()
}
