// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mainstay.conf")
	text := "# comment\naddress = \"file:1\"\nurl = file:2\nlog-level = warn\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"MAINSTAY_CONFIG": file, "MAINSTAY_URL": "env:2"}
	var s config.Server
	set := pflag.NewFlagSet("t", pflag.ContinueOnError)
	s.Bind(set)
	if err := set.Parse([]string{"--log-level", "debug"}); err != nil {
		t.Fatal(err)
	}
	if err := config.Fill(set, func(k string) string { return env[k] }); err != nil {
		t.Fatal(err)
	}
	if s.Address != "file:1" || s.URL != "env:2" || s.LogLevel != "debug" || s.Data != "mainstay-data" {
		t.Fatalf("%+v", s)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"no-such = x":    "there is no setting \"no-such\"",
		"log-json = 7up": "no value for log-json",
		"nonsense":       "line 1",
	} {
		file := filepath.Join(t.TempDir(), "c")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var s config.Server
		set := pflag.NewFlagSet("t", pflag.ContinueOnError)
		s.Bind(set)
		err := config.Fill(set, func(k string) string { return map[string]string{"MAINSTAY_CONFIG": file}[k] })
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFolderIsLockedAndPrivate(t *testing.T) {
	s := config.Server{Data: filepath.Join(t.TempDir(), "data")}
	release, err := s.OpenData()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenData(); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a second instance: %v", err)
	}
	release()
	if again, err := s.OpenData(); err != nil {
		t.Fatal(err)
	} else {
		again()
	}
	if info, err := os.Stat(s.Data); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
}

func TestFirm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, ctx := config.Values{DB: d}, context.Background()
		want := config.Firm{Name: "Tidegate IT", Currency: "EUR", Language: "de-AT", Zone: "Europe/Vienna", Demo: true}
		for range 2 {
			if err := v.SetFirm(ctx, want); err != nil {
				t.Fatal(err)
			}
		}
		got, err := v.Firm(ctx)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
		if got.Location().String() != "Europe/Vienna" || (config.Firm{Zone: "Nowhere"}).Location().String() != "UTC" {
			t.Fatal("wrong zone")
		}
	})
}
