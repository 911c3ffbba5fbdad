// SPDX-License-Identifier: Apache-2.0

package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/kit/fault"
)

// Stream sends server-sent events to one reader. It is for one goroutine. The reader
// has gone when the request's context is done.
type Stream struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	req *http.Request
}

// Events begins a stream of server-sent events, or returns a fault when the connection cannot carry one.
func Events(w http.ResponseWriter, r *http.Request) (*Stream, error) {
	rc := http.NewResponseController(w)
	if err := rc.SetWriteDeadline(time.Time{}); err != nil {
		return nil, fault.NewInvalid("This connection cannot carry a stream of events.").Because(err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold the events back
	w.WriteHeader(http.StatusOK)
	return &Stream{w, rc, r}, rc.Flush()
}

// JSON sends v as the data of an event.
func (s *Stream) JSON(event string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.send(event, string(b))
}

// HTML sends a rendered component as the data of an event.
func (s *Stream) HTML(event string, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(s.req.Context(), &b); err != nil {
		return err
	}
	return s.send(event, b.String())
}

// Progress sends the state of a long job to a [Progress] component.
func (s *Stream) Progress(p ProgressState) error { return s.JSON("progress", p) }

// Beat keeps the connection open through proxies that close silent ones; send it every 20 seconds or so.
func (s *Stream) Beat() error {
	if _, err := fmt.Fprint(s.w, ": beat\n\n"); err != nil {
		return err
	}
	return s.rc.Flush()
}

func (s *Stream) send(event, data string) error {
	data = strings.ReplaceAll(strings.ReplaceAll(data, "\r", ""), "\n", "\ndata: ")
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return err
	}
	return s.rc.Flush()
}

// ProgressState is one event of a long job.
type ProgressState struct {
	Done  int64  `json:"done"`
	Total int64  `json:"total"` // 0: not known, the bar shows only that work goes on
	Text  string `json:"text"`  // what happens now, in the reader's language
	Next  string `json:"next"`  // page to open when finished; "" while running
	Error string `json:"error"` // why it stopped; "" while all is well
}
