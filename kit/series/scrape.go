// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"mainstay/kit/fault"
)

// Limits of one scrape.
const (
	MaxScrape        = 16 << 20 // bytes
	MaxScrapeSamples = 100_000
)

// ScrapeAccept is what a scrape asks a server for: the text formats of Prometheus and OpenMetrics.
const ScrapeAccept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

// Scrape fetches what an exporter measures and hands it to fn, sample by sample, see [ParseText]. client decides what may
// be reached; ctx limits the time.
func Scrape(ctx context.Context, client *http.Client, url string, now time.Time, fn func(l Labels, at int64, v float64) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fault.NewInvalid("The address of the metrics is not an address.").Because(err)
	}
	req.Header.Set("Accept", ScrapeAccept)
	req.Header.Set("User-Agent", "Mainstay")
	resp, err := client.Do(req)
	if err != nil {
		return fault.NewBusy("The server with the metrics does not answer.").Because(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fault.NewBusy("The server with the metrics answers with HTTP %d.", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxScrape+1))
	if err != nil {
		return fault.NewBusy("The server with the metrics broke off its answer.").Because(err)
	}
	return ParseText(body, resp.Header.Get("Content-Type"), now, fn)
}

// ParseText reads metrics in the text format of Prometheus or OpenMetrics. A sample without an instant of its own is of
// now; at is in milliseconds. It ends with the first error of fn and refuses, in words, what is not metrics or more than
// the limits; fn may have had samples before.
func ParseText(body []byte, contentType string, now time.Time, fn func(l Labels, at int64, v float64) error) (err error) {
	if len(body) > MaxScrape {
		return fault.NewInvalid("The metrics are larger than %d MB.", MaxScrape>>20)
	}
	defer func() {
		if p := recover(); p != nil { // the parser is others', and reads what anybody sends
			err = notMetrics()
		}
	}()
	p, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{FallbackContentType: "text/plain"})
	if p == nil {
		return notMetrics().Because(err)
	}
	for n := 0; ; {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return notMetrics().Because(err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		if n++; n > MaxScrapeSamples {
			return fault.NewInvalid("There are more than %d metrics.", MaxScrapeSamples)
		}
		_, at, v := p.Series()
		var l Labels
		p.Labels(&l)
		l = l.WithoutEmpty()
		if err := CheckLabels(l); err != nil {
			return err
		}
		when := now.UnixMilli()
		if at != nil {
			when = *at
		}
		if err := fn(l, when, v); err != nil {
			return err
		}
	}
}

func notMetrics() *fault.Error {
	return fault.NewInvalid("The answer is not metrics in the text format of Prometheus.")
}
