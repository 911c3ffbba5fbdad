// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// TestCatalogue holds the German catalogue to the tree: every key has a translation, every
// translation has a key, and both take the same arguments. Set MAINSTAY_MISSING=1 to get
// the missing keys as JSON, ready to be filled in.
func TestCatalogue(t *testing.T) {
	german, err := load(files, "de")
	if err != nil {
		t.Fatal(err)
	}
	tree := readTree(t)
	missing := map[string]string{}
	for key, where := range tree.keys {
		text, ok := german[key]
		if !ok {
			t.Errorf("%s: no German for %q", where, key)
			missing[key] = ""
			continue
		}
		if a, b := verbs(key), verbs(text); !slices.Equal(a, b) {
			t.Errorf("%s: %q takes %v, its German %q takes %v", where, key, a, text, b)
		}
		if strings.Count(key, "|") != strings.Count(text, "|") {
			t.Errorf("%s: %q and its German %q have different numbers of forms", where, key, text)
		}
	}
	for key := range german {
		if _, used := tree.literals[key]; !used {
			t.Errorf("German for %q, which nothing in the tree says any more", key)
		}
	}
	if os.Getenv("MAINSTAY_MISSING") != "" {
		b, _ := json.MarshalIndent(missing, "", "  ")
		t.Logf("%s", b)
	}
}

// documents are the folders and files whose words stand on paper that clients get: they are there in every language of documents.
var documents = []string{
	"kit/paper/", "practice/billing/pdf/", "practice/billing/explain/", "practice/billing/compose.go", "practice/billing/work.go", "practice/billing/send.go",
	"practice/agreements/words.go", "practice/agreements/lettertext.go", "practice/agreements/web/paper.go", "practice/quotes/paper.go", "practice/quotes/fulfil.go", "practice/quotes/send.go", "app/documentwords.go",
	"practice/payments/paper.go", "practice/payments/reminder.go", "practice/payments/statement_mail.go",
}

// TestDocumentCatalogues holds the catalogues of the languages that only documents speak to those folders.
func TestDocumentCatalogues(t *testing.T) {
	tree := readTree(t)
	for _, language := range []string{"fr", "es", "pt"} {
		c, err := load(files, language)
		if err != nil {
			t.Fatal(err)
		}
		missing := map[string]string{}
		for key, where := range tree.documents {
			text, ok := c[key]
			if !ok {
				t.Errorf("%s: no %s for %q", where, language, key)
				missing[key] = ""
				continue
			}
			if a, b := verbs(key), verbs(text); !slices.Equal(a, b) || strings.Count(key, "|") != strings.Count(text, "|") {
				t.Errorf("%s: %q takes %v, its %s %q takes %v", where, key, a, language, text, b)
			}
		}
		for key := range c {
			if _, used := tree.documents[key]; !used {
				t.Errorf("%s for %q, which no document says any more", language, key)
			}
		}
		if os.Getenv("MAINSTAY_MISSING") != "" {
			b, _ := json.MarshalIndent(missing, "", "  ")
			t.Logf("%s", b)
		}
	}
}

// tree is what the program's sources say.
type tree struct {
	documents map[string]string // keys of [documents] → where they are said
	keys      map[string]string // key → where it is said
	literals  map[string]bool   // every string literal
}

func readTree(t *testing.T) tree {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	out := tree{documents: map[string]string{}, keys: map[string]string{}, literals: map[string]bool{}}
	fset := token.NewFileSet()
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "test" || name == "tools" || name == "storybook" || path == filepath.Join(root, "agent")) { // the endpoint's program has no catalogue: it speaks English, as the help of commands does
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		below, _ := filepath.Rel(root, path)
		below = filepath.ToSlash(below)
		probes := strings.HasPrefix(below, "kit/probe/") || strings.HasPrefix(below, "care/network/")
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if s, ok := literal(n); ok {
					out.literals[s] = true
				}
			case *ast.BinaryExpr:
				if s, ok := literal(n); ok {
					out.literals[s] = true
				}
			case *ast.CallExpr:
				if key, ok := keyOf(n, probes); ok && strings.ContainsFunc(stripVerbs(key), unicode.IsLetter) {
					where, _ := filepath.Rel(root, fset.Position(n.Pos()).String())
					out.keys[key] = where
					// A fault is told to the firm's people, in a language of pages.
					if !isFault(n) && slices.ContainsFunc(documents, func(d string) bool { return strings.HasPrefix(filepath.ToSlash(where), d) }) {
						out.documents[key] = where
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// keyOf returns the catalogue key of a call: T, N and Key with a literal as the first or, after a
// context, second argument; the sentences of faults, and those of probes.
func keyOf(call *ast.CallExpr, probes bool) (string, bool) {
	name, from := "", ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
		if x, ok := f.X.(*ast.Ident); ok {
			from = x.Name
		}
	}
	at := 0
	switch {
	case name == "T" || name == "N" || name == "Key":
		if len(call.Args) > 1 {
			if _, ok := literal(call.Args[0]); !ok {
				at = 1
			}
		}
	case from == "fault" && strings.HasPrefix(name, "New"):
	case probes && slices.Contains([]string{"Say", "because", "Refused", "Detail", "Fail"}, name): // what probes say, see wire.Said
	default:
		return "", false
	}
	if at >= len(call.Args) {
		return "", false
	}
	return literal(call.Args[at])
}

func isFault(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return ok && x.Name == "fault"
}

// literal returns the value of a string literal or of a sum of them.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, ok1 := literal(e.X)
		b, ok2 := literal(e.Y)
		return a + b, ok1 && ok2 && e.Op == token.ADD
	case *ast.ParenExpr:
		return literal(e.X)
	}
	return "", false
}

// verbs returns the arguments that a pattern takes, each as its number and verb; of plural forms the
// last, which uses them all.
func verbs(pattern string) []string {
	forms := strings.Split(pattern, "|")
	pattern = forms[len(forms)-1]
	var out []string
	next := 1
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			continue
		}
		end := i + 1
		for end < len(pattern) && strings.IndexByte("+-# .0123456789[]", pattern[end]) >= 0 {
			end++
		}
		if end == len(pattern) {
			return append(out, "broken")
		}
		spec := pattern[i+1 : end]
		if pattern[end] == '%' {
			i = end
			continue
		}
		if open := strings.IndexByte(spec, '['); open >= 0 {
			n, err := strconv.Atoi(strings.TrimSuffix(spec[open+1:], "]"))
			if err != nil {
				return append(out, "broken")
			}
			next, spec = n, spec[:open]
		}
		out = append(out, strconv.Itoa(next)+":"+spec+string(pattern[end]))
		next++
		i = end
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func stripVerbs(s string) string {
	for _, v := range []string{"%s", "%d", "%q", "%v"} {
		s = strings.ReplaceAll(s, v, "")
	}
	return s
}

func TestVerbs(t *testing.T) {
	for pattern, want := range map[string]string{
		"%s of %s":               "1:s 2:s",
		"%[2]s, davon %[1]s":     "1:s 2:s",
		"%d Ticket|%d Tickets":   "1:d",
		"100 %% of %.1f":         "1:.1f",
		"ends in %":              "broken",
		"no verbs":               "",
		"%[1]s und noch %[1]s":   "1:s",
		"one ticket|%d tickets.": "1:d",
	} {
		if got := strings.Join(verbs(pattern), " "); got != want {
			t.Errorf("%q takes %q, want %q", pattern, got, want)
		}
	}
}
