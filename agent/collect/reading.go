// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"mainstay/kit/wire"
)

// forget is after how many readings without a value a series is left out: an hour of minutes.
const forget = 60

// reading gathers values by series and keeps their order from one time to the next, so that the server is told their names once.
type reading struct {
	series []string
	index  map[string]int // by key
	keys   []string
	values []float64
	absent []int // readings in a row without a value
	grown  bool
}

// begin starts a reading; the series stay.
func (r *reading) begin() {
	if r.index == nil {
		r.index = map[string]int{}
	}
	for i := range r.values {
		r.values[i] = math.NaN()
	}
}

// set gives a series its value. Values are cut to places decimals: what is beyond a sensor's truth only costs space.
// The label is name and value, or "" for none; a second one likewise.
func (r *reading) set(name string, value float64, places int, labels ...string) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	p := math.Pow10(places)
	value = math.Round(value*p) / p
	var buf [128]byte
	key := append(buf[:0], name...)
	for _, l := range labels {
		key = append(append(key, 0), l...)
	}
	i, ok := r.index[string(key)]
	if !ok {
		if len(r.series) >= wire.MaxSeries {
			return
		}
		i = len(r.series)
		r.add(string(key), name, labels)
	}
	r.values[i] = value
}

func (r *reading) add(key, name string, labels []string) {
	var l []wire.Label
	for i := 0; i+1 < len(labels); i += 2 {
		l = append(l, wire.Label{Name: labels[i], Value: label(labels[i+1])})
	}
	if !r.grown { // the slice that was given away stays as it is
		r.series = slices.Clone(r.series)
		r.grown = true
	}
	r.index[key] = len(r.series)
	r.series = append(r.series, wire.SeriesText(name, l...))
	r.keys = append(r.keys, key)
	r.values = append(r.values, math.NaN())
	r.absent = append(r.absent, 0)
}

// maxLabel bounds the value of a label, so that a series with two of them stays below what the protocol takes.
const maxLabel = 150

// label returns a text that can be a label's value.
func label(s string) string {
	s = strings.ToValidUTF8(s, "?")
	for len(s) > maxLabel {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// end returns the series and their values. The series are the same slice until one is new or has been absent for an hour. The
// values are the caller's.
func (r *reading) end() ([]string, []float64) {
	r.grown = false
	old := false
	for i, v := range r.values {
		if math.IsNaN(v) {
			r.absent[i]++
			old = old || r.absent[i] >= forget
		} else {
			r.absent[i] = 0
		}
	}
	if old {
		r.prune()
	}
	return r.series, slices.Clone(r.values)
}

func (r *reading) prune() {
	var series, keys []string
	var values []float64
	var absent []int
	clear(r.index)
	for i := range r.series {
		if r.absent[i] >= forget {
			continue
		}
		r.index[r.keys[i]] = len(series)
		series, keys = append(series, r.series[i]), append(keys, r.keys[i])
		values, absent = append(values, r.values[i]), append(absent, r.absent[i])
	}
	r.series, r.keys, r.values, r.absent = series, keys, values, absent
}
