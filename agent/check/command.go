// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const maxCommandOutput = 16 << 20

var errMissing = errors.New("the command is not there")

// command runs a command of the system, found in the system's folders and not by PATH, with arguments that are ours or checked.
func command(ctx context.Context, name string, args ...string) (out []byte, exit int, err error) {
	path := ""
	if filepath.IsAbs(name) {
		path = name
	} else {
		for _, dir := range []string{"/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() { //nolint:gosec // names are ours
				path = filepath.Join(dir, name)
				break
			}
		}
	}
	if path == "" {
		return nil, 0, fmt.Errorf("%s: %w", name, errMissing)
	}
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // see above
	cmd.Env = append(os.Environ(), "LC_ALL=C", "LANG=C")
	cmd.WaitDelay = time.Second
	w := &bounded{most: maxCommandOutput}
	cmd.Stdout = w
	err = cmd.Run()
	if exited, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return w.Bytes(), exited.ExitCode(), nil
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, fmt.Errorf("%s: %w", name, errMissing)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("run %s: %w", name, err)
	}
	return w.Bytes(), 0, nil
}

// bounded keeps the first bytes of what is written to it. The buffer is not embedded: its ReadFrom would take everything.
type bounded struct {
	buf  bytes.Buffer
	most int
}

func (w *bounded) Write(b []byte) (int, error) {
	_, _ = w.buf.Write(b[:min(len(b), max(w.most-w.buf.Len(), 0))])
	return len(b), nil
}

// Bytes returns what was kept.
func (w *bounded) Bytes() []byte { return w.buf.Bytes() }
