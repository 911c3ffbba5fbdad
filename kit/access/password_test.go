// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"crypto/sha1" // the published lists of leaked passwords are lists of SHA-1
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

func TestNewPasswords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		me := r.owner(t)
		if err := (config.Values{DB: d}).SetFirm(ctx, config.Firm{Name: "Tidegate IT"}); err != nil {
			t.Fatal(err)
		}
		r = r.another(access.Options{FirmName: "Old Name", Names: func(context.Context) ([]string, error) { return []string{"Harbour & Sons", "Ulm"}, nil }})
		current := good
		for _, c := range []struct {
			password, want string
		}{
			{"elevenchars", "too short"},
			{strings.Repeat("é", 129), "too long"},
			{"1QAZ2wsx3edc", "attackers try first"}, // in the list, in any case
			{"Basketball2024!", ""},                 // five characters more than a listed one
			{"basketball2024", "attackers try first"},
			{"welcome to Tide-Gate IT", "name of your firm"},
			{"oldname forever", "name of your firm"},
			{"harbour and sons", ""}, // written in another way
			{"Harbour&Sons 2026", "name of your firm"},
			{"gulmohar lantern moss", ""}, // names of three letters stand in too many words
			{"the account of Ada Moreau", "your name or address"},
			{" spaces around it all ", ""},
			{"kettleorbitlanternmoss", ""},                                       // no rule asks for kinds of characters
			{"ключ лампа якорь мох", ""},                                         // any script
			{strings.Repeat("kettle orbit lantern ", 12), "attackers try first"}, // a repeated piece
			{"kettle orbit lantern moss and many more words until it is far longer than sixty-four", ""},
		} {
			err := r.ChangePassword(me, current, c.password)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%q: %v", c.password, err)
			case c.want != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%q: %v, want …%s…", c.password, err, c.want)
			}
			if err == nil {
				current = c.password
			}
		}
		// Exactly as typed: no cutting, no folding, no trimming.
		for _, almost := range []string{current[:72], current[:64], strings.ToUpper(current), " " + current} {
			if _, err := r.Password(ctx, "ada@example.com", almost, browser); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%q got in: %v", almost, err)
			}
		}
		if in, err := r.Password(ctx, "ada@example.com", current, browser); err != nil || in.Session == "" {
			t.Errorf("the password as typed: %+v, %v", in, err)
		}
	})
}

// The present password is asked for, and the other sessions end. Time alone never asks for a new one.
func TestChangePassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.owner(t)
		here, there := r.signIn(t, "ada@example.com", browser), r.signIn(t, "ada@example.com", browser)
		const next = "kettle orbit lantern moss"
		if err := r.ChangePassword(r.as(t, here), "wrong wrong wrong", next); !fault.Is(err, fault.Invalid) {
			t.Errorf("without the present one: %v", err)
		}
		if err := r.ChangePassword(r.as(t, here), good, next); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Session(ctx, here, ""); err != nil {
			t.Errorf("this session: %v", err)
		}
		if _, err := r.Session(ctx, there, ""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("another session: %v", err)
		}
		if _, err := r.Password(ctx, "ada@example.com", good, browser); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the old password: %v", err)
		}
		r.clock.Advance(3 * 365 * 24 * time.Hour)
		if in, err := r.Password(ctx, "ada@example.com", next, browser); err != nil || in.Session == "" {
			t.Errorf("after three years: %+v, %v", in, err)
		}
	})
}

func TestBreachedPasswords(t *testing.T) {
	leaked := []string{"kettle orbit lantern moss", "seven green bicycles", "quiet harbour morning"}
	for i := range 500 {
		leaked = append(leaked, fmt.Sprintf("invented password %d", i))
	}
	lines := func(digits int, tail string) []string {
		var out []string
		for _, p := range leaked {
			out = append(out, fmt.Sprintf("%X", sha1.Sum([]byte(p)))[:digits]+tail)
		}
		slices.Sort(out)
		return out
	}
	for name, text := range map[string]string{
		"as downloaded": strings.Join(lines(40, ":3"), "\r\n"),
		"prefixes":      strings.Join(lines(16, ""), "\n") + "\n",
		"lower case":    strings.ToLower(strings.Join(lines(40, ":12"), "\n")) + "\n",
	} {
		file := filepath.Join(t.TempDir(), "list.txt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := access.OpenBreached(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, p := range leaked {
			if found, err := b.Has(p); err != nil || !found {
				t.Fatalf("%s: %q: %v, %v", name, p, found, err)
			}
		}
		for i := range 500 {
			if found, err := b.Has(fmt.Sprintf("another password %d", i)); err != nil || found {
				t.Fatalf("%s: another password %d: %v, %v", name, i, found, err)
			}
		}
		r := newRig(t, dbtest.Open(t))
		me := r.owner(t)
		r = r.another(access.Options{Breached: b})
		if err := r.ChangePassword(me, good, leaked[0]); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "leaked") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"words": "password\nletmein\n", "short prefixes": "ABCDE\n", "one long line": strings.Repeat("A", 4000)} {
		file := filepath.Join(t.TempDir(), "list.txt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := access.OpenBreached(file); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := access.OpenBreached(filepath.Join(t.TempDir(), "none")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a missing file: %v", err)
	}
	if b, err := access.OpenBreached(""); b != nil || err != nil {
		t.Errorf("no file: %v, %v", b, err)
	}
}

// Recovery codes hold 120 bits; those of before, with 80, work on.
func TestRecoveryCodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		_, codes := r.app(t, r.owner(t))
		seen := map[string]bool{}
		for _, c := range codes {
			if plain := strings.ReplaceAll(c, "-", ""); len(plain) != 24 || strings.Trim(plain, "abcdefghijklmnopqrstuvwxyz234567") != "" || seen[c] { // 24 letters of 5 bits
				t.Errorf("the code %q", c)
			}
			seen[c] = true
		}
		const old = "abcd-efgh-ijkl-mnop" // as made before; SHA-256 of abcdefghijklmnop
		run(t, d, "UPDATE access_users SET recovery = recovery || ' f39dac6cbaba535e2c207cd0cd8f154974223c848f727f98b3564cea569b41cf'")
		for i, want := range []bool{true, false} {
			in, err := r.Password(ctx, "ada@example.com", good, browser)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.SecondFactor(ctx, in.Second, old, browser); (err == nil) != want {
				t.Errorf("an old code, use %d: %v", i+1, err)
			}
		}
	})
}
