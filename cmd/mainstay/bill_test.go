// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command runs the program with some arguments and standard input.
func command(in string, args ...string) (out string, code int) {
	var b bytes.Buffer
	c := root()
	c.SetArgs(args)
	c.SetIn(strings.NewReader(in))
	c.SetOut(&b)
	c.SetErr(&b)
	if err := c.Execute(); err != nil {
		return b.String() + sentence(err), exitCode(err)
	}
	return b.String(), 0
}

const plan = `{"currency": "EUR", "lines": [{"name": "Plan", "from": "2026-01-15", "price": "40"}], "runs": ["2026-01-15"], "expected": [{"total": "40.00"}]}`

func TestSimulate(t *testing.T) {
	if out, code := command("", "bill", "simulate", "--help"); code != 0 || !strings.Contains(out, "docs/billing-scenarios.md") {
		t.Errorf("%d %s", code, out)
	}
	out, code := command(plan, "bill", "simulate", "--json", "-")
	var r struct {
		Currency    string
		Runs        []struct{ Invoice struct{ Total string } }
		Differences []string
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Currency != "EUR" || r.Runs[0].Invoice.Total != "40.00" || r.Differences != nil {
		t.Errorf("%d %v %s", code, err, out)
	}
	other := strings.Replace(plan, `"40.00"`, `"41"`, 1)
	if out, code := command(other, "bill", "simulate", "-"); code != 1 || !strings.Contains(out, "total is expected to be 41, it is 40.00") {
		t.Errorf("%d %s", code, out)
	}
	if out, code := command(other, "bill", "simulate", "--json", "-"); code != 1 || !strings.Contains(out, `"differences": [`) {
		t.Errorf("%d %s", code, out)
	}
	if out, code := command(strings.Replace(plan, "price", "pirce", 1), "bill", "simulate", "-"); code != 2 || !strings.Contains(out, "lines[0].pirce is not a field that is known here; did you mean price?") {
		t.Errorf("%d %s", code, out)
	}

	folder := t.TempDir()
	for name, text := range map[string]string{"a.json": plan, "in/b.json": other, "c.json": `{`, "notes.txt": "no scenario"} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, code = command("", "bill", "simulate", "--json", folder)
	var list struct {
		Files []struct {
			File, Error string
			Result      struct{ Differences []string }
		}
	}
	out = out[:strings.LastIndex(out, "}")+1]
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 2 || len(list.Files) != 3 || list.Files[1].Error == "" || len(list.Files[2].Result.Differences) != 1 {
		t.Errorf("%d %v %s", code, err, out)
	}
	if out, code := command("", "bill", "simulate", filepath.Join(folder, "a.json"), filepath.Join(folder, "in")); code != 1 || !strings.Contains(out, "not what is expected in 1 of 2 files.") || !strings.Contains(out, "== ") {
		t.Errorf("%d %s", code, out)
	}
	for _, args := range [][]string{{"bill", "simulate", filepath.Join(folder, "none.json")}, {"bill", "simulate", t.TempDir()}} {
		if out, code := command("", args...); code != 2 {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
}
