// SPDX-License-Identifier: Apache-2.0

package collect

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

const maxOutput = 8 << 20

// systemFolders are where commands of the system are; a PATH is anybody's.
var systemFolders = []string{"/usr/sbin", "/usr/bin", "/sbin", "/bin"}

var errMissing = errors.New("the command is not there")

// find returns where a command of the system is.
func find(name string) (string, error) {
	if filepath.IsAbs(name) {
		if _, err := os.Stat(name); err != nil {
			return "", fmt.Errorf("%s: %w", name, errMissing)
		}
		return name, nil
	}
	for _, dir := range systemFolders {
		p := filepath.Join(dir, name)
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, errMissing)
}

// limited keeps the first bytes of what is written to it. The buffer is not embedded: its ReadFrom would take everything.
type limited struct {
	buf  bytes.Buffer
	over bool
}

func (l *limited) Write(b []byte) (int, error) {
	if room := maxOutput - l.buf.Len(); len(b) > room {
		l.over = true
		_, _ = l.buf.Write(b[:max(room, 0)])
		return len(b), nil
	}
	return l.buf.Write(b)
}

// run runs a command of the system, in English, and returns what it printed. exit is its code; a code that
// is not 0 is no error here, because many commands tell something by it.
func run(ctx context.Context, within time.Duration, name string, args ...string) (out []byte, exit int, err error) {
	p, err := find(name)
	if err != nil {
		return nil, 0, err
	}
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	cmd := exec.CommandContext(ctx, p, args...) //nolint:gosec // commands of the system with arguments of ours
	cmd.Env = append(os.Environ(), "LC_ALL=C", "LANG=C", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=")
	cmd.WaitDelay = time.Second
	var stdout limited
	cmd.Stdout = &stdout
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, 0, fmt.Errorf("%s did not end within %s", name, within)
	}
	if exited, ok := errors.AsType[*exec.ExitError](err); ok {
		return stdout.buf.Bytes(), exited.ExitCode(), nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("run %s: %w", name, err)
	}
	if stdout.over {
		return nil, 0, fmt.Errorf("%s prints more than %d MB", name, maxOutput>>20)
	}
	return stdout.buf.Bytes(), 0, nil
}
