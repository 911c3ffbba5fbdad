// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/care/monitoring/rules"
)

const minute = int64(60_000)

func compile(tb testing.TB, r rules.Rule) *rules.Compiled {
	tb.Helper()
	c, err := rules.Compile(r)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

type fell struct {
	at   int64 // minutes
	from rules.Level
	to   rules.Level
}

// play gives values a minute apart, from minute 1, and returns what changed.
func play(c *rules.Compiled, s *rules.State, values ...float64) (out []fell) {
	for i, v := range values {
		if e, ok := c.Step(s, int64(i+1)*minute, v); ok {
			out = append(out, fell{int64(i + 1), e.From, e.To})
		}
	}
	return out
}

func TestDecisions(t *testing.T) {
	n := rules.Number
	for name, c := range map[string]struct {
		rule   rules.Rule
		values []float64
		want   []fell
	}{
		"at once": {
			rules.Rule{Kind: rules.Threshold, Warn: n(10), Crit: n(20)},
			[]float64{9, 10, 20, 19, 9},
			[]fell{{2, 0, 1}, {3, 1, 2}, {4, 2, 1}, {5, 1, 0}},
		},
		"hysteresis": { // warning until at or below 8, critical until at or below 18
			rules.Rule{Kind: rules.Threshold, Warn: n(10), Crit: n(20), Back: 2},
			[]float64{10, 9, 10, 8.5, 20, 19, 18.5, 18, 9, 8, 9, 10},
			[]fell{{1, 0, 1}, {5, 1, 2}, {8, 2, 1}, {10, 1, 0}, {12, 0, 1}},
		},
		"for three minutes": { // a dip begins the time anew
			rules.Rule{Kind: rules.Threshold, Warn: n(10), For: 3 * time.Minute},
			[]float64{11, 11, 11, 9, 11, 11, 11, 11, 11, 9},
			[]fell{{8, 0, 1}, {10, 1, 0}},
		},
		"each level waits for itself": { // ≥ 10 from 1, ≥ 20 from 3: warning at 4, critical at 6
			rules.Rule{Kind: rules.Threshold, Warn: n(10), Crit: n(20), For: 3 * time.Minute},
			[]float64{10, 10, 20, 20, 20, 20},
			[]fell{{4, 0, 1}, {6, 1, 2}},
		},
		"calm": { // 9 for two minutes is not calm enough, and the worst that was held while better is what it falls to
			rules.Rule{Kind: rules.Threshold, Warn: n(10), Crit: n(20), Calm: 2 * time.Minute},
			[]float64{20, 9, 9, 20, 15, 15, 9, 9, 9, 9},
			[]fell{{1, 0, 2}, {7, 2, 1}, {10, 1, 0}},
		},
		"below": {
			rules.Rule{Kind: rules.Threshold, Below: true, Warn: n(10), Crit: n(5), Back: 1},
			[]float64{11, 10, 10.5, 5, 6, 11},
			[]fell{{2, 0, 1}, {4, 1, 2}, {5, 2, 1}, {6, 1, 0}},
		},
		"critical alone": {
			rules.Rule{Kind: rules.Threshold, Crit: n(5), Back: 1},
			[]float64{4, 5, 4.5, 4, 5},
			[]fell{{2, 0, 2}, {4, 2, 0}, {5, 0, 2}},
		},
		"either sign": {
			rules.Rule{Kind: rules.Threshold, Either: true, Warn: n(5)},
			[]float64{-4, -5, 4, 5},
			[]fell{{2, 0, 1}, {3, 1, 0}, {4, 0, 1}},
		},
		"rate of a counter": { // 60 in a minute = 1 a second; the fall to 0 is a restart and no rate at all
			rules.Rule{Kind: rules.Rate, Counter: true, Warn: n(1)},
			[]float64{1000, 1059, 1119, 0, 60, 90},
			[]fell{{3, 0, 1}, {6, 1, 0}},
		},
		"rate downwards": { // −120 in a minute = −2 a second
			rules.Rule{Kind: rules.Rate, Below: true, Warn: n(-2)},
			[]float64{1000, 900, 780, 780},
			[]fell{{3, 0, 1}, {4, 1, 0}},
		},
		"two bad results of three": { // results: fine, warning, fine, critical, fine, fine: two bad of the last three at 4
			rules.Rule{Kind: rules.Check, Warn: n(2), Of: 3, Back: 2},
			[]float64{0, 1, 0, 2, 0, 0, 0},
			[]fell{{4, 0, 2}, {5, 2, 1}, {7, 1, 0}},
		},
		"unknown is a warning": {
			rules.Rule{Kind: rules.Check, Warn: n(1), Of: 1},
			[]float64{3, 2, 0},
			[]fell{{1, 0, 1}, {2, 1, 2}, {3, 2, 0}},
		},
		"no numbers": {
			rules.Rule{Kind: rules.Threshold, Warn: n(10)},
			[]float64{math.NaN(), math.Inf(1), math.Inf(-1), 10, math.NaN()},
			[]fell{{4, 0, 1}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var s rules.State
			got := play(compile(t, c.rule), &s, c.values...)
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Fatalf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestTimeThatGoesBackChangesNothing(t *testing.T) {
	c := compile(t, rules.Rule{Kind: rules.Threshold, Warn: rules.Number(10)})
	var s rules.State
	c.Step(&s, 10*minute, 5)
	for _, at := range []int64{10 * minute, 9 * minute, 0, -1, math.MinInt64} {
		if _, ok := c.Step(&s, at, 100); ok || s.Level() != rules.OK {
			t.Errorf("a value of %d changed something", at)
		}
	}
}

// A duration must have been seen: values an hour apart do not show that it was high for ten minutes.
func TestAPauseProvesNothing(t *testing.T) {
	c := compile(t, rules.Rule{Kind: rules.Threshold, Warn: rules.Number(10), For: 10 * time.Minute})
	var s rules.State
	c.Step(&s, minute, 11)
	if _, ok := c.Step(&s, 61*minute, 11); ok {
		t.Error("alarm over a pause")
	}
	if _, ok := c.Step(&s, 71*minute, 11); !ok {
		t.Error("no alarm after ten minutes that were seen")
	}
}

func TestAbsence(t *testing.T) {
	c := compile(t, rules.Rule{Kind: rules.Absence, Warn: rules.Number(3), Crit: rules.Number(10)})
	var s rules.State
	if _, ok := c.Tick(&s, 1000*minute, 0, 0, minute); ok {
		t.Fatal("what was never seen cannot be missed")
	}
	c.Step(&s, 100*minute, 1)
	for _, w := range []struct {
		now, from, deaf int64
		to              rules.Level
	}{
		{102, 0, 0, 0},
		{105, 104, 4, 0}, // the server itself came up at 104
		{105, 104, 1, 0}, // who is there has no time to come back yet
		{106, 104, 3, 0},
		{103, 0, 0, 1},
		{109, 0, 0, 1},
		{113, 104, 4, 1}, // nine minutes that somebody listened
		{110, 0, 0, 2},
	} {
		c.Tick(&s, w.now*minute, w.from*minute, w.deaf*minute, minute)
		if s.Level() != w.to {
			t.Errorf("at %d from %d: %d, want %d", w.now, w.from, s.Level(), w.to)
		}
	}
	if e, ok := c.Step(&s, 111*minute, 1); !ok || e.To != rules.OK {
		t.Error("it came back and is still missed")
	}
}

// A disk grows by 0.1 % of its size an hour from 80 %: after 72 hours 87.2 %, and full 128 hours later. With 0.2 % from 80 %
// it is 94.4 % then and full in 28 hours.
func TestForecast(t *testing.T) {
	rule := rules.Rule{Kind: rules.Forecast, Full: 1, Window: 72 * time.Hour, Warn: rules.Number(72), Crit: rules.Number(24), Back: 12}
	for name, c := range map[string]struct {
		value func(hour float64) float64
		warn  bool
	}{
		"slow":        {func(h float64) float64 { return .8 + .001*h }, false},
		"fast":        {func(h float64) float64 { return .8 + .002*h }, true},
		"fast, noisy": {func(h float64) float64 { return .8 + .002*h + .01*math.Sin(h*h) }, true},
		"noise":       {func(h float64) float64 { return .9 + .05*math.Sin(h*h*1.7) }, false},
		"saw":         {func(h float64) float64 { return .8 + .008*math.Mod(h, 12) }, false},
		"one jump":    {func(h float64) float64 { return .5 + .4*math.Floor(h/60) }, false},
		"falling":     {func(h float64) float64 { return .95 - .002*h }, false},
	} {
		t.Run(name, func(t *testing.T) {
			k, s, warned := compile(t, rule), rules.State{}, false
			var last rules.Event
			for m := int64(0); m <= 72*60; m += 5 {
				if e, ok := k.Step(&s, (m+1)*minute, c.value(float64(m)/60)); ok {
					warned, last = e.To != rules.OK, e
				}
			}
			if warned != c.warn {
				t.Errorf("warned %v (%+v)", warned, last)
			}
			if name == "fast" && (last.Measure < 50 || last.Measure > 72) { // told when 72 hours were left
				t.Errorf("told at %.1f hours", last.Measure)
			}
		})
	}
}

func TestForecastSaysItIsFull(t *testing.T) {
	c := compile(t, rules.Rule{Kind: rules.Forecast, Full: 1, Window: time.Hour, Crit: rules.Number(4)})
	var s rules.State
	if e, ok := c.Step(&s, minute, 1); !ok || e.To != rules.Critical || e.Measure != 0 {
		t.Error("full is full")
	}
}

// A day's rhythm: 0.2 at night and 0.6 from 8 to 18. Six days are learned.
func rhythm(m int64) float64 {
	h := m / 60 % 24
	wave := .02 * math.Sin(float64(m)/7)
	if h >= 8 && h < 18 {
		return .6 + wave
	}
	return .2 + wave
}

func TestBaseline(t *testing.T) {
	for name, c := range map[string]struct {
		odd  func(m int64) float64 // from Wednesday 02:00 on; Thursday 1970-01-01 is day 0
		want bool
	}{
		"as ever":          {rhythm, false},
		"more than ever":   {func(int64) float64 { return .8 }, true},
		"less than ever":   {func(int64) float64 { return .01 }, true},
		"a day in a night": {func(m int64) float64 { return rhythm(12 * 60) }, true}, // seen before, never at this hour
	} {
		t.Run(name, func(t *testing.T) {
			k, s, n := compile(t, rules.Unusual(.02)), rules.State{}, 0
			from := int64(4) * 24 * 60
			to := from + 9*24*60
			if !k.Learning(&s) {
				t.Error("knows without having seen")
			}
			for m := from; m < to; m++ {
				if e, ok := k.Step(&s, m*minute, rhythm(m)); ok {
					t.Fatalf("alarm while nothing happens: %+v at day %d hour %d", e, m/1440, m/60%24)
				}
			}
			if k.Learning(&s) {
				t.Error("still learning after nine days")
			}
			for m := to + 120; m < to+120+180; m++ {
				if e, ok := k.Step(&s, m*minute, c.odd(m)); ok && e.To == rules.Warning {
					if n++; e.Low >= e.High {
						t.Errorf("no band: %+v", e)
					}
				}
			}
			if (n > 0) != c.want {
				t.Errorf("%d alarms", n)
			}
		})
	}
}

// An office in Berlin works from eight to six. The clocks are put forward on Sunday, 29 March 2026: on Monday it begins an hour earlier
// by UTC, which is no news to whoever goes by the clocks of Berlin. What was learned by UTC before is brought along.
func TestBaselineGoesByTheClocksOfPeople(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	office := func(at time.Time) float64 {
		wave := .02 * math.Sin(float64(at.Unix()/60)/7)
		if l := at.In(berlin); l.Hour() >= 8 && l.Hour() < 18 && l.Weekday() != time.Saturday && l.Weekday() != time.Sunday {
			return .6 + wave
		}
		return .2 + wave
	}
	from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	turned := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	alarms := func(first, then *rules.Compiled) (n int) { // once the office is known
		var s rules.State
		k := first
		for at := from; at.Before(to); at = at.Add(5 * time.Minute) {
			if at.Equal(turned) && then != first {
				stored := s.Append(nil)
				stored[0] = 1 // as it was stored before there were zones
				if _, err := then.Load(&s, stored); err != nil {
					t.Fatal(err)
				}
				k = then
			}
			if e, ok := k.Step(&s, at.UnixMilli(), office(at)); ok && e.From == rules.OK && at.After(turned) {
				n++
			}
		}
		return n
	}
	utc := compile(t, rules.Rule{Kind: rules.Baseline, Warn: rules.Number(.2)})
	berlinOnly := utc.In(berlin)
	if n := alarms(utc, utc); n == 0 {
		t.Error("by UTC it is no news either: this tries nothing")
	}
	if n := alarms(berlinOnly, berlinOnly); n != 0 {
		t.Errorf("%d alarms by the clocks of Berlin", n)
	}
	if n := alarms(utc, utc.In(berlin)); n != 0 {
		t.Errorf("%d alarms after what was learned came along", n)
	}
}

// A series that is new at every turn may not cry at every turn.
func TestABaselineCannotCryOften(t *testing.T) {
	k, s, n := compile(t, rules.Unusual(0)), rules.State{}, 0
	v := 1.0
	for m := int64(1); m < 30*24*60; m += 5 {
		if m%(6*60) == 1 {
			v *= 1.05 // a record four times a day
		}
		if e, ok := k.Step(&s, m*minute, v); ok && e.From == rules.OK {
			n++
		}
	}
	if n > 12 {
		t.Errorf("%d alarms in four weeks", n)
	}
}

func TestWhatIsNoRule(t *testing.T) {
	n := rules.Number
	for _, r := range []rules.Rule{
		{},
		{Kind: "x", Warn: n(1)},
		{Kind: rules.Threshold},
		{Kind: rules.Threshold, Warn: n(math.NaN())},
		{Kind: rules.Threshold, Warn: n(2), Crit: n(1)},
		{Kind: rules.Threshold, Below: true, Warn: n(1), Crit: n(2)},
		{Kind: rules.Threshold, Warn: n(1), Back: -1},
		{Kind: rules.Threshold, Warn: n(1), For: -1},
		{Kind: rules.Threshold, Warn: n(1), For: 1000 * time.Hour},
		{Kind: rules.Forecast, Warn: n(1), Full: 1},
		{Kind: rules.Check, Warn: n(4), Of: 3},
		{Kind: rules.Check, Warn: n(0), Of: 3},
		{Kind: rules.Check, Warn: n(1), Of: 33},
		{Kind: rules.Absence, Warn: n(.5)},
		{Kind: rules.Baseline, Warn: n(-1)},
		{Kind: rules.Forecast, Warn: n(1), Full: math.Inf(1), Window: time.Hour},
	} {
		if _, err := rules.Compile(r); err == nil {
			t.Errorf("%+v is no rule", r)
		}
	}
}

func TestShippedRulesAreRules(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range rules.Shipped() {
		compile(t, w.Rule)
		if seen[w.Key] || w.Key == "" {
			t.Errorf("%q is there twice", w.Key)
		}
		seen[w.Key] = true
	}
}

func anyRule(t *rapid.T) rules.Rule {
	limit := rapid.Float64Range(-50, 50)
	warn := limit.Draw(t, "warn")
	r := rules.Rule{
		Kind: rapid.SampledFrom([]rules.Kind{rules.Threshold, rules.Rate, rules.Baseline, rules.Forecast, rules.Check}).Draw(t, "kind"),
		Back: rapid.Float64Range(0, 10).Draw(t, "back"), For: time.Duration(rapid.IntRange(0, 5).Draw(t, "for")) * time.Minute,
		Calm: time.Duration(rapid.IntRange(0, 5).Draw(t, "calm")) * time.Minute, Counter: rapid.Bool().Draw(t, "counter"), Either: rapid.Bool().Draw(t, "either"),
		Warn: &warn,
	}
	switch r.Kind {
	case rules.Baseline:
		warn = .1
	case rules.Forecast:
		r.Window, r.Full, warn = time.Hour, 60, 24
		r.Crit = rules.Number(4)
	case rules.Check:
		warn, r.Of = 2, 3
	default:
		r.Crit = rules.Number(warn + rapid.Float64Range(0, 20).Draw(t, "crit"))
	}
	return r
}

// Storing and loading a state anywhere changes nothing that follows; levels change one step after another without gaps; what
// comes out is finite; the worst of values are harmless.
func TestStoredStatesGoOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := rules.Compile(anyRule(t))
		if err != nil {
			t.Fatal(err)
		}
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-60, 70), rapid.Float64()), 1, 300).Draw(t, "values")
		step := rapid.SampledFrom([]int64{15_000, minute, 5 * minute, 60 * minute}).Draw(t, "step")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		var a, b rules.State
		at, level := int64(0), rules.OK
		for i, v := range values {
			if i == cut {
				stored := a.Append([]byte("x"))
				rest, err := c.Load(&b, append(stored[1:], 'y'))
				if err != nil || string(rest) != "y" {
					t.Fatalf("%q, %v", rest, err)
				}
			} else if i < cut {
				c.Step(&b, at+step, v)
			}
			at += step
			e, ok := c.Step(&a, at, v)
			if i >= cut {
				if f, ok2 := c.Step(&b, at, v); ok != ok2 || e != f {
					t.Fatalf("%+v %v, after loading %+v %v", e, ok, f, ok2)
				}
			}
			if ok {
				if e.From != level || e.To == level || math.IsNaN(e.Measure) || e.Since > at {
					t.Fatalf("from %d: %+v", level, e)
				}
				level = e.To
			}
		}
		if cut < len(values) && !bytes.Equal(a.Append(nil), b.Append(nil)) {
			t.Fatal("both states differ")
		}
	})
}

// Between a limit and where it clears, nothing ever happens.
func TestHysteresisNeverChatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := rules.Compile(rules.Rule{Kind: rules.Threshold, Warn: rules.Number(10), Back: 3})
		if err != nil {
			t.Fatal(err)
		}
		var s rules.State
		at := minute
		for _, v := range rapid.SliceOf(rapid.Float64Range(0, 20)).Draw(t, "values") {
			at += minute
			e, ok := c.Step(&s, at, v)
			if ok && e.To == rules.OK && v > 7 || ok && e.To != rules.OK && v < 10 {
				t.Fatalf("%+v", e)
			}
			for range 5 { // wobbling inside the band
				at += minute
				if _, ok := c.Step(&s, at, rapid.Float64Range(7.001, 9.999).Draw(t, "inside")); ok {
					t.Fatal("chatters")
				}
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	for _, w := range rules.Shipped() {
		c := compile(f, w.Rule)
		var s rules.State
		for m := range int64(500) {
			c.Step(&s, (m+1)*minute, float64(m%7))
		}
		f.Add(s.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, w := range rules.Shipped() {
			c := compile(t, w.Rule)
			var s rules.State
			if _, err := c.Load(&s, b); err != nil {
				continue
			}
			for m := range int64(50) {
				if e, ok := c.Step(&s, s.At()+minute, float64(m)); ok && math.IsNaN(e.Measure) {
					t.Fatalf("%+v", e)
				}
				if s.At() > math.MaxInt64/2 {
					break
				}
			}
		}
	})
}
