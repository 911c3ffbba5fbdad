// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"mainstay/kit/fault"
)

// Limits of a question.
const (
	MaxExpr  = 16 << 10 // bytes of PromQL
	MaxSteps = 11_000   // points of one line, as Prometheus has it
	lookback = 5 * time.Minute
	noStep   = time.Minute // of a subquery that does not say
)

func newEngine(o Options) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger: o.Log, MaxSamples: o.MaxSamples, Timeout: o.MaxTime, LookbackDelta: lookback,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: newParser(),
		NoStepSubqueryIntervalFn: func(int64) int64 { return noStep.Milliseconds() },
	})
}

func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }

// ParseSelector reads a selector such as {device="…",__name__=~"system_.*"}.
func ParseSelector(text string) ([]*Matcher, error) {
	if len(text) > MaxExpr {
		return nil, tooLong()
	}
	m, err := newParser().ParseMetricSelector(text)
	if err != nil {
		return nil, notPromQL(err)
	}
	return m, nil
}

func tooLong() error { return fault.NewInvalid("The question is longer than %d bytes.", MaxExpr) }

func notPromQL(err error) error {
	return fault.NewInvalid("This is not PromQL: %s", clipLong(err.Error())).Because(err)
}

func clipLong(s string) string {
	if len(s) > 400 {
		return s[:400] + "…"
	}
	return s
}

// Query evaluates PromQL at an instant.
func (l *Local) Query(ctx context.Context, r Reach, expr string, at time.Time) (Result, error) {
	return l.ask(ctx, r, expr, at, at, 0)
}

// QueryRange evaluates PromQL at every step of [from, to].
func (l *Local) QueryRange(ctx context.Context, r Reach, expr string, from, to time.Time, step time.Duration) (Result, error) {
	if err := checkSteps(from, to, step); err != nil {
		return Result{}, err
	}
	return l.ask(ctx, r, expr, from, to, step)
}

func checkSteps(from, to time.Time, step time.Duration) error {
	switch {
	case step < time.Millisecond:
		return fault.NewInvalid("The step has to be at least a millisecond.").On("step")
	case to.Before(from):
		return fault.NewInvalid("The end lies before the start.").On("end")
	case to.Sub(from)/step > MaxSteps:
		return fault.NewInvalid("That would be more than %d points a line. Choose a longer step.", MaxSteps).On("step")
	}
	return nil
}

func (l *Local) ask(ctx context.Context, r Reach, expr string, from, to time.Time, step time.Duration) (out Result, err error) {
	if len(expr) > MaxExpr {
		return out, tooLong()
	}
	release, err := l.slot(ctx)
	if err != nil {
		return out, err
	}
	defer release()
	err = l.read(func(opened *raw) error {
		from, to := inBounds(from), inBounds(to)
		src := &source{local: l, raw: opened, reach: r, now: l.opt.Clock.Now(), step: finestStep(expr, step)}
		opts := promql.NewPrometheusQueryOpts(false, src.lookback(from))
		var q promql.Query
		var err error
		if step == 0 {
			q, err = l.engine.NewInstantQuery(ctx, src, opts, expr, to)
		} else {
			q, err = l.engine.NewRangeQuery(ctx, src, opts, expr, from, to, step)
		}
		if err != nil {
			return notPromQL(err)
		}
		defer q.Close()
		res := q.Exec(ctx)
		if res.Err != nil {
			return l.asked(ctx, res.Err)
		}
		out, err = resultOf(res)
		return err
	})
	return out, err
}

// finestStep is how far apart a question looks at the least: its own step, or that of a subquery.
func finestStep(expr string, step time.Duration) time.Duration {
	parsed, err := newParser().ParseExpr(expr)
	if err != nil {
		return step // it is told when it is evaluated
	}
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		if sub, ok := n.(*parser.SubqueryExpr); ok {
			every := sub.Step
			if every == 0 {
				every = noStep
			}
			if step == 0 || every < step {
				step = every
			}
		}
		return nil
	})
	return step
}

// slot waits until the question may be evaluated.
func (l *Local) slot(ctx context.Context) (func(), error) {
	t := time.NewTimer(l.opt.MaxTime)
	defer t.Stop()
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.C:
		return nil, fault.NewBusy("Too many questions are being answered. Try again in a moment.")
	}
}

// asked says in words why a question was not answered.
func (l *Local) asked(ctx context.Context, err error) error {
	var timeout promql.ErrQueryTimeout
	var cancelled promql.ErrQueryCanceled
	var many promql.ErrTooManySamples
	var store promql.ErrStorage
	switch {
	case errors.As(err, &timeout):
		return fault.NewInvalid("The question took longer than %s. Ask for less time or fewer series.", l.opt.MaxTime).Because(err)
	case errors.As(err, &many):
		return fault.NewInvalid("The question needs more than %d samples at once. Ask for less time or fewer series.", l.opt.MaxSamples).Because(err)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &cancelled):
		return fault.NewBusy("The question was cancelled.").Because(err)
	case errors.As(err, &store):
		return err
	}
	return fault.NewInvalid("The question cannot be answered: %s", clipLong(err.Error())).Because(err)
}

func resultOf(res *promql.Result) (Result, error) {
	var out Result
	warn, infos := res.Warnings.AsStrings("", 10, 10)
	out.Warn = append(warn, infos...)
	switch v := res.Value.(type) {
	case promql.Vector:
		out.Kind = Vector
		for _, s := range v {
			if s.H == nil {
				out.Lines = append(out.Lines, Line{Labels: s.Metric, Points: []Point{{s.T, s.F}}})
			}
		}
	case promql.Matrix:
		out.Kind = Matrix
		for _, s := range v {
			line := Line{Labels: s.Metric, Points: make([]Point, len(s.Floats))}
			for i, p := range s.Floats {
				line.Points[i] = Point{p.T, p.F}
			}
			out.Lines = append(out.Lines, line)
		}
	case promql.Scalar:
		out.Kind, out.Lines = Scalar, []Line{{Points: []Point{{v.T, v.V}}}}
	case promql.String:
		out.Kind, out.Text, out.Lines = Text, v.V, []Line{{Points: []Point{{At: v.T}}}}
	default:
		return out, fault.NewInvalid("The question has an answer of an unknown kind.")
	}
	return out, nil
}

// inBounds keeps an instant where arithmetic on it cannot overflow.
func inBounds(t time.Time) time.Time {
	low, high := time.UnixMilli(-1<<52), time.UnixMilli(1<<52)
	switch {
	case t.Before(low):
		return low
	case t.After(high):
		return high
	}
	return t
}

var _ storage.Queryable = (*source)(nil)
