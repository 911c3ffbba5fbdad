// SPDX-License-Identifier: Apache-2.0

package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// seen returns who owns a path and who may do what with it, as Windows writes it.
func seen(t *testing.T, path string) string {
	t.Helper()
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	return sd.String()
}

// The proxy's password and the agent's folder are the administrators' and the system's, whoever made them before.
func TestNobodyElseReads(t *testing.T) {
	dir, err := os.MkdirTemp("", "shut") // Wine cannot remove it as Windows can
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "agent.conf")
	if err := os.WriteFile(config, []byte("memory = 32\nproxy = http://old\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := setProxy(config, "http://kim:secret@proxy:3128"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(config); err != nil || string(b) != "memory = 32\nproxy = http://kim:secret@proxy:3128\n" {
		t.Errorf("%q %v", b, err)
	}
	state := filepath.Join(dir, "state")
	if err := os.Mkdir(state, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := openState(state); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{config, state} {
		sd, err := ours(path == state)
		if err != nil {
			t.Fatal(err)
		}
		inherit := map[bool]string{true: "OICI"}[path == state]
		want := "O:BAD:P(A;" + inherit + ";FA;;;SY)(A;" + inherit + ";FA;;;BA)"
		if sd.String() != want {
			t.Errorf("it would be %s, want %s", sd, want)
		}
		if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
			continue // Wine takes a descriptor and keeps a mode of Unix
		}
		if text := seen(t, path); text != want && text != strings.Replace(want, "D:P(", "D:PAI(", 1) {
			t.Errorf("%s: %s, want %s", path, text, want)
		}
	}
}
