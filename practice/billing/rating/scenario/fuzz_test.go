// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/kit/fault"
	"mainstay/practice/billing/rating/scenario"
)

// Whatever is in a file, it is run or refused as invalid with one sentence that says where.
func FuzzFile(f *testing.F) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "billing-scenarios.md"))
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range strings.Split(string(raw), "```json\n")[1:] {
		file, _, _ := strings.Cut(b, "```\n")
		f.Add([]byte(file))
	}
	published, _ := filepath.Glob(filepath.Join("testdata", "published", "*.json"))
	for i, p := range published {
		if i%9 == 0 {
			data, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 10_000 {
			return
		}
		s, err := scenario.Read(data)
		var r *scenario.Result
		if err == nil {
			r, err = s.Run()
		}
		if err != nil {
			if !fault.Is(err, fault.Invalid) || strings.Contains(fault.TextOf(err), "%!") || fault.TextOf(err) == "" {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		a, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := json.Marshal(again); string(a) != string(b) {
			t.Fatalf("the second time %s, not %s", b, a)
		}
	})
}
