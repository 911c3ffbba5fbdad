// SPDX-License-Identifier: Apache-2.0

package series

import (
	"os"
	"path/filepath"
	"testing"
)

// The syncer follows the log from segment to segment and leaves none out.
func TestSyncerFollowsTheLog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wal")
	s := &syncer{dir: dir}
	if err := s.sync(); err != nil {
		t.Fatalf("without a log: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	grow := func(n int, text string) {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(dir, segmentName(n)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	synced := func(segment int, size int64) {
		t.Helper()
		if err := s.sync(); err != nil {
			t.Fatal(err)
		}
		if s.segment != segment || s.size != size {
			t.Errorf("synced segment %d up to %d, want %d up to %d", s.segment, s.size, segment, size)
		}
	}
	grow(7, "some")
	synced(7, 4)
	grow(7, " more")
	synced(7, 9)
	grow(7, "!")
	grow(8, "next")
	grow(9, "and on")
	synced(9, 6)
	// Segments that are put together to a checkpoint go away.
	if err := os.Remove(filepath.Join(dir, segmentName(7))); err != nil {
		t.Fatal(err)
	}
	grow(9, "!")
	synced(9, 7)
	s.close()
	s.segment = 8
	if err := s.rewrite(); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{8: "next", 9: "and on!"} {
		if text, err := os.ReadFile(filepath.Join(dir, segmentName(n))); err != nil || string(text) != want {
			t.Errorf("segment %d is %q %v", n, text, err)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 2 {
		t.Errorf("in the log's folder: %v %v", list, err)
	}
}
