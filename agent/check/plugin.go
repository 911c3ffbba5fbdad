// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/wire"
)

const maxPluginOutput = 64 << 10

var pluginName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// plugin runs a program of the machine's own administrator.
func (r *Runner) plugin(ctx context.Context, _ wire.Check, p *params) wire.Result {
	name := p.need("name")
	if p.err == nil && !pluginName.MatchString(name) {
		p.fail("%q is no name of a plugin.", name)
	}
	if p.err != nil {
		return wire.Result{}
	}
	path := filepath.Join(r.Plugins, name)
	if err := trusted(r.Plugins, path); err != nil {
		return unknown("The plugin %s is not run: %s.", name, err)
	}
	cmd := exec.CommandContext(ctx, path) //nolint:gosec // a program in root's own folder, without arguments
	cmd.Dir = r.Plugins
	cmd.Env = pluginEnvironment()
	out := &bounded{most: maxPluginOutput}
	cmd.Stdout = out
	ownGroup(cmd)
	cmd.WaitDelay = 2 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return result(wire.StateUnknown, nil, "The plugin %s did not end within its time.", name)
	}
	exit := 0
	if exited, ok := errors.AsType[*exec.ExitError](err); ok {
		exit = exited.ExitCode()
	} else if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return unknown("The plugin %s cannot be run: %s.", name, err)
	}
	res := ParsePlugin(out.Bytes(), exit)
	if res.Text == "" {
		res.Text = fmt.Sprintf("The plugin %s says nothing and ends with %d.", name, exit)
	}
	return res
}

// ParsePlugin reads what a plugin printed: text by the Nagios convention ("text | label=value;warn;crit;min;max", more lines,
// more figures behind another bar), or a JSON object with state or status, text, detail and values.
func ParsePlugin(out []byte, exit int) wire.Result {
	res := wire.Result{State: wire.StateUnknown}
	if exit >= 0 && exit <= 3 {
		res.State = wire.State(exit)
	}
	if trimmed := bytes.TrimSpace(out); len(trimmed) > 0 && trimmed[0] == '{' && parseJSON(trimmed, &res) {
		return res
	}
	res.Values = map[string]float64{}
	lines := strings.Split(strings.ReplaceAll(string(bytes.ToValidUTF8(out, []byte("?"))), "\r\n", "\n"), "\n")
	first, behind, _ := strings.Cut(lines[0], "|")
	res.Text = strings.TrimSpace(first)
	perf := []string{behind}
	var detail []string
	figures := false
	for _, l := range lines[1:] {
		if figures {
			perf = append(perf, l)
			continue
		}
		var more string
		l, more, figures = strings.Cut(l, "|")
		detail = append(detail, strings.TrimRight(l, " \t"))
		perf = append(perf, more)
	}
	res.Detail = strings.TrimSpace(strings.Join(detail, "\n"))
	perfdata(strings.Join(perf, " "), res.Values)
	return res
}

// parseJSON takes what a plugin says as JSON. A state that it names counts, not its exit code.
func parseJSON(out []byte, res *wire.Result) bool {
	var j struct {
		State  json.RawMessage    `json:"state"`
		Status json.RawMessage    `json:"status"`
		Text   string             `json:"text"`
		Detail string             `json:"detail"`
		Values map[string]float64 `json:"values"`
	}
	if json.Unmarshal(out, &j) != nil {
		return false
	}
	said := j.State
	if said == nil {
		said = j.Status
	}
	if said != nil {
		s, ok := map[string]wire.State{"ok": 0, "0": 0, "warning": 1, "warn": 1, "1": 1, "critical": 2, "crit": 2, "2": 2, "unknown": 3, "3": 3}[strings.ToLower(strings.Trim(string(said), `"`))]
		if !ok {
			return false
		}
		res.State = s
	}
	res.Text, res.Detail, res.Values = strings.TrimSpace(j.Text), j.Detail, map[string]float64{}
	for k, v := range j.Values {
		put(res.Values, k, v)
	}
	return true
}

// perfdata reads 'label'=value[unit];…: the value in the unit that Prometheus counts in.
func perfdata(s string, into map[string]float64) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		var name string
		if s[0] == '\'' {
			end := strings.Index(s[1:], "'=")
			if end < 0 {
				return
			}
			name, s = s[1:end+1], s[end+3:]
		} else {
			var ok bool
			if name, s, ok = strings.Cut(s, "="); !ok {
				return
			}
			name = name[strings.LastIndexAny(name, " \t")+1:]
		}
		field := s
		if i := strings.IndexAny(s, " \t"); i >= 0 {
			field, s = s[:i], s[i:]
		} else {
			s = ""
		}
		value, _, _ := strings.Cut(field, ";")
		i := strings.IndexFunc(value, func(r rune) bool { return !strings.ContainsRune("0123456789.-+eE", r) })
		unit := ""
		if i >= 0 {
			value, unit = value[:i], value[i:]
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue // U: unknown
		}
		scale := map[string]float64{
			"ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "%": 0.01,
			"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "kB": 1e3,
		}
		if f, ok := scale[unit]; ok {
			v *= f
		}
		put(into, name, v)
	}
}

var notInNames = regexp.MustCompile(`[^a-z0-9_]+`)

// put adds a value under a name that can be a series' name, as long as there is room.
func put(into map[string]float64, name string, v float64) {
	name = strings.Trim(notInNames.ReplaceAllString(strings.ToLower(name), "_"), "_")
	if name == "" || len(name) > 60 || len(into) >= wire.MaxResultValues {
		return
	}
	into[name] = v
}
