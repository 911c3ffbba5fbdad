// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"strings"
)

// serviceState asks launchd for a daemon of the system.
func serviceState(ctx context.Context, name string) (state, detail string, err error) {
	out, exit, err := command(ctx, "/bin/launchctl", "print", "system/"+name)
	if err != nil {
		return "", "", err
	}
	if exit != 0 {
		return "missing", "", nil
	}
	for line := range strings.Lines(string(out)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), " = "); ok && k == "state" {
			if v == "running" {
				return "running", "", nil
			}
			return "stopped", v, nil
		}
	}
	return "stopped", "", nil
}
