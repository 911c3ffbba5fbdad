// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// serviceState asks systemd, or OpenRC. A unit that did its work and ended well ("oneshot", exited) runs in this sense.
func serviceState(ctx context.Context, name string) (state, detail string, err error) {
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		if !strings.Contains(name, ".") {
			name += ".service"
		}
		out, _, err := command(ctx, "systemctl", "show", "--no-pager", "--property=LoadState,ActiveState,SubState,Result,StatusText,NRestarts", "--", name)
		if err != nil {
			return "", "", err
		}
		return parseShow(string(out))
	}
	_, exit, err := command(ctx, "rc-service", "--", name, "status")
	if errors.Is(err, errMissing) {
		return "", "", errors.New("neither systemd nor OpenRC runs on this machine")
	}
	if err != nil {
		return "", "", err
	}
	switch exit { // as LSB has it
	case 0:
		return "running", "", nil
	case 3:
		return "stopped", "", nil
	case 32:
		return "failed", "", nil
	case 1:
		return "missing", "", nil
	}
	return "", "", fmt.Errorf("rc-service ends with %d", exit)
}

func parseShow(out string) (state, detail string, err error) {
	m := map[string]string{}
	for line := range strings.Lines(out) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			m[k] = v
		}
	}
	detail = strings.TrimSpace(out)
	switch {
	case m["LoadState"] == "not-found":
		return "missing", "", nil
	case m["LoadState"] == "":
		return "", "", errors.New("systemd does not answer")
	case m["ActiveState"] == "failed":
		return "failed", detail, nil
	case m["ActiveState"] == "active" || m["ActiveState"] == "reloading":
		return "running", detail, nil
	case m["ActiveState"] == "inactive":
		return "stopped", detail, nil
	}
	return m["ActiveState"], detail, nil
}
