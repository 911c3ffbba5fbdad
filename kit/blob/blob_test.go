// SPDX-License-Identifier: Apache-2.0

package blob_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/kit/blob"
	"mainstay/kit/fault"
)

func TestStore(t *testing.T) {
	dir := t.TempDir()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	// SHA-256 of "abc": FIPS 180-2, appendix B.1.
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	ref, n, err := s.Put(strings.NewReader("abc"), 3)
	if err != nil || n != 3 || ref != abc {
		t.Fatalf("%s %d %v", ref, n, err)
	}
	f, err := s.Open(ref)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(f); string(b) != "abc" {
		t.Fatalf("%q", b)
	}
	_ = f.Close()
	if _, _, err := s.Put(strings.NewReader("abcd"), 3); !fault.Is(err, fault.Invalid) {
		t.Fatalf("over the limit: %v", err)
	}
	for _, bad := range []blob.Ref{"", "../../etc/passwd", blob.Ref(strings.Repeat("z", 64))} {
		if _, err := s.Open(bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "tmp", "*")); len(left) > 0 {
		t.Fatalf("left behind: %v", left)
	}
	// What a writer that died left is gone after the next start.
	if err := os.WriteFile(filepath.Join(dir, "tmp", "put1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.Open(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "tmp", "*")); len(left) > 0 {
		t.Fatalf("left behind: %v", left)
	}
	if err := s.Delete(ref); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(ref); !fault.Is(err, fault.NotFound) {
		t.Fatalf("deleted: %v", err)
	}
}
