// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package service

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"mainstay/kit/fault"
)

// settled returns the program with all links followed, when only root may put another one in its place: what runs as root must not lie where
// a person may write, as in /usr/local/bin of a Mac with Homebrew.
func settled(program string) (string, error) {
	path, err := filepath.EvalSymlinks(program)
	if err == nil {
		err = rootsAlone(path, 0, runtime.GOOS == "linux")
	}
	if err != nil {
		return "", fault.NewInvalid("The service would run %s as root, and others than root could change it. Put the program into a folder that is root's alone.", program).Because(err)
	}
	return path, nil
}

// rootsAlone tells who else than owner may replace a file. With groups those of the system are trusted, as Debian's staff is with /usr/local.
func rootsAlone(path string, owner uint32, groups bool) error {
	mask := os.FileMode(0o022)
	if groups {
		mask = 0o002
	}
	for p := path; ; p = filepath.Dir(p) {
		info, err := os.Lstat(p)
		if err != nil {
			return err
		}
		s, ok := info.Sys().(*syscall.Stat_t)
		if !ok || s.Uid != owner && s.Uid != 0 {
			return fmt.Errorf("%s belongs to somebody else than root", p)
		}
		// In a folder such as /tmp each may replace his own files only.
		if info.Mode()&mask != 0 && (!info.IsDir() || info.Mode()&os.ModeSticky == 0) {
			return fmt.Errorf("others than root may write to %s", p)
		}
		if p == filepath.Dir(p) {
			return nil
		}
	}
}
