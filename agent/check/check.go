// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mainstay/kit/wire"
)

// Store keeps how far logs were read, see agent/state.
type Store interface {
	Get(name string) ([]byte, error)
	Put(name string, value []byte) error
}

// Health reads what drives say of themselves, see agent/collect.
type Health func(ctx context.Context) ([]wire.DiskHealth, error)

// Runner makes checks. It is safe for concurrent use.
type Runner struct {
	Plugins string           // folder of plugins
	Logs    []string         // folders whose files may be shown in parts
	Store   Store            // keeps positions
	Health  Health           // nil: no drive can be asked
	Now     func() time.Time // the machine's own clock: files and certificates go by it
	Version string           // of the program, for what it does not know

	mu    sync.Mutex
	looks map[string]*look // by check: those that run, and those that ended after their time
	hung  int              // how many of them run on though their time is over
}

// look is a check that is being made. A file of a server that has died blocks whoever asks for it, whatever ctx says: the look then
// goes on without anybody who waits for it.
type look struct {
	done  chan struct{}
	res   wire.Result // once done is closed
	check wire.Check
	late  bool // its time is over
}

// maxHung bounds how many checks may hang: each holds a thread of the system, of which the agent has not many.
const maxHung = 32

// Run makes a check, and returns at the latest when ctx ends. Whatever goes wrong is a result: unknown, with the reason. A check whose
// last look still hangs is not begun again; that is said in its place.
func (r *Runner) Run(ctx context.Context, c wire.Check) wire.Result {
	r.mu.Lock()
	if l := r.looks[c.ID]; l != nil {
		select {
		case <-l.done:
			// Lines of a log are found once: what came too late for its own look is told in this one.
			if l.late && c.Kind == "log" && maps.Equal(l.check.Params, c.Params) {
				delete(r.looks, c.ID)
				r.mu.Unlock()
				return l.res
			}
		default:
			r.mu.Unlock()
			return hangs(c, "The check was not made: its last look still waits for an answer.")
		}
	}
	if r.hung >= maxHung {
		r.mu.Unlock()
		return unknown("The check is not made: %d others do not answer.", maxHung)
	}
	l := &look{done: make(chan struct{}), check: c}
	if r.looks == nil {
		r.looks = map[string]*look{}
	}
	r.looks[c.ID] = l
	r.mu.Unlock()
	go func() {
		res := r.look(ctx, c)
		r.mu.Lock()
		defer r.mu.Unlock()
		if l.res = res; l.late {
			r.hung--
			if c.Kind != "log" || res.State == wire.StateUnknown {
				delete(r.looks, c.ID)
			}
		}
		close(l.done)
	}()
	select {
	case <-l.done:
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-l.done:
		if r.looks[c.ID] == l {
			delete(r.looks, c.ID)
		}
		return l.res
	default:
		l.late = true
		r.hung++
		return hangs(c, overdue)
	}
}

const overdue = "The check did not end within its time."

// hangs is the result of a check that does not end.
func hangs(c wire.Check, text string) wire.Result {
	if c.Kind == "disk" { // that it does not answer is what the check looks for
		return result(wire.StateCritical, nil, "%s does not answer.", c.Params["mount"])
	}
	return unknown("%s", text)
}

// look makes a check for as long as it takes.
func (r *Runner) look(ctx context.Context, c wire.Check) (res wire.Result) {
	defer func() {
		if p := recover(); p != nil {
			res = unknown("The check failed: %v", p)
		}
	}()
	p := params{c.Params, nil}
	kinds := map[string]func(context.Context, wire.Check, *params) wire.Result{
		"service": r.service, "process": r.process, "port": r.port, "disk": r.disk, "smart": r.smart, "log": r.log, "file": r.file, "backup": r.backup,
		"certificate": r.certificate, "plugin": r.plugin,
	}
	run, ok := kinds[c.Kind]
	if !ok {
		return unknown("Version %s of the agent knows no check %q.", r.Version, c.Kind)
	}
	res = run(ctx, c, &p)
	if p.err != nil {
		return unknown("%s", p.err)
	}
	if ctx.Err() != nil && res.State != wire.StateCritical && c.Kind != "log" { // what a log has shown is not shown again
		return unknown(overdue)
	}
	for name, v := range res.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			delete(res.Values, name)
		}
	}
	return res
}

func result(s wire.State, values map[string]float64, format string, args ...any) wire.Result {
	return wire.Result{State: s, Values: values, Text: fmt.Sprintf(format, args...)}
}

func unknown(format string, args ...any) wire.Result {
	return result(wire.StateUnknown, nil, format, args...)
}

// params reads the params of a check; the first one that is wrong is kept.
type params struct {
	m   map[string]string
	err error
}

func (p *params) text(name string) string { return strings.TrimSpace(p.m[name]) }

// need returns a param that must be there.
func (p *params) need(name string) string {
	v := p.text(name)
	if v == "" {
		p.fail("The check does not say which %s.", name)
	}
	return v
}

func (p *params) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// number returns a param, or what it is without.
func (p *params) number(name string, without float64) float64 {
	v := p.text(name)
	if v == "" {
		return without
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
		p.fail("The check's %s must be a number, not %q.", name, v)
		return without
	}
	return n
}

// choice returns a param that is one of some words, the first when it is missing.
func (p *params) choice(name string, words ...string) string {
	v := p.text(name)
	if v == "" {
		return words[0]
	}
	if !slices.Contains(words, v) {
		p.fail("The check's %s must be %s, not %q.", name, strings.Join(words, " or "), v)
		return words[0]
	}
	return v
}

// inside tells whether a file, after all links are followed, lies in one of some folders.
func inside(path string, folders []string) error {
	if !filepath.IsAbs(path) {
		return errors.New("the path must begin at the root")
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for _, f := range folders {
		home, err := filepath.EvalSymlinks(f)
		if err != nil {
			continue
		}
		if rel, err := filepath.Rel(home, real); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return nil
		}
	}
	return fmt.Errorf("%s is not in a folder whose logs may be shown (%s); the machine's configuration can open others", path, strings.Join(folders, ", "))
}

// ago says how long something is past, as a person would.
func ago(d time.Duration) string {
	switch {
	case d < 0:
		return "in the future"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds ago", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

// newest returns the file that a path names; where its last part has a *, the one that was changed last.
func newest(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", errors.New("the path must begin at the root")
	}
	if !strings.ContainsAny(path, "*?[") {
		return path, nil
	}
	if strings.ContainsAny(filepath.Dir(path), "*?[") {
		return "", errors.New("only the last part of the path may have a *")
	}
	return newestIn(path)
}
