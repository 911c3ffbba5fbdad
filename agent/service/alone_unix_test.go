// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAProgramThatOthersMayReplace(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	program := filepath.Join(bin, "mainstay-agent")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	me := uint32(os.Geteuid())
	look := func(owner uint32, groups bool, want string) {
		t.Helper()
		err := rootsAlone(program, owner, groups)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	mode := func(path string, m os.FileMode) {
		t.Helper()
		if err := os.Chmod(path, m); err != nil {
			t.Fatal(err)
		}
	}
	look(me, false, "")
	mode(bin, 0o775)
	look(me, false, "may write to "+bin)
	look(me, true, "")
	mode(bin, 0o757)
	look(me, true, "may write to "+bin)
	mode(bin, 0o755)
	mode(program, 0o757)
	look(me, false, "may write to "+program)
	mode(program, 0o755)
	if me != 0 {
		look(0, false, "belongs to somebody else than root") // the folder is this test's
		t.Skip("giving a folder to a person needs root")
	}
	if err := os.Chown(bin, 1234, 0); err != nil {
		t.Fatal(err)
	}
	look(0, false, bin+" belongs to somebody else than root")
	if _, err := settled(program); err == nil || !strings.Contains(err.Error(), "others than root could change it") {
		t.Errorf("it would be installed: %v", err)
	}
	if err := os.Chown(bin, 0, 0); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	if path, err := settled(link); err != nil || path != program {
		t.Errorf("%s %v", path, err)
	}
}
