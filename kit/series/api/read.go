// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"mainstay/kit/fault"
	"mainstay/kit/series"
)

// maxSelections is how many match[] one call may have.
const maxSelections = 100

// instant reads a parameter that is a time: seconds since 1970 UTC or RFC 3339.
func instant(r *http.Request, name string, missing time.Time) (time.Time, error) {
	s := r.Form.Get(name)
	if s == "" {
		return missing, nil
	}
	if v, ok := number(s); ok {
		return time.UnixMilli(int64(v * 1000)), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fault.NewInvalid("The parameter %s is neither seconds since 1970 nor a time such as 2026-11-26T01:45:28Z.", name).On(name)
	}
	return t, nil
}

// span reads a parameter that is a length of time: seconds or 5m.
func span(r *http.Request, name string) (time.Duration, error) {
	s := r.Form.Get(name)
	if v, ok := number(s); ok && v < 1e9 {
		return time.Duration(v * float64(time.Second)), nil
	}
	d, err := model.ParseDuration(s)
	if err != nil {
		return 0, fault.NewInvalid("The parameter %s is neither a number of seconds nor a length of time such as 5m.", name).On(name)
	}
	return time.Duration(d), nil
}

// bounded returns a context that ends when the caller's own limit is over.
func bounded(r *http.Request) (context.Context, context.CancelFunc, error) {
	if r.Form.Get("timeout") == "" {
		return r.Context(), func() {}, nil
	}
	d, err := span(r, "timeout")
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), d)
	return ctx, cancel, nil
}

func (h *Handlers) query(r *http.Request) (any, error) {
	at, err := instant(r, "time", h.now())
	if err != nil {
		return nil, err
	}
	ctx, cancel, err := bounded(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	return said(h.Store.Query(ctx, h.reading(r), r.Form.Get("query"), at))
}

func (h *Handlers) queryRange(r *http.Request) (any, error) {
	from, err := instant(r, "start", time.Time{})
	if err != nil {
		return nil, err
	}
	to, err := instant(r, "end", time.Time{})
	if err != nil {
		return nil, err
	}
	if from.IsZero() || to.IsZero() {
		return nil, fault.NewInvalid("The parameters start and end are missing.").On("start")
	}
	step, err := span(r, "step")
	if err != nil {
		return nil, err
	}
	ctx, cancel, err := bounded(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	return said(h.Store.QueryRange(ctx, h.reading(r), r.Form.Get("query"), from, to, step))
}

// said puts an answer together with its warnings. A question that took too long is told in words.
func said(res series.Result, err error) (any, error) {
	if err != nil && fault.KindOf(err) == fault.Internal {
		if contextOver(err) {
			err = fault.NewBusy("The question took longer than it was given.").Because(err)
		}
	}
	return reply{res, res.Warn}, err
}

// selections reads match[] with the stretch of time.
func (h *Handlers) selections(r *http.Request) (sets [][]*series.Matcher, from, to time.Time, limit int, err error) {
	given := r.Form["match[]"]
	if len(given) > maxSelections {
		return nil, from, to, 0, fault.NewInvalid("A call may have at most %d selections.", maxSelections).On("match[]")
	}
	for _, s := range given {
		m, err := series.ParseSelector(s)
		if err != nil {
			return nil, from, to, 0, err
		}
		sets = append(sets, m)
	}
	if from, err = instant(r, "start", time.Unix(0, 0)); err != nil {
		return nil, from, to, 0, err
	}
	if to, err = instant(r, "end", h.now().Add(time.Hour)); err != nil {
		return nil, from, to, 0, err
	}
	if s := r.Form.Get("limit"); s != "" {
		if limit, err = strconv.Atoi(s); err != nil || limit < 0 {
			return nil, from, to, 0, fault.NewInvalid("The parameter limit is not a number.").On("limit")
		}
	}
	return sets, from, to, limit, nil
}

func cutNote(cut bool) []string {
	if cut {
		return []string{"results truncated due to limit"}
	}
	return nil
}

func (h *Handlers) series(r *http.Request) (any, error) {
	sets, from, to, limit, err := h.selections(r)
	if err != nil {
		return nil, err
	}
	if len(sets) == 0 {
		return nil, fault.NewInvalid("At least one selection, match[], has to be given.").On("match[]")
	}
	list, cut, err := h.Store.SeriesOf(r.Context(), h.reading(r), sets, from, to, limit)
	out := make([]map[string]string, len(list))
	for i, l := range list {
		out[i] = l.Map()
	}
	return reply{out, cutNote(cut)}, err
}

func (h *Handlers) labels(r *http.Request) (any, error) {
	sets, from, to, limit, err := h.selections(r)
	if err != nil {
		return nil, err
	}
	list, cut, err := h.Store.LabelNames(r.Context(), h.reading(r), sets, from, to, limit)
	return reply{some(list), cutNote(cut)}, err
}

func (h *Handlers) labelValues(r *http.Request) (any, error) {
	sets, from, to, limit, err := h.selections(r)
	if err != nil {
		return nil, err
	}
	name := r.PathValue("name")
	if name == "" || len(name) > series.MaxLabelName {
		return nil, fault.NewInvalid("The label's name is empty or too long.")
	}
	list, cut, err := h.Store.LabelValues(r.Context(), h.reading(r), name, sets, from, to, limit)
	return reply{some(list), cutNote(cut)}, err
}

// some is a list that is never null.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// exemplars, rules and alerts are asked for by Grafana; here are none.
func (h *Handlers) exemplars(*http.Request) (any, error) { return []string{}, nil }

func (h *Handlers) rules(*http.Request) (any, error) {
	return map[string][]string{"groups": {}}, nil
}

func (h *Handlers) alerts(*http.Request) (any, error) {
	return map[string][]string{"alerts": {}}, nil
}

// language is the release of Prometheus whose PromQL is spoken: clients decide by it what they may ask.
const language = "3.15.0"

func (h *Handlers) buildInfo(*http.Request) (any, error) {
	return map[string]string{"version": language, "revision": h.Version, "branch": "mainstay", "buildUser": "", "buildDate": "", "goVersion": ""}, nil
}
