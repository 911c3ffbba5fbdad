// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"time"
)

// Store is what the house asks of an engine. All methods may be called at once from several goroutines. Times are instants
// in milliseconds inside, in and out of questions time.Time.
type Store interface {
	// Ready says whether reads and writes are served, and if not, why: [fault.Busy] with a sentence.
	Ready() error
	// Series returns the handle of a series. It is the same one for the same labels; keep it as long as there are samples.
	Series(l Labels) (*Series, error)
	// Commit keeps a batch. Once it has returned without error every sample counted in Stored or Duplicate is kept for good.
	// With an error nothing is acknowledged and the same batch may be committed again. b may be used anew afterwards.
	Commit(ctx context.Context, b *Batch) (Outcome, error)

	// Query evaluates PromQL at one instant, QueryRange at every step between two. Both refuse in words what is not PromQL
	// and what would cost too much.
	Query(ctx context.Context, r Reach, expr string, at time.Time) (Result, error)
	QueryRange(ctx context.Context, r Reach, expr string, from, to time.Time, step time.Duration) (Result, error)
	// Select hands the series that match, with their samples in [from, to], to fn one after the other. The samples are those
	// of the tier that still has them. What fn is given may not be kept.
	Select(ctx context.Context, r Reach, m []*Matcher, from, to time.Time, fn func(Line) error) error
	// SeriesOf lists the labels of the series that match one of the selections and have samples in [from, to], sorted,
	// at most limit of them; cut says that there are more.
	SeriesOf(ctx context.Context, r Reach, sets [][]*Matcher, from, to time.Time, limit int) (list []Labels, cut bool, err error)
	// LabelNames and LabelValues list what labels there are, and the values of one, among the series that match.
	LabelNames(ctx context.Context, r Reach, sets [][]*Matcher, from, to time.Time, limit int) (list []string, cut bool, err error)
	LabelValues(ctx context.Context, r Reach, label string, sets [][]*Matcher, from, to time.Time, limit int) (list []string, cut bool, err error)

	// Forget removes the series that match from every tier.
	Forget(ctx context.Context, m ...*Matcher) error
	// Finest is the finest resolution that samples of an instant are still kept in; 0 means as they came.
	Finest(at time.Time) time.Duration
	Close() error
}

// Point is one value at an instant.
type Point struct {
	At int64 // milliseconds since 1970 UTC
	V  float64
}

// Line is a series with its values, oldest first.
type Line struct {
	Labels Labels
	Points []Point
}

// Kind is what a question's answer consists of.
type Kind string

// The kinds of answers, as the Prometheus API names them.
const (
	Vector Kind = "vector"
	Matrix Kind = "matrix"
	Scalar Kind = "scalar"
	Text   Kind = "string"
)

// Result is the answer to a question. A vector has one point a line, a scalar one line without labels.
type Result struct {
	Kind  Kind
	Lines []Line
	Text  string
	Warn  []string // what the answer should be read with
}

// Outcome counts what became of the samples of a batch: each is in exactly one of the counts.
type Outcome struct {
	Stored    int
	Duplicate int // were there already, with the same value
	TooOld    int // older than the engine still takes in
	Refused   int // have another value than is kept for their instant, lie in the future, or are of a series that is not taken
	// Why is the sentence for the first one refused or too old; "" when there is none.
	Why string
}

// All is the number of samples that the batch had.
func (o Outcome) All() int { return o.Stored + o.Duplicate + o.TooOld + o.Refused }

func (o *Outcome) because(why string) {
	if o.Why == "" {
		o.Why = why
	}
}

func (o *Outcome) tooOld() {
	o.TooOld++
	o.because("Samples are older than what is still taken in.")
}
