// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"io"

	"mainstay/kit/money"
	"mainstay/kit/tabular"
	"mainstay/practice/journey"
)

// Classify reads files and says of every invoice line how it is counted and why.
func Classify(ctx context.Context, paths []string, o AssessOptions) ([]journey.EvidenceRow, money.Currency, error) {
	ledger, _, err := Read(ctx, paths, o)
	if err != nil {
		return nil, "", err
	}
	return journey.Classified(ledger, journey.DefaultSettings(), nil), ledger.Currency, nil
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
