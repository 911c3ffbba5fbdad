// SPDX-License-Identifier: Apache-2.0

package recurring_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/practice/journey/recurring"
)

// realStream is one client's lines with one text in the shared books.
type realStream struct {
	hash   string // of the text: labels are kept by it, so that no text is copied
	text   string
	points []recurring.Point
}

// realList is where a list of real invoices is and where its columns are.
type realList struct {
	dir, labels                            string
	supplier, customer, month, text, value int
	parts                                  []string
}

// realStreams reads a shared spend file, or skips the test with a word.
func realStreams(t testing.TB, list realList) []realStream {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", list.dir, "*.csv"))
	if len(files) == 0 {
		t.Skipf("left out: the shared real books (%s) are not beside the project", list.dir)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder // Latin-1 to UTF-8, bare CR to LF
	for _, c := range raw {
		if c == '\r' {
			c = '\n'
		}
		b.WriteRune(rune(c))
	}
	in := csv.NewReader(strings.NewReader(b.String()))
	in.FieldsPerRecord = -1
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sums := map[[3]string]map[civil.Month]int64{}
	for _, r := range rows[1:] {
		if len(r) <= list.value || len(r[list.month]) < 10 {
			continue
		}
		day, err := civil.Parse(r[list.month][:10])
		if err != nil {
			continue
		}
		amount, err := strconv.ParseFloat(strings.ReplaceAll(r[list.value], ",", ""), 64)
		if err != nil {
			continue
		}
		text := strings.Join(strings.Fields(strings.ToLower(r[list.text])), " ")
		k := [3]string{strings.ToLower(r[list.supplier]), strings.ToLower(r[list.customer]), text}
		if sums[k] == nil {
			sums[k] = map[civil.Month]int64{}
		}
		sums[k][day.Month()] += int64(math.Round(amount * 100))
	}
	var out []realStream
	for k, months := range sums {
		s := realStream{hash: textHash(k[2]), text: k[2]}
		for m, v := range months {
			s.points = append(s.points, recurring.Point{Month: m, Minor: v})
		}
		slices.SortFunc(s.points, func(a, b recurring.Point) int { return int(a.Month - b.Month) })
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b realStream) int { return strings.Compare(a.text, b.text) })
	return out
}

// textHash is the first 16 hex digits of SHA-256 over the lower-case text with
// single spaces.
func textHash(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:8])
}

// TestRealTexts measures the classifier against hand labels of real invoice texts:
// precision and recall of "recurring" over the texts that a reader can decide.
func TestRealTexts(t *testing.T) {
	for _, list := range []realList{
		{"gcloud", "gcloud.labels", 2, 3, 4, 5, 6, []string{"tuned", "held out", "second"}},
		{"gcloud-2014", "gcloud-2014.labels", 3, 4, 5, 6, 7, []string{"third", "fourth", "fifth"}},
	} {
		t.Run(list.dir, func(t *testing.T) { measure(t, list) })
	}
}

func measure(t *testing.T, list realList) {
	streams := realStreams(t, list)
	labels := readLabels(t, list.labels)
	byText := map[string]realStream{} // the stream with the most months stands for its text
	for _, s := range streams {
		if len(s.points) > len(byText[s.hash].points) {
			byText[s.hash] = s
		}
	}
	for _, part := range list.parts {
		var hit, false_, missed, undecided, asked int
		for hash, l := range labels {
			s, ok := byText[hash]
			if !ok || l.part != part {
				continue
			}
			label := l.label
			v := recurring.Classify(recurring.Stream{Reading: recurring.Read(s.text), Points: s.points})
			switch {
			case label == "U":
				undecided++
				if v.Class == recurring.Undecided {
					asked++
				}
				continue
			case label == "R" && v.Class == recurring.Recurring:
				hit++
			case label == "R":
				missed++
			case v.Class == recurring.Recurring:
				false_++
			default:
				continue
			}
			if os.Getenv("LOOK") != "" && (v.Class == recurring.Recurring) != (label == "R") {
				fmt.Println(part, label, v, s.text, s.points)
			}
		}
		precision := float64(hit) / float64(hit+false_)
		recall := float64(hit) / float64(hit+missed)
		t.Logf("%s: precision %.3f recall %.3f (%d right, %d wrong, %d missed); %d of %d undecidable left undecided",
			part, precision, recall, hit, false_, missed, asked, undecided)
		if precision < .85 || recall < .85 {
			t.Errorf("%s: precision %.3f recall %.3f, both must be at least .85", part, precision, recall)
		}
	}
}

// labelled is a reader's judgement and the sample that it belongs to.
type labelled struct{ label, part string }

func readLabels(t *testing.T, file string) map[string]labelled {
	raw, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]labelled{}
	section := ""
	for line := range strings.Lines(string(raw)) {
		hash, label, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if hash == "=" {
			section = label
			continue
		}
		part := section
		if part == "" {
			part = "held out"
			if b, _ := hex.DecodeString(hash[:2]); b[0]%2 == 0 {
				part = "tuned"
			}
		}
		out[hash] = labelled{label, part}
	}
	return out
}
