// SPDX-License-Identifier: Apache-2.0

// Package judge runs programs of others over what billing writes: schemas, rule sets, PDF checkers, accounting programs. They decide in
// tests whether a file that leaves the house is good, and are linked into nothing. A judge that is not installed is skipped with a
// word, except in CI, where test/needs installs it.
package judge

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Tool returns the path of a program of a Debian package.
func Tool(t testing.TB, program, debian string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing: test/needs installs it (%s)", program, debian)
	}
	t.Skipf("%s is not installed: apt-get install %s", program, debian)
	return ""
}

// Run runs a program over input and returns what it printed; it reports whether the program found nothing wrong.
func Run(t testing.TB, input []byte, program string, args ...string) (string, bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...) //nolint:gosec // tests run judges that they have found
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("%s: %v", program, err)
	}
	return string(out), err == nil
}

// rules returns a file in the folder of rule sets that MAINSTAY_RULES names.
func rules(t testing.TB, file string) string {
	t.Helper()
	dir := os.Getenv("MAINSTAY_RULES")
	if dir == "" {
		t.Skip("MAINSTAY_RULES names no folder with the schemas and rule sets (practice/billing/ubl/doc.go)")
	}
	path := filepath.Join(dir, file)
	if _, err := os.Stat(path); err != nil { //nolint:gosec // the folder is named by whoever runs the tests
		t.Skipf("%s is not in MAINSTAY_RULES", file)
	}
	return path
}

// Schema returns what xmllint says of XML under a schema of MAINSTAY_RULES, "" where nothing is wrong.
func Schema(t testing.TB, xsd string, files map[string][]byte) map[string]string {
	t.Helper()
	xsd, lint := rules(t, xsd), Tool(t, "xmllint", "libxml2-utils")
	out := map[string]string{}
	for name, b := range files {
		if said, ok := Run(t, b, lint, "--nonet", "--noout", "--schema", xsd, "-"); !ok {
			out[name] = said
		}
	}
	return out
}

var (
	failed = regexp.MustCompile(`(?s)<svrl:failed-assert\b.*?</svrl:failed-assert>`)
	named  = regexp.MustCompile(`<svrl:failed-assert\b[^>]*?\bid="([^"]*)"`)
)

// Schematron returns the rules that each file breaks, fatal ones and warnings, under a rule set of MAINSTAY_RULES: all files in one run of Saxon.
func Schematron(t testing.TB, xslt string, files map[string][]byte) map[string][]string {
	t.Helper()
	xslt, java := rules(t, xslt), Tool(t, "java", "default-jre-headless")
	const saxon = "/usr/share/java/Saxon-HE.jar"
	if _, err := os.Stat(saxon); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing: test/needs installs it (libsaxonhe-java)", saxon)
		}
		t.Skipf("%s is not installed: apt-get install libsaxonhe-java", saxon)
	}
	in, res := t.TempDir(), t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(in, name+".xml"), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said, ok := Run(t, nil, java, "-cp", saxon, "net.sf.saxon.Transform", "-s:"+in, "-xsl:"+xslt, "-o:"+res); !ok {
		t.Fatalf("Saxon: %s", said)
	}
	out := map[string][]string{}
	for name := range files {
		b, err := os.ReadFile(filepath.Join(res, name+".xml"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "<svrl:fired-rule") {
			t.Fatalf("no rule of %s looked at %s:\n%s", xslt, name, b)
		}
		for _, m := range failed.FindAllString(string(b), -1) {
			if id := named.FindStringSubmatch(m); id == nil {
				out[name] = append(out[name], m)
			} else if !strings.Contains(m, `flag="information"`) {
				out[name] = append(out[name], id[1])
			}
		}
	}
	return out
}
