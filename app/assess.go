// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
	"mainstay/practice/journey"
)

// Assessment is what assess found, with what was read from each file.
type Assessment struct {
	*journey.Assessment
	Files []*books.Report `json:"files"`
}

// AssessOptions says how files are read and measured. The zero value is right for most.
type AssessOptions struct {
	MonthFirst   bool           // how 3/4/2024 is read where no value of the column decides
	DecimalComma bool           // how 1.234 is read where no value of the column decides
	LeaveBadRows bool           // leave rows out that cannot be read; otherwise their file is refused
	Currency     money.Currency // of amounts that name none
	Provider     string         // in lists of several suppliers: the one to assess
	Zone         *time.Location // of times that name none; nil is UTC
	Today        civil.Date     // later rows are left out; 0 or NoDate: nothing is
	Seed         uint64         // fixes the random draws; 0 = the usual seed
	Progress     func(file string, done, total int64)
}

func (o AssessOptions) books() books.Options {
	return books.Options{MonthFirst: o.MonthFirst, DecimalComma: o.DecimalComma, LeaveBadRows: o.LeaveBadRows, Currency: o.Currency, Provider: o.Provider, Location: o.Zone}
}

// read reads files into sink, without a database.
func read(ctx context.Context, sink books.Sink, paths []string, o AssessOptions) ([]*books.Report, error) {
	var reports []*books.Report
	sorted := slices.Sorted(slices.Values(paths)) // the order of the files must not matter to what is printed either
	for _, path := range slices.Compact(sorted) {
		r, err := readOne(ctx, sink, path, o)
		if err != nil {
			return reports, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

func readOne(ctx context.Context, sink books.Sink, path string, o AssessOptions) (r *books.Report, err error) {
	opt := tabular.Options{}
	if o.Progress != nil {
		opt.Progress = func(done, total int64) { o.Progress(path, done, total) }
	}
	f, err := tabular.Open(path, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return books.ReadInto(ctx, sink, f, o.books())
}

// Assess measures where the firm stands from its exports alone: the same answer as the server's.
func Assess(ctx context.Context, paths []string, o AssessOptions) (*Assessment, error) {
	if len(paths) == 0 {
		return nil, fault.NewInvalid("Name at least one export: invoices, tickets, hours or assets as CSV, TSV, XLSX, .zip or .gz.")
	}
	b := books.NewBuilder()
	reports, err := read(ctx, b, paths, o)
	if err != nil {
		return nil, err
	}
	settings := journey.DefaultSettings()
	if o.Today != 0 {
		settings.Today = o.Today
	}
	a, err := journey.Assess(b.Ledger(), settings, nil, cmp.Or(o.Seed, journey.DefaultSeed))
	if err != nil {
		return nil, err
	}
	return &Assessment{a, reports}, nil
}
