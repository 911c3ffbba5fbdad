// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever seals something with the installation's key has a way to seal it anew, and the change of keys goes that way: what is
// forgotten there can be opened never more.
func TestWhatIsSealedIsSealedAnew(t *testing.T) {
	rotate, err := os.ReadFile("../../app/rotate.go")
	if err != nil {
		t.Fatal(err)
	}
	seals, rewraps := map[string]bool{}, map[string]bool{}
	for _, root := range []string{"kit", "practice", "desk", "care"} {
		err := filepath.WalkDir("../../"+root, func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			pkg := filepath.Dir(path)
			seals[pkg] = seals[pkg] || strings.Contains(string(b), "ealer.Seal(") || strings.Contains(string(b), "ealer.NewKey(")
			rewraps[pkg] = rewraps[pkg] || strings.Contains(string(b), ") Rewrap(")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for pkg, yes := range seals {
		if !yes {
			continue
		}
		n++
		if !rewraps[pkg] {
			t.Errorf("%s seals and has no Rewrap", pkg)
		}
	}
	if calls := strings.Count(string(rotate), ".Rewrap"); n < 6 || calls < n {
		t.Errorf("%d packages seal, and app/rotate.go has %d of them seal anew", n, calls)
	}
}
