// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package check

import (
	"context"

	"github.com/shirou/gopsutil/v4/process"
)

func countProcesses(ctx context.Context, want string) (int, error) {
	all, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, p := range all {
		name, err := p.NameWithContext(ctx)
		if err == nil && sameProgram(name, want, false) {
			n++
		}
	}
	return n, nil
}
