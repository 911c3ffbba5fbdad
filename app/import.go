// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"

	"mainstay/practice/books"
)

// Imported is what taking one file over did.
type Imported struct {
	File    string `json:"file"`
	Import  string `json:"import"`
	Added   int64  `json:"added"`
	Known   int64  `json:"known"`
	Already bool   `json:"already"`
}

// String is the line that an operator reads.
func (i Imported) String() string {
	if i.Already {
		return fmt.Sprintf("%s: imported before, nothing changed", i.File)
	}
	return fmt.Sprintf("%s: %d rows added, %d known already", i.File, i.Added, i.Known)
}

// Import takes files over into the books, each whole or not at all, and measures the journey
// anew, or leaves that to the server beside which it runs. It stops at the first file that cannot be read; those before it are kept.
func (a *App) Import(ctx context.Context, paths []string, o AssessOptions) (out []Imported, err error) {
	choices := books.Choices{MonthFirst: o.MonthFirst, DecimalComma: o.DecimalComma, Currency: o.Currency, Provider: o.Provider, LeaveBadRows: o.LeaveBadRows}
	for _, path := range paths {
		progress := func(done, total int64) {
			if o.Progress != nil {
				o.Progress(path, done, total)
			}
		}
		r, err := a.Books.ImportFile(ctx, path, choices, progress)
		if err != nil {
			return out, err
		}
		out = append(out, Imported{File: path, Import: r.Import.String(), Added: r.Added, Known: r.Known, Already: r.Already})
	}
	if err := a.Values.Set(ctx, started, "import"); err != nil {
		return out, err
	}
	if a.beside {
		return out, nil // the server measures
	}
	return out, a.Journey.Recalculate(ctx, "import")
}
