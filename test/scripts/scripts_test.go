// SPDX-License-Identifier: Apache-2.0

// Package scripts does with the program what an operator does: each file in testdata is one story.
package scripts

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mainstay/kit/civil"
	"mainstay/test/world"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mainstay-scripts")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "mainstay")
	cmd := exec.Command("go", "build", "-o", binary, "mainstay/cmd/mainstay")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("MAINSTAY_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("LANG", "C")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"world": writeWorld, "zeros": writeZeros, "bomb": writeBomb, "wide": writeWide, "up": waitUp, "get": get, "recode": recode,
		},
	})
}

// writeWorld puts the exports of the invented firm, as of a day, into a folder: world DIR DAY.
func writeWorld(ts *testscript.TestScript, _ bool, args []string) {
	day, err := civil.Parse(args[1])
	ts.Check(err)
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o755))
	for _, f := range world.Files(day) {
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), f.Name), f.Data, 0o600))
	}
}

// writeZeros makes a file of ten billion zero bytes that takes no room on the disk: zeros FILE.
func writeZeros(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(f.Truncate(10 << 30))
	ts.Check(f.Close())
}

// writeBomb makes a gzip file of two million times the same line: bomb FILE.
func writeBomb(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	z := gzip.NewWriter(f)
	line := bytes.Repeat([]byte("a,b,c,d,e,f,g,h\n"), 1<<16)
	for range 2000 {
		_, err := z.Write(line)
		ts.Check(err)
	}
	ts.Check(z.Close())
	ts.Check(f.Close())
}

// writeWide makes a CSV of a million columns: wide FILE.
func writeWide(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat("c,", 1_000_000)+"c\n"), 0o600))
}

// recode writes a file in another encoding and with other line ends: recode FROM TO utf16|latin1|cr|bom.
func recode(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	var out []byte
	switch args[2] {
	case "utf16":
		out = []byte{0xff, 0xfe}
		for _, r := range text {
			out = append(out, byte(r), byte(r>>8))
		}
	case "latin1":
		for _, r := range text {
			out = append(out, byte(r))
		}
	case "cr":
		out = []byte(strings.ReplaceAll(text, "\n", "\r"))
	case "bom":
		out = []byte("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out, 0o600))
}

var address = regexp.MustCompile(`ready at (\S+)`)

// waitUp waits until the server whose standard error goes to a file answers, and
// sets $URL: up FILE.
func waitUp(ts *testscript.TestScript, _ bool, args []string) {
	for range 200 {
		text, _ := os.ReadFile(ts.MkAbs(args[0]))
		if m := address.FindSubmatch(text); m != nil {
			if res, err := http.Get(string(m[1]) + "/readyz"); err == nil {
				_ = res.Body.Close()
				ts.Setenv("URL", string(m[1]))
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("the server does not come up: %s", ts.ReadFile(args[0]))
}

// get fetches a URL and prints status and body: get [!] URL.
func get(ts *testscript.TestScript, neg bool, args []string) {
	res, err := http.Get(args[0])
	if neg {
		if err == nil {
			ts.Fatalf("%s answers", args[0])
		}
		return
	}
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "%d\n%s\n", res.StatusCode, body)
	ts.Check(err)
}
