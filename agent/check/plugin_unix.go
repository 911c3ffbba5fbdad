// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package check

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// trusted tells why a plugin may not run: it, its folder and all above must be root's (or of whoever runs the agent) and
// nobody else's to write.
func trusted(folder, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return errors.New("it is no program")
	}
	for p := path; ; p = filepath.Dir(p) {
		info, err := os.Lstat(p)
		if err != nil {
			return err
		}
		s, ok := info.Sys().(*syscall.Stat_t)
		if !ok || s.Uid != 0 && int(s.Uid) != os.Geteuid() {
			return fmt.Errorf("%s belongs to somebody else than root", p)
		}
		// A folder for everybody whose files only their owners may replace, such as /tmp, is no danger above.
		if info.Mode()&0o022 != 0 && (info.Mode()&os.ModeSticky == 0 || p == folder) {
			return fmt.Errorf("others than root may write to %s", p)
		}
		if p == filepath.Dir(p) {
			return nil
		}
	}
}

func pluginEnvironment() []string {
	return []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/"}
}

// ownGroup makes what a plugin has started end with it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
