// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
)

// Options says how files are read. The zero value is right for most.
type Options struct {
	MonthFirst   bool           // how 3/4/2024 is read where no value of the column decides
	DecimalComma bool           // how 1.234 is read where no value of the column decides
	Currency     money.Currency // of rows that name none
	Location     *time.Location // zone of times that name none; nil is UTC
	Provider     string         // in lists with several providers: only rows of this one
	LeaveBadRows bool           // leave rows out that cannot be read; otherwise the file is refused
	// Mappings are the remembered ones by signature; they win over recognition.
	Mappings map[string]*Mapping
}

// Problem is a value that cannot be read.
type Problem struct {
	Table  string `json:"table"`
	Line   int64  `json:"line"`
	Column string `json:"column"`
	Value  string `json:"value"`
	Want   string `json:"want"` // what was expected
}

// String is the problem as one sentence.
func (p Problem) String() string {
	if p.Value == "" {
		return fmt.Sprintf("line %d, column %s: empty, expected %s", p.Line, p.Column, p.Want)
	}
	return fmt.Sprintf("line %d, column %s: %q, expected %s", p.Line, p.Column, p.Value, p.Want)
}

// CurrencySum is what a table holds in one currency.
type CurrencySum struct {
	Currency money.Currency `json:"currency"`
	Rows     int            `json:"rows"`
	Minor    int64          `json:"minor"`
}

// Stated is a total that the report itself gives, and what we read up to there.
type Stated struct {
	Label string `json:"label"`
	Line  int64  `json:"line"`
	Said  int64  `json:"said"` // minor units
	Read  int64  `json:"read"`
	Grand bool   `json:"grand"` // of the whole report
}

// Share is one value of a column with how often it occurs.
type Share struct {
	Name  string `json:"name"`
	Rows  int    `json:"rows"`
	Minor int64  `json:"minor,omitempty"`
	Means string `json:"means,omitempty"` // for channels: client, monitor, planned, technician, unknown; for works: reactive, planned, unknown
}

// TableReport is what was read from one table.
type TableReport struct {
	Name       string   `json:"name"`
	Kind       Kind     `json:"kind"` // "" = not recognised
	Signature  string   `json:"signature"`
	Mapping    *Mapping `json:"mapping"`
	Remembered bool     `json:"remembered"` // the mapping is the user's, not ours
	Confidence float64  `json:"confidence"`
	Encoding   string   `json:"encoding"`
	Delimiter  string   `json:"delimiter"`

	Rows       int           `json:"rows"`    // handed on: lines, folded tickets, …
	LeftOut    int           `json:"leftOut"` // rows with data that were not; the notes say why
	First      civil.Date    `json:"first"`
	Last       civil.Date    `json:"last"`
	Currencies []CurrencySum `json:"currencies"`
	Stated     []Stated      `json:"stated"`
	Clients    int           `json:"clients"`
	Providers  []Share       `json:"providers"`
	Channels   []Share       `json:"channels"`
	Works      []Share       `json:"works"`
	Notes      []Note        `json:"notes"`
	Problems   []Problem     `json:"problems"`         // the first ones
	Bad        int           `json:"bad"`              // rows with a problem
	Sample     []SampleRow   `json:"sample"`           // the first interpreted rows
	Reason     string        `json:"reason,omitempty"` // why it was not recognised
}

// SampleRow is one row as it was understood.
type SampleRow struct {
	Line  int64             `json:"line"`
	Cells map[string]string `json:"cells"`
}

// Report is what was read from a file.
type Report struct {
	File   string        `json:"file"`
	Tables []TableReport `json:"tables"`
}

// Rows is the number of rows handed on.
func (r *Report) Rows() (n int) {
	for i := range r.Tables {
		n += r.Tables[i].Rows
	}
	return n
}

// Problems returns the problems of all tables.
func (r *Report) Problems() (all []Problem, bad int) {
	for i := range r.Tables {
		all = append(all, r.Tables[i].Problems...)
		bad += r.Tables[i].Bad
	}
	return all, bad
}

const (
	maxProblems = 20
	maxSample   = 20
	sampleRows  = 100
)

// ReadInto reads every table of the file into sink. It is all or nothing: on an error sink.End
// was not called. The report is returned with a fault about unreadable rows too.
func ReadInto(ctx context.Context, sink Sink, f *tabular.File, opt Options) (*Report, error) {
	r := newFileReader(ctx, opt)
	return r.run(sink, f)
}

func newFileReader(ctx context.Context, opt Options) *fileReader {
	if opt.Location == nil {
		opt.Location = time.UTC
	}
	return &fileReader{ctx: ctx, opt: opt, table: compile(), decided: map[int]*decisions{}}
}

// run reads the file into sink. A second run goes by what the first has found out.
func (r *fileReader) run(sink Sink, f *tabular.File) (*Report, error) {
	r.sink = sink
	for attempt := 0; ; attempt++ {
		again, err := r.attempt(f, attempt == 3)
		if err != nil {
			return &r.report, err
		}
		if !again {
			break
		}
	}
	if err := r.verdict(f.Name); err != nil {
		return &r.report, err
	}
	return &r.report, sink.End()
}

// Preview reads the file without keeping anything: kind, columns, counts, totals and the
// first rows as understood. Rows that cannot be read are in the report, not an error.
func Preview(ctx context.Context, f *tabular.File, opt Options) (*Report, error) {
	rep, err := ReadInto(ctx, discard{}, f, opt)
	if err != nil {
		if _, bad := rep.Problems(); bad > 0 && ctx.Err() == nil {
			return rep, nil
		}
	}
	return rep, err
}

// decisions are what a first reading of a table found out for the second one.
type decisions struct {
	dayFirst  bool
	comma     map[int]bool // by column
	repeated  bool         // the total stands on each line of an invoice
	inclusive bool         // prices include tax
}

type fileReader struct {
	ctx     context.Context
	sink    Sink
	opt     Options
	table   *lookup
	decided map[int]*decisions
	report  Report
}

func (r *fileReader) attempt(f *tabular.File, last bool) (again bool, err error) {
	if err := r.sink.Begin(f.Name); err != nil {
		return false, err
	}
	r.report = Report{File: f.Name}
	n := 0
	err = f.Each(r.ctx, func(t *tabular.Table) error {
		more, err := r.one(t, n, last)
		again = again || more
		n++
		return err
	})
	if err != nil {
		return false, err
	}
	return again, nil
}

// one reads one table; again says that it must be read anew by what was found out.
func (r *fileReader) one(t *tabular.Table, n int, last bool) (again bool, err error) {
	sample, err := takeSample(t)
	if err != nil {
		return false, err
	}
	r.report.Tables = append(r.report.Tables, TableReport{Name: t.Name, Encoding: t.Encoding, Delimiter: string(rune(t.Delimiter)), First: civil.NoDate, Last: civil.NoDate})
	rep := &r.report.Tables[len(r.report.Tables)-1]
	rec, remembered, err := r.recognise(t, sample)
	if err != nil {
		rep.Reason = fault.TextOf(err)
		rep.Notes = append(rep.Notes, Note{Code: NoteUnrecognised, Arg: path.Base(t.Name)})
		return false, nil
	}
	rep.Kind, rep.Signature, rep.Mapping, rep.Remembered, rep.Confidence = rec.Mapping.Kind, rec.Signature, &rec.Mapping, remembered, rec.Confidence
	if err := r.sink.Table(Source{Name: t.Name, Kind: rep.Kind}); err != nil {
		return false, err
	}
	tr := newTableReader(r, rep, t, r.decided[n])
	tr.foresee(sample[rec.HeaderRow+1:])
	for _, row := range sample[rec.HeaderRow+1:] {
		if err := tr.row(row); err != nil {
			return false, err
		}
	}
	for i := 0; ; i++ {
		if i&0xfff == 0 && r.ctx.Err() != nil {
			return false, r.ctx.Err()
		}
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, err
		}
		if err := tr.row(row); err != nil {
			return false, err
		}
	}
	d, changed := tr.decide()
	if changed && !last {
		r.decided[n] = d
		return true, nil
	}
	return false, tr.finish()
}

func takeSample(t *tabular.Table) (rows []tabular.Row, err error) {
	for len(rows) < sampleRows {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		cells := make([][]byte, len(row.Cells))
		for i, c := range row.Cells {
			cells[i] = append([]byte(nil), c...)
		}
		rows = append(rows, tabular.Row{Line: row.Line, Cells: cells})
	}
	return rows, nil
}

// recognise prefers a remembered mapping of a header that is in the sample.
func (r *fileReader) recognise(t *tabular.Table, sample []tabular.Row) (*Recognition, bool, error) {
	rows := make([][]string, len(sample))
	for i, s := range sample {
		rows[i] = make([]string, len(s.Cells))
		for k, c := range s.Cells {
			rows[i][k] = string(c)
		}
	}
	for i := range min(len(rows), headerWithin) {
		for _, header := range headersAt(rows, i) {
			if m := r.opt.Mappings[Signature(header, t.Delimiter)]; m != nil {
				own := *m
				own.Header = slices.Clone(header)
				return &Recognition{Mapping: own, HeaderRow: i, Signature: Signature(header, t.Delimiter), Confidence: 1}, true, nil
			}
		}
	}
	rec, err := recognise(r.table, rows, t.Delimiter, "")
	return rec, false, err
}

// verdict refuses a file in which nothing was recognised or something cannot be read.
func (r *fileReader) verdict(name string) error {
	known, reason := 0, ""
	for i := range r.report.Tables {
		if r.report.Tables[i].Kind != "" {
			known++
		} else if reason == "" {
			reason = r.report.Tables[i].Reason
		}
	}
	if known == 0 {
		return fault.NewInvalid("%s is not recognised. %s", name, reason)
	}
	all, bad := r.report.Problems()
	if bad == 0 || r.opt.LeaveBadRows {
		return nil
	}
	var b strings.Builder
	for i, p := range all {
		if i == maxProblems {
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(p.String())
	}
	if bad > len(all) {
		fmt.Fprintf(&b, "; and %d more", bad-len(all))
	}
	return fault.NewInvalid("%s: %d rows cannot be read, so nothing was taken over. %s.", name, bad, b.String())
}

// discard is the sink of a preview.
type discard struct{}

func (discard) Begin(string) error          { return nil }
func (discard) Table(Source) error          { return nil }
func (discard) Line(*LineRow) error         { return nil }
func (discard) Template(*TemplateRow) error { return nil }
func (discard) Ticket(*TicketRow) error     { return nil }
func (discard) Hours(*HoursRow) error       { return nil }
func (discard) Asset(*AssetRow) error       { return nil }
func (discard) Client(*ClientRow) error     { return nil }
func (discard) Person(*PersonRow) error     { return nil }
func (discard) Note(Note) error             { return nil }
func (discard) End() error                  { return nil }
