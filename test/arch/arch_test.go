// SPDX-License-Identifier: Apache-2.0

// Package arch holds the house to its dependency rule (docs/architecture.md).
package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

// packages lists the module's packages with what their non-test files import.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", "mainstay/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room returns where a package lives: "kit", "practice/clients", "app", …
func room(importPath string) string {
	parts := strings.Split(strings.TrimPrefix(importPath, "mainstay/"), "/")
	switch parts[0] {
	case "practice", "desk", "care":
		return strings.Join(parts[:min(2, len(parts))], "/")
	}
	return parts[0]
}

// order is the way data flows in practice: an area imports only those before it.
var order = []string{"clients", "catalogue", "agreements", "quotes", "worklog", "billing", "payments", "books", "vendors", "insight", "journey", "reviews"}

// pure packages are arithmetic: no context, no SQL, no HTTP.
var pure = []string{
	"mainstay/practice/journey/signs", "mainstay/practice/journey/recurring", "mainstay/practice/journey/pricing",
	"mainstay/practice/billing/rating", "mainstay/practice/billing/invoice", "mainstay/desk/helpdesk/sla", "mainstay/practice/worklog/rates",
	"mainstay/practice/payments/match", "mainstay/care/monitoring/rules",
}

// deskOrder is the same for desk: the mailroom files tickets, the helpdesk knows of no mail.
var deskOrder = []string{"helpdesk", "knowledge", "mailroom", "portal"}

// careOrder is the same for care: what agents say comes in last, and is handed to those before.
var careOrder = []string{"devices", "monitoring", "network", "intake", "patching", "automation", "security", "cloud"}

var values = []string{"mainstay/kit/money", "mainstay/kit/civil", "mainstay/kit/ids", "mainstay/kit/fault", "mainstay/kit/clock"}

// bans returns why from may not import to, "" when it may.
func bans(from, to string) string {
	a, b := room(from), room(to)
	if !strings.HasPrefix(to, "mainstay/") {
		if slices.Contains(pure, from) && (strings.HasPrefix(to, "database/sql") || strings.HasPrefix(to, "net/http") || to == "context" || strings.Contains(to, ".")) {
			return "pure rules are arithmetic on values: no context, SQL, HTTP or libraries"
		}
		return ""
	}
	switch {
	case slices.Contains(pure, from) && !slices.Contains(values, to) && !slices.Contains(pure, to):
		return "pure rules import only the values of kit and each other"
	case strings.HasPrefix(from, "mainstay/kit/probe") && !strings.HasPrefix(to, "mainstay/kit/probe") && to != "mainstay/kit/wire" && to != "mainstay/kit/syslog" && !slices.Contains(values, to): // syslog is the standard library alone, too
		return "probes are part of the endpoint's program too: it stays small"
	case a == b, a == "app", a == "cmd", a == "test":
		if a == "app" || a == "test" || a == "cmd" && (b == "app" || b == "kit" || b == "agent" || b == "cmd") || a == b {
			return sameArea(from, to)
		}
		return "commands parse flags and call app"
	case a == "kit" && b != "schema":
		return "kit has no business words: it imports no area"
	case a == "kit" && strings.HasSuffix(from, "/dbtest"):
		return ""
	case a == "kit":
		return "only app and tests know the schema"
	case a == "agent" && b == "kit":
		if slices.Contains(values, to) || to == "mainstay/kit/wire" || to == "mainstay/kit/probe" || strings.HasPrefix(to, "mainstay/kit/probe/") {
			return ""
		}
		return "the endpoint's program stays small: values, wire and probes only"
	case b == "kit":
		return ""
	case b == "app", b == "cmd", b == "test":
		return "only app knows everything; nothing knows app"
	case strings.HasPrefix(a, "practice/") && !strings.HasPrefix(b, "practice/"):
		return "practice never imports desk or care: facts reach it as events or read queries"
	case strings.HasPrefix(a, "practice/") && slices.Contains(pure, to):
		return "" // arithmetic is anybody's: the catalogue's prices are those that billing rates (docs/adr/0023)
	case strings.HasPrefix(a, "practice/"):
		if slices.Index(order, path.Base(a)) <= slices.Index(order, path.Base(b)) {
			return "practice flows " + strings.Join(order, " ← ")
		}
		return otherArea(to)
	case (strings.HasPrefix(a, "desk/") || strings.HasPrefix(a, "care/")) && strings.HasPrefix(b, "practice/"):
		return otherArea(to)
	case a == "care/monitoring" && b == "desk/helpdesk":
		return otherArea(to) // alerts become tickets
	case strings.HasPrefix(a, "care/") && strings.HasPrefix(b, "care/"):
		if from, to := slices.Index(careOrder, path.Base(a)), slices.Index(careOrder, path.Base(b)); to < 0 || from <= to {
			return "care flows " + strings.Join(careOrder, " ← ")
		}
		return otherArea(to)
	case strings.HasPrefix(a, "desk/") && strings.HasPrefix(b, "desk/"):
		if from, to := slices.Index(deskOrder, path.Base(a)), slices.Index(deskOrder, path.Base(b)); to < 0 || from <= to {
			return "desk flows " + strings.Join(deskOrder, " ← ")
		}
		return otherArea(to)
	}
	return "no rule lets " + a + " import " + b
}

func sameArea(from, to string) string {
	isPage := func(p string) bool { b := path.Base(p); return b == "web" || b == "api" }
	if room(from) == room(to) && strings.HasPrefix(room(from), "practice/") && isPage(to) && !isPage(from) {
		return "an area does not know its own pages"
	}
	return ""
}

func otherArea(to string) string {
	switch path.Base(to) {
	case "web", "api", "store":
		return "another area's pages and tables are its own"
	}
	return ""
}

func TestDependencyRule(t *testing.T) {
	all := packages(t)
	if len(all) < 20 {
		t.Fatalf("only %d packages seen", len(all))
	}
	for _, p := range all {
		for _, to := range p.Imports {
			if why := bans(p.ImportPath, to); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, to, why)
			}
		}
	}
}

// The rule itself must be able to fail.
func TestRuleCatchesWhatItBans(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"mainstay/kit/page", "mainstay/practice/clients", false},
		{"mainstay/kit/db", "mainstay/schema", false},
		{"mainstay/kit/db/dbtest", "mainstay/schema", true},
		{"mainstay/practice/clients", "mainstay/practice/books", false},
		{"mainstay/practice/books", "mainstay/practice/clients", true},
		{"mainstay/practice/catalogue", "mainstay/practice/billing/rating", true},
		{"mainstay/practice/catalogue", "mainstay/practice/billing", false},
		{"mainstay/practice/books", "mainstay/practice/clients/store", false},
		{"mainstay/practice/journey", "mainstay/desk/helpdesk", false},
		{"mainstay/practice/journey/signs", "mainstay/kit/db", false},
		{"mainstay/practice/journey/signs", "context", false},
		{"mainstay/practice/journey/signs", "math", true},
		{"mainstay/practice/journey/web", "mainstay/practice/clients/web", false},
		{"mainstay/practice/journey", "mainstay/practice/journey/web", false},
		{"mainstay/desk/mailroom", "mainstay/desk/helpdesk", true},
		{"mainstay/desk/mailroom", "mainstay/desk/helpdesk/store", false},
		{"mainstay/desk/helpdesk", "mainstay/desk/mailroom", false},
		{"mainstay/desk/mailroom", "mainstay/practice/clients", true},
		{"mainstay/desk/mailroom", "mainstay/practice/clients/store", false},
		{"mainstay/agent/collect", "mainstay/kit/db", false},
		{"mainstay/agent/collect", "mainstay/kit/wire", true},
		{"mainstay/agent/program", "mainstay/kit/probe/all", true},
		{"mainstay/kit/probe", "mainstay/kit/wire", true},
		{"mainstay/kit/probe/all", "mainstay/kit/series", false},
		{"mainstay/cmd/mainstay", "mainstay/practice/books", false},
		{"mainstay/practice/books", "mainstay/app", false},
		{"mainstay/app", "mainstay/practice/books/web", true},
	} {
		if got := bans(c.from, c.to) == ""; got != c.ok {
			t.Errorf("%s → %s: allowed %v, want %v", c.from, c.to, got, c.ok)
		}
	}
}
