// SPDX-License-Identifier: Apache-2.0

package check

import "testing"

func TestSystemdShow(t *testing.T) {
	for out, want := range map[string]string{
		"LoadState=loaded\nActiveState=active\nSubState=running\n":          "running",
		"LoadState=loaded\nActiveState=active\nSubState=exited\n":           "running",
		"LoadState=loaded\nActiveState=failed\nSubState=failed\n":           "failed",
		"LoadState=loaded\nActiveState=inactive\nSubState=dead\n":           "stopped",
		"LoadState=not-found\nActiveState=inactive\nSubState=dead\n":        "missing",
		"LoadState=loaded\nActiveState=activating\nSubState=auto-restart\n": "activating",
	} {
		if got, _, err := parseShow(out); err != nil || got != want {
			t.Errorf("%q: %s %v, want %s", out, got, err, want)
		}
	}
	if _, _, err := parseShow(""); err == nil {
		t.Error("no answer is taken for one")
	}
}
