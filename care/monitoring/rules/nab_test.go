// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mainstay/care/monitoring/rules"
)

// The Numenta Anomaly Benchmark's server metrics with their labelled windows. They are not part of the project: NAB names a
// folder with them, by default one beside the work tree; without it there is nothing to measure.
func nabFolder() string {
	if d := os.Getenv("NAB"); d != "" {
		return d
	}
	return "../../../../shared/data/nab"
}

// score counts detections. An alert is one episode from its opening to its end; those less than an hour apart are one. An
// episode is right when it overlaps a labelled window; a window is found when an episode overlaps it.
type score struct{ right, wrong, found, windows int }

func (s *score) add(o score) {
	s.right, s.wrong, s.found, s.windows = s.right+o.right, s.wrong+o.wrong, s.found+o.found, s.windows+o.windows
}

func (s score) precision() float64 { return float64(s.right) / float64(max(1, s.right+s.wrong)) }
func (s score) recall() float64    { return float64(s.found) / float64(max(1, s.windows)) }

type span struct{ from, to int64 }

func (s span) overlaps(o span) bool { return s.from <= o.to && o.from <= s.to }

// shippedFor are the shipped rules that such a series gets, and how a file's value becomes that of the agent's metric.
func shippedFor(name string) (list []rules.Rule, convert func(v float64) float64) {
	metric := ""
	convert = func(v float64) float64 { return v }
	sum := 0.0
	switch {
	case strings.Contains(name, "cpu_util"):
		metric, convert = "system_cpu_utilization_ratio", func(v float64) float64 { return v / 100 }
	case strings.Contains(name, "network_in"), strings.Contains(name, "NetworkIn"):
		metric, convert = "system_network_io_bytes_total", func(v float64) float64 { sum += v; return sum }
	case strings.Contains(name, "disk_write"):
		metric, convert = "system_disk_io_bytes_total", func(v float64) float64 { sum += v; return sum }
	}
	for _, w := range rules.Shipped() {
		if w.Metric == metric && metric != "" {
			list = append(list, w.Rule)
		}
	}
	if metric == "" { // a series of another program: the baseline for any series
		list = append(list, rules.Unusual(0))
	}
	return list, convert
}

// measure runs the shipped rules over one file.
func measure(tb testing.TB, file string, windows []span) (out score) {
	tb.Helper()
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	list, convert := shippedFor(filepath.Base(file))
	compiled, states, open := make([]*rules.Compiled, len(list)), make([]rules.State, len(list)), make([]int64, len(list))
	for i, r := range list {
		if compiled[i], err = rules.Compile(r); err != nil {
			tb.Fatal(err)
		}
	}
	var episodes []span
	var at int64
	in := bufio.NewScanner(f)
	for in.Scan(); in.Scan(); {
		when, value, _ := strings.Cut(in.Text(), ",")
		t, err := time.Parse(time.DateTime, when)
		if err != nil {
			tb.Fatal(err)
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			tb.Fatal(err)
		}
		at, v = t.UnixMilli(), convert(v)
		for i := range compiled {
			if e, ok := compiled[i].Step(&states[i], at, v); ok && e.From == rules.OK {
				open[i] = at
			} else if ok && e.To == rules.OK {
				episodes = append(episodes, span{open[i], at})
				open[i] = 0
			}
		}
	}
	for _, since := range open {
		if since != 0 {
			episodes = append(episodes, span{since, at})
		}
	}
	for _, e := range joined(episodes) {
		if slices.ContainsFunc(windows, e.overlaps) {
			out.right++
		} else {
			out.wrong++
		}
	}
	for _, w := range windows {
		if out.windows++; slices.ContainsFunc(episodes, w.overlaps) {
			out.found++
		}
	}
	return out
}

func joined(list []span) (out []span) {
	slices.SortFunc(list, func(a, b span) int { return int(a.from - b.from) })
	for _, e := range list {
		if n := len(out); n > 0 && e.from-out[n-1].to <= time.Hour.Milliseconds() {
			out[n-1].to = max(out[n-1].to, e.to)
		} else {
			out = append(out, e)
		}
	}
	return out
}

// quality measures all files that pattern finds below the folder: both halves by the hash of the file's name. The first
// half was looked at when the baseline was made; the second was not.
func quality(tb testing.TB, pattern string) (looked, held score) {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(nabFolder(), "labels", "combined_windows.json"))
	if err != nil {
		tb.Skip("the labelled series are not here: set NAB to the folder of the Numenta Anomaly Benchmark")
	}
	var labels map[string][][2]string
	if err := json.Unmarshal(text, &labels); err != nil {
		tb.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(nabFolder(), "data", pattern, "*.csv"))
	if err != nil || len(files) == 0 {
		tb.Skip("the labelled series are not here")
	}
	slices.SortFunc(files, func(a, b string) int {
		x, y := sha256.Sum256([]byte(filepath.Base(a))), sha256.Sum256([]byte(filepath.Base(b)))
		return slices.Compare(x[:], y[:])
	})
	for i, file := range files {
		var windows []span
		for _, w := range labels[filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file)] {
			from, err1 := time.Parse("2006-01-02 15:04:05.000000", w[0])
			to, err2 := time.Parse("2006-01-02 15:04:05.000000", w[1])
			if err1 != nil || err2 != nil {
				tb.Fatal(w)
			}
			windows = append(windows, span{from.UnixMilli(), to.UnixMilli()})
		}
		s := measure(tb, file, windows)
		if i < len(files)/2 {
			looked.add(s)
		} else {
			held.add(s)
		}
	}
	return looked, held
}

// BenchmarkNAB prints precision and recall of the shipped rules: go test -run none -bench NAB -benchtime 1x ./care/monitoring/rules
func BenchmarkNAB(b *testing.B) {
	var looked, held score
	for b.Loop() {
		looked, held = quality(b, "realAWSCloudwatch")
	}
	all := looked
	all.add(held)
	for _, s := range []struct {
		name string
		score
	}{{"all", all}, {"looked-at", looked}, {"held-out", held}} {
		b.ReportMetric(s.precision(), s.name+"-precision")
		b.ReportMetric(s.recall(), s.name+"-recall")
		b.Logf("%-10s precision %.2f (%d of %d alerts), recall %.2f (%d of %d windows)", s.name, s.precision(), s.right, s.right+s.wrong, s.recall(), s.found, s.windows)
	}
}

// Plain thresholds find .61–.63 of the windows with a precision of .16–.22. The shipped rules must stay well above.
func TestAlertQuality(t *testing.T) {
	looked, held := quality(t, "realAWSCloudwatch")
	looked.add(held)
	if looked.precision() < .5 || looked.recall() < .6 {
		t.Errorf("precision %.2f, recall %.2f", looked.precision(), looked.recall())
	}
}
