// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// each calls fn for every Go source of the tree that a person wrote.
func each(t *testing.T, fn func(name string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && (e.Name() == ".git" || e.Name() == "bin" || e.Name() == "tools") {
			if err == nil {
				return filepath.SkipDir
			}
			return err
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_templ.go") && !strings.Contains(name, "/store/") {
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			fn(name, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSourcesCarryTheirLicence(t *testing.T) {
	each(t, func(name string, text []byte) {
		if !bytes.HasPrefix(text, []byte("// SPDX-License-Identifier: Apache-2.0\n")) {
			t.Errorf("%s does not begin with its SPDX line", name)
		}
	})
}

// Templates may not style or script inline: the content security policy would drop it.
func TestTemplatesHaveNothingInline(t *testing.T) {
	inline := regexp.MustCompile(`(?i)\sstyle=|<style|\son[a-z]+=["{]|javascript:|<script>`)
	err := filepath.WalkDir("../..", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".templ") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if inline.MatchString(line) {
				t.Errorf("%s:%d: inline style or script: %s", name, i+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
