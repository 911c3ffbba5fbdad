// SPDX-License-Identifier: Apache-2.0

package clamd_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"mainstay/kit/clamd"
	"mainstay/kit/clamd/clamdtest"
	"mainstay/kit/fault"
)

func TestScan(t *testing.T) {
	socket, stop := clamdtest.Start(t)
	s, err := clamd.Open(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if v, err := s.Version(ctx); err != nil || !strings.HasPrefix(v, "ClamAV ") {
		t.Error(v, err)
	}
	for name, c := range map[string]struct {
		text, virus string
		kind        fault.Kind
	}{
		"clean":     {"An ordinary letter.", "", 0},
		"empty":     {"", "", 0},
		"virus":     {clamdtest.Virus, "Mainstay.Test.UNOFFICIAL", 0},
		"two parts": {strings.Repeat("x", 100_000), "", 0},
		"too large": {strings.Repeat("x", clamdtest.MaxStream+1), "", fault.Invalid},
	} {
		got, err := s.Scan(ctx, strings.NewReader(c.text))
		if got != c.virus || err == nil != (c.kind == 0) || err != nil && fault.KindOf(err) != c.kind {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	broken := errors.New("disk gone")
	if _, err := s.Scan(ctx, io.MultiReader(strings.NewReader("x"), failing{broken})); !errors.Is(err, broken) {
		t.Error("a file that cannot be read:", err)
	}
	stop()
	if _, err := s.Scan(ctx, strings.NewReader("x")); !fault.Is(err, fault.Busy) {
		t.Error("without a daemon:", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestOpen(t *testing.T) {
	if s, err := clamd.Open(""); s != nil || err != nil {
		t.Error(s, err)
	}
	if virus, err := (*clamd.Scanner)(nil).Scan(context.Background(), strings.NewReader("x")); virus != "" || err != nil {
		t.Error(virus, err)
	}
	for _, bad := range []string{"localhost", "clamd.ctl"} {
		if _, err := clamd.Open(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
