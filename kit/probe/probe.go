// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/kit/wire"
)

// Task is a probe that is being made.
type Task struct {
	wire.Probe
	Guard  Guard
	Params Params // reads Probe.Params

	out wire.Observation
}

// Kind makes observations of one kind. ctx ends with the probe's time. What it measures and finds it gives to the task; it returns a
// state with a sentence.
type Kind func(ctx context.Context, t *Task) (wire.State, wire.Said)

// Kinds are the kinds of probes that there are, by name.
type Kinds map[string]Kind

// The length of a probe.
const (
	DefaultTimeout = 10 * time.Second
	LongestTimeout = 10 * time.Minute
	againAfter     = time.Second
)

// Run makes an observation. A probe with the param "confirm" is made once more when it fails, and the second answer counts: a single
// lost packet is no news. The time At is the caller's to set.
func (k Kinds) Run(ctx context.Context, p wire.Probe, g Guard) wire.Observation {
	begin := time.Now()
	o := k.once(ctx, p, g)
	if o.State >= wire.StateCritical && p.Params["confirm"] != "" && ctx.Err() == nil {
		wait := time.NewTimer(againAfter)
		defer wait.Stop()
		select {
		case <-ctx.Done():
		case <-wait.C:
			o = k.once(ctx, p, g)
		}
	}
	o.Took = int(min(time.Since(begin).Milliseconds(), math.MaxInt32))
	return o
}

func (k Kinds) once(ctx context.Context, p wire.Probe, g Guard) (o wire.Observation) {
	limit := DefaultTimeout
	if p.Timeout > 0 {
		limit = min(time.Duration(p.Timeout)*time.Second, LongestTimeout)
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	t := &Task{Probe: p, Guard: g, Params: Params{M: p.Params}}
	defer func() {
		if r := recover(); r != nil {
			t.out = wire.Observation{State: wire.StateUnknown}
			t.say(wire.Say("The probe failed: %s", fmt.Sprint(r)))
		}
		o = t.finish()
	}()
	run, ok := k[p.Kind]
	if !ok {
		t.out.State = wire.StateUnknown
		t.say(wire.Say("This version knows no probe %q.", p.Kind))
		return o
	}
	t.Params.Number("warn", 0) // every kind has them: said at once and not once it is slow
	t.Params.Number("critical", 0)
	if t.Params.Err == nil {
		var said wire.Said
		t.out.State, said = run(ctx, t)
		t.say(said)
	}
	if t.Params.Err != nil {
		t.out = wire.Observation{State: wire.StateUnknown}
		t.say(Reason(t.Params.Err))
	}
	return o
}

// Measure keeps a value under a name and labels. What is no number is passed over.
func (t *Task) Measure(name string, v float64, labels ...wire.Label) {
	t.MeasureText(wire.SeriesText(name, labels...), v)
}

// MeasureText is Measure of a series' text.
func (t *Task) MeasureText(series string, v float64) {
	if len(t.out.Measures) < wire.MaxMeasures && !math.IsNaN(v) && !math.IsInf(v, 0) {
		t.out.Measures = append(t.out.Measures, wire.Measure{Series: series, Value: v})
	}
}

// Detail adds a line below the text.
func (t *Task) Detail(key string, args ...any) { t.line(wire.Say(key, args...)) }

func (t *Task) line(s wire.Said) {
	if len(t.out.Detail) < wire.MaxResultDetail {
		s.Each(Line)
		t.out.Lines = append(t.out.Lines, s)
		t.out.Detail += s.String() + "\n"
	}
}

func (t *Task) say(s wire.Said) {
	if s.None() {
		return
	}
	s.Each(Line)
	t.out.Said, t.out.Text = &s, s.String()
}

// Find keeps what was found; it becomes JSON. What is too large is left out, with a line that says so; then it is false.
func (t *Task) Find(v any) bool {
	b, err := json.Marshal(v)
	if err != nil || len(b) > wire.MaxFound {
		t.Detail("What was found is too much to be told: %d bytes.", len(b))
		return false
	}
	t.out.Found = b
	return true
}

// finish holds the observation to the bounds of the protocol.
func (t *Task) finish() wire.Observation {
	o := t.out
	o.Probe = t.ID
	o.Text, o.Detail = Clip(Line(o.Text), wire.MaxResultText), Clip(Clean(strings.TrimSpace(o.Detail)), wire.MaxResultDetail)
	if o.State < wire.StateOK || o.State > wire.StateUnknown {
		o.State = wire.StateUnknown
	}
	kept := o.Measures[:0]
	seen := make(map[string]bool, len(o.Measures))
	for _, m := range o.Measures {
		if _, _, err := wire.ParseSeries(m.Series); err == nil && !seen[m.Series] {
			seen[m.Series] = true
			kept = append(kept, m)
		}
	}
	o.Measures = kept
	o.Untold()
	return o
}

// Clip cuts a text to n bytes at the end of a character.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Clean is what of a text that came from outside can be shown: valid UTF-8 without control characters but line feeds and tabs.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// Line is Clean on one line.
func Line(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }
