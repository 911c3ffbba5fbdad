// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"mainstay/kit/fault"
)

// Narrow writes a reach into every selector of a question.
func Narrow(r Reach, expr string) (string, error) {
	if len(expr) > MaxExpr {
		return "", tooLong()
	}
	e, err := newParser().ParseExpr(expr)
	if err != nil {
		return "", notPromQL(err)
	}
	if r.all {
		return expr, nil
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			v.LabelMatchers = r.narrow(v.LabelMatchers)
		}
		return nil
	})
	return e.String(), nil
}

// Query evaluates PromQL at an instant.
func (r *Remote) Query(ctx context.Context, reach Reach, expr string, at time.Time) (Result, error) {
	return r.ask(ctx, reach, expr, "query", url.Values{"time": {seconds(at)}})
}

// QueryRange evaluates PromQL at every step of [from, to].
func (r *Remote) QueryRange(ctx context.Context, reach Reach, expr string, from, to time.Time, step time.Duration) (Result, error) {
	if err := checkSteps(from, to, step); err != nil {
		return Result{}, err
	}
	return r.ask(ctx, reach, expr, "query_range", url.Values{
		"start": {seconds(from)}, "end": {seconds(to)}, "step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)},
	})
}

// reachNothing is a client that nobody has.
const reachNothing = "\x7f"

func (r *Remote) ask(ctx context.Context, reach Reach, expr, what string, form url.Values) (Result, error) {
	if reach.Nothing() {
		reach.clients = []string{reachNothing}
	}
	narrowed, err := Narrow(reach, expr)
	if err != nil {
		return Result{}, err
	}
	form.Set("query", narrowed)
	form.Set("timeout", strconv.Itoa(int(r.opt.MaxTime.Seconds()))+"s")
	var data struct {
		ResultType Kind            `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	}
	warn, err := r.call(ctx, what, form, &data)
	if err != nil {
		return Result{}, err
	}
	out := Result{Kind: data.ResultType, Warn: warn}
	switch data.ResultType {
	case Scalar, Text:
		var p jsonPoint
		if err := json.Unmarshal(data.Result, &p); err != nil {
			return out, unreadable(err)
		}
		out.Text, out.Lines = p.text, []Line{{Points: []Point{p.Point}}}
	case Vector, Matrix:
		var lines []struct {
			Metric map[string]string `json:"metric"`
			Value  *jsonPoint        `json:"value"`
			Values []jsonPoint       `json:"values"`
		}
		if err := json.Unmarshal(data.Result, &lines); err != nil {
			return out, unreadable(err)
		}
		for _, l := range lines {
			line := Line{Labels: labels.FromMap(l.Metric)}
			if l.Value != nil {
				line.Points = append(line.Points, l.Value.Point)
			}
			for _, p := range l.Values {
				line.Points = append(line.Points, p.Point)
			}
			out.Lines = append(out.Lines, line)
		}
	default:
		return out, unreadable(fmt.Errorf("result type %q", data.ResultType))
	}
	return out, nil
}

// jsonPoint is [seconds, "value"].
type jsonPoint struct {
	Point
	text string
}

// UnmarshalJSON reads a point of an answer.
func (p *jsonPoint) UnmarshalJSON(b []byte) error {
	var parts [2]json.RawMessage
	var at float64
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	if err := json.Unmarshal(parts[0], &at); err != nil {
		return err
	}
	if err := json.Unmarshal(parts[1], &p.text); err != nil {
		return err
	}
	p.At = int64(math.Round(at * 1000))
	p.V, _ = strconv.ParseFloat(p.text, 64) // a text result is not a number
	return nil
}

// call asks one operation of the API and reads its data.
func (r *Remote) call(ctx context.Context, what string, form url.Values, data any) (warn []string, err error) {
	status, body, err := r.post(ctx, r.opt.URL+"/api/v1/"+what, "application/x-www-form-urlencoded", []byte(form.Encode()), r.opt.MaxAnswer)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status    string          `json:"status"`
		Data      json.RawMessage `json:"data"`
		ErrorType string          `json:"errorType"`
		Error     string          `json:"error"`
		Warnings  []string        `json:"warnings"`
		Infos     []string        `json:"infos"`
	}
	err = json.Unmarshal(body, &answer)
	switch {
	case err == nil && answer.Status == "error" && (answer.ErrorType == "bad_data" || answer.ErrorType == "execution" || answer.ErrorType == "timeout"):
		return nil, fault.NewInvalid("The question cannot be answered: %s", clipLong(answer.Error))
	case status/100 != 2:
		return nil, refusedBy(status, body)
	case err != nil:
		return nil, unreadable(err)
	}
	if data != nil {
		if err := json.Unmarshal(answer.Data, data); err != nil {
			return nil, unreadable(err)
		}
	}
	return append(answer.Warnings, answer.Infos...), nil
}

func unreadable(err error) error {
	return fault.NewBusy("The server with the time series answered something that cannot be read.").Because(err)
}

func seconds(t time.Time) string {
	return strconv.FormatFloat(float64(inBounds(t).UnixMilli())/1000, 'f', 3, 64)
}

// Select hands out series with their samples.
func (r *Remote) Select(ctx context.Context, reach Reach, m []*Matcher, from, to time.Time, fn func(Line) error) error {
	wide := to.Sub(from) + time.Millisecond
	res, err := r.Query(ctx, reach, fmt.Sprintf("%s[%dms]", Selector(m), wide.Milliseconds()), to)
	if err != nil {
		return err
	}
	slices.SortFunc(res.Lines, func(a, b Line) int { return labels.Compare(a.Labels, b.Labels) })
	for _, l := range res.Lines {
		l.Points = slices.DeleteFunc(l.Points, func(p Point) bool { return p.At < from.UnixMilli() || p.At > to.UnixMilli() })
		if len(l.Points) == 0 {
			continue
		}
		if err := fn(l); err != nil {
			return err
		}
	}
	return nil
}

// selections is what lists are narrowed by.
func selections(reach Reach, sets [][]*Matcher, from, to time.Time) url.Values {
	if reach.Nothing() {
		reach.clients = []string{reachNothing}
	}
	form := url.Values{"start": {seconds(from)}, "end": {seconds(to)}}
	if len(sets) == 0 && !reach.all {
		sets = [][]*Matcher{nil}
	}
	for _, m := range sets {
		form.Add("match[]", Selector(reach.narrow(m)))
	}
	return form
}

// SeriesOf lists the labels of series.
func (r *Remote) SeriesOf(ctx context.Context, reach Reach, sets [][]*Matcher, from, to time.Time, limit int) ([]Labels, bool, error) {
	var found []map[string]string
	if _, err := r.call(ctx, "series", selections(reach, sets, from, to), &found); err != nil {
		return nil, false, err
	}
	list := make([]Labels, len(found))
	for i, m := range found {
		list[i] = labels.FromMap(m)
	}
	slices.SortFunc(list, labels.Compare)
	list, cut := clipped(list, limit)
	return list, cut, nil
}

// LabelNames lists labels.
func (r *Remote) LabelNames(ctx context.Context, reach Reach, sets [][]*Matcher, from, to time.Time, limit int) ([]string, bool, error) {
	var list []string
	_, err := r.call(ctx, "labels", selections(reach, sets, from, to), &list)
	list, cut := clipped(list, limit)
	return list, cut, err
}

// LabelValues lists the values of a label. Such servers take this question as GET only.
func (r *Remote) LabelValues(ctx context.Context, reach Reach, label string, sets [][]*Matcher, from, to time.Time, limit int) ([]string, bool, error) {
	if len(sets) == 0 {
		sets = [][]*Matcher{nil}
	}
	narrowed := make([][]*Matcher, len(sets))
	for i, m := range sets {
		narrowed[i] = append(slices.Clip(m), IsNot(label, ""))
	}
	series, cut, err := r.SeriesOf(ctx, reach, narrowed, from, to, MaxList)
	var list []string
	for _, l := range series {
		list = append(list, l.Get(label))
	}
	slices.Sort(list)
	list, more := clipped(slices.Compact(list), limit)
	return list, cut || more, err
}

func clipped[T any](list []T, limit int) ([]T, bool) {
	if limit = within(limit); len(list) > limit {
		return list[:limit], true
	}
	return list, false
}

// Forget removes series, where the server allows it.
func (r *Remote) Forget(ctx context.Context, m ...*Matcher) error {
	if len(m) == 0 {
		return fault.NewInvalid("Say whose series are to be forgotten.")
	}
	status, answer, err := r.post(ctx, r.opt.URL+"/api/v1/admin/tsdb/delete_series", "application/x-www-form-urlencoded", []byte(url.Values{"match[]": {Selector(m)}}.Encode()), 4<<10)
	switch {
	case err != nil:
		return err
	case status/100 == 2:
	case status == http.StatusUnavailableForLegalReasons, status == http.StatusNotFound, status == http.StatusForbidden, status == http.StatusServiceUnavailable:
		return fault.NewConflict("The server with the time series does not let series be removed. Prometheus does with --web.enable-admin-api.").Because(fmt.Errorf("HTTP %d: %s", status, clipLong(string(answer))))
	default:
		return refusedBy(status, answer)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, h := range r.handles {
		if matches(h.labels, m) {
			delete(r.handles, key)
		}
	}
	return nil
}
