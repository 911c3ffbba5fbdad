// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/series"
	"mainstay/kit/series/seriestest"
)

// A real node exporter is scraped and its samples are kept.
func TestScrapeNodeExporter(t *testing.T) {
	url := seriestest.NodeExporter(t)
	l := openLocal(t, t.TempDir(), series.Options{})
	ctx, now := context.Background(), time.Now()
	var b series.Batch
	if err := series.Scrape(ctx, http.DefaultClient, url, now, func(ls series.Labels, at int64, v float64) error {
		h, err := l.Series(ls)
		if err == nil {
			b.Add(h, at, v)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	out, err := l.Commit(ctx, &b)
	if err != nil || out.Stored != b.Len() || out.Stored < 100 {
		t.Fatalf("%+v %v", out, err)
	}
	res, err := l.Query(ctx, series.Everything(), `node_memory_MemTotal_bytes > 0 or node_cpu_seconds_total{mode="idle",cpu="0"} >= 0`, now)
	if err != nil || len(res.Lines) != 2 {
		t.Errorf("%v %v", res, err)
	}
}

func TestParseText(t *testing.T) {
	now := time.UnixMilli(5_000)
	read := func(text, kind string) (string, error) {
		var out strings.Builder
		err := series.ParseText([]byte(text), kind, now, func(l series.Labels, at int64, v float64) error {
			fmt.Fprintf(&out, "%s %d %g\n", l, at, v)
			return nil
		})
		return out.String(), err
	}
	got, err := read("# HELP a Help.\n# TYPE a counter\na{x=\"1\\\"\",y=\"\"} 3\na{x=\"2\"} 4 1234\nb NaN\n", "text/plain; version=0.0.4")
	if err != nil || got != "{__name__=\"a\", x=\"1\\\"\"} 5000 3\n{__name__=\"a\", x=\"2\"} 1234 4\n{__name__=\"b\"} 5000 NaN\n" {
		t.Errorf("%s %v", got, err)
	}
	got, err = read("# TYPE a counter\na_total 3 1.5\n# EOF\n", "application/openmetrics-text; version=1.0.0")
	if err != nil || got != "{__name__=\"a_total\"} 1500 3\n" {
		t.Errorf("OpenMetrics %s %v", got, err)
	}
	for what, text := range map[string]string{
		"not metrics":        "<html><body>No metrics here</body></html>",
		"longer than":        `a{x="` + strings.Repeat("x", 2000) + `"} 1` + "\n",
		"larger than":        strings.Repeat("a", series.MaxScrape+1),
		"more than 100000":   strings.Repeat("a 1\n", series.MaxScrapeSamples+1),
		"stands twice":       `a{x="1",x="2"} 1` + "\n",
		"not metrics (half)": `a{x="1`,
	} {
		what, _, _ = strings.Cut(what, " (")
		if _, err := read(text, "text/plain"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	if err := series.Scrape(context.Background(), gone.Client(), gone.URL, now, nil); !fault.Is(err, fault.Busy) || !strings.Contains(err.Error(), "404") {
		t.Errorf("nothing there: %v", err)
	}
}

func FuzzParseText(f *testing.F) {
	for _, s := range []string{"# TYPE a counter\na{x=\"1\"} 3\n", "a{x=\"1\\", "# EOF", "a 1 2\nb{\xff=\"\"} 1", "{\"a\",x=\"y\"} 1\n", "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\n"} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, open bool) {
		kind := "text/plain"
		if open {
			kind = "application/openmetrics-text"
		}
		_ = series.ParseText(body, kind, start, func(l series.Labels, _ int64, _ float64) error {
			if err := series.CheckLabels(l); err != nil {
				t.Errorf("%s: %v", l, err)
			}
			return nil
		})
	})
}
