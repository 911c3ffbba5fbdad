// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

func countProcesses(ctx context.Context, want string) (int, error) {
	all, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range all {
		if c := e.Name()[0]; c < '1' || c > '9' {
			continue
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		comm, err := os.ReadFile("/proc/" + e.Name() + "/comm")
		if err != nil {
			continue // it ended meanwhile
		}
		// A program may rename itself: its file counts too.
		exe, _ := os.Readlink("/proc/" + e.Name() + "/exe")
		if sameProgram(strings.TrimSuffix(string(comm), "\n"), want, true) || exe != "" && sameProgram(filepath.Base(strings.TrimSuffix(exe, " (deleted)")), want, false) {
			n++
		}
	}
	return n, nil
}
