// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Figures that other billing engines, standards and guides publish come out of our runs, or the file says why they do not.
func TestPublishedCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "published", "*.json"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var head struct {
				About    struct{ Title, Source, Rule string }
				Runs     []string
				Expected []json.RawMessage
			}
			if err := json.Unmarshal(data, &head); err != nil {
				t.Fatal(err)
			}
			if head.About.Source == "" || head.About.Rule == "" || len(head.Expected) == 0 {
				t.Errorf("a published case names its source, its rule and what it expects")
			}
			for _, d := range run(t, string(data)).Differences {
				t.Error(d)
			}
		})
	}
}
