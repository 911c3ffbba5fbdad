// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const maxEntries = "5000" // of the journal in one look

// priorities are the journal's numbers by the lowest level that counts.
var priorities = map[string]string{"critical": "2", "error": "3", "warning": "4", "information": "6"}

// readJournal reads what systemd's journal has of a unit ("*": of all) since a cursor. A level counts when there is no
// pattern; with one, every line is compared.
func readJournal(ctx context.Context, unit, level string, before position, m *matches) (position, error) {
	if unit != "*" && !serviceName.MatchString(unit) {
		return before, fmt.Errorf("%q is no unit", unit)
	}
	out, exit, err := command(ctx, "journalctl", journalArguments(unit, level, before, m)...)
	if errors.Is(err, errMissing) {
		return before, errors.New("this machine has no journal")
	}
	if err == nil && exit != 0 {
		err = fmt.Errorf("journalctl ends with %d", exit)
	}
	if err != nil {
		return before, err
	}
	return parseJournal(out, before, m)
}

// journalArguments ask for what is new. The first look asks for the newest entry of all: where it ends, whatever the check looks for.
func journalArguments(unit, level string, before position, m *matches) []string {
	args := []string{"--output=json", "--no-pager", "--quiet"}
	if before.first() {
		return append(args, "--lines=1")
	}
	if unit != "*" {
		args = append(args, "--unit="+unit)
	}
	if before.Cursor != "" { // without: the journal was empty
		args = append(args, "--after-cursor="+before.Cursor)
	}
	args = append(args, "--lines=+"+maxEntries)
	if m.pattern == nil {
		args = append(args, "--priority="+priorities[level])
	}
	return args
}

func parseJournal(out []byte, before position, m *matches) (position, error) {
	after := before
	after.Started = true
	for line := range strings.Lines(string(out)) {
		var e struct {
			Cursor  string          `json:"__CURSOR"`
			Message json.RawMessage `json:"MESSAGE"`
			Unit    string          `json:"_SYSTEMD_UNIT"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return before, fmt.Errorf("the journal cannot be understood: %w", err)
		}
		after.Cursor = e.Cursor
		if before.first() {
			continue
		}
		var text string
		if json.Unmarshal(e.Message, &text) != nil {
			var b []byte // not UTF-8: an array of numbers
			var n []int
			if json.Unmarshal(e.Message, &n) == nil {
				for _, v := range n {
					b = append(b, byte(v))
				}
			}
			text = string(b)
		}
		m.take(text)
	}
	if after.Cursor == "" {
		after.Cursor = before.Cursor
	}
	return after, nil
}
