// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mainstay/kit/clock"
)

// hide puts a file where the database's folder is: it cannot be opened until show.
func hide(t *testing.T, dir string) (show func()) {
	t.Helper()
	raw := filepath.Join(dir, "raw")
	if err := os.Rename(raw, raw+".away"); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.WriteFile(raw, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(raw); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(raw+".away", raw); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// TestMendTriesAgain: series that could not be opened, at the start or anew after a failed write, are once that is possible.
func TestMendTriesAgain(t *testing.T) {
	for _, first := range []bool{true, false} {
		dir, at := t.TempDir(), clock.At(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		var show func()
		if first {
			show = hide(t, dir)
		}
		l, err := Open(dir, Options{Clock: at})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		if err := l.Wait(context.Background()); (err != nil) != first {
			t.Fatal(err)
		}
		if !first {
			l.wound(errors.New("no space left on device"))
			show = hide(t, dir)
		}
		if l.Mend() == nil || l.Ready() == nil {
			t.Error("it is said to be well")
		}
		show()
		if l.Mend() == nil {
			t.Error("it is tried again at once")
		}
		at.Advance(tryAgain)
		if err := errors.Join(l.Mend(), l.Ready(), l.Mend()); err != nil {
			t.Errorf("first opening %v: %v", first, err)
		}
		labels, err := MakeLabels("x")
		if err != nil {
			t.Fatal(err)
		}
		h, err := l.Series(labels)
		if err != nil {
			t.Fatal(err)
		}
		var b Batch
		b.Add(h, at.Now().UnixMilli(), 1)
		if out, err := l.Commit(context.Background(), &b); err != nil || out.Stored != 1 {
			t.Errorf("%+v %v", out, err)
		}
	}
}
