// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"

	"mainstay/kit/wire"
)

// ReadMetrics reads all that an exporter says.
func ReadMetrics(text string) (out []wire.Measure) {
	for line := range strings.Lines(text) {
		if _, series, v, ok := sample(strings.TrimSpace(line)); ok {
			out = append(out, wire.Measure{Series: series, Value: v})
		}
	}
	return out
}

// said is a connection over which everything was said already.
type said struct {
	net.Conn
	r io.Reader
}

func (s said) Read(p []byte) (int, error)  { return s.r.Read(p) }
func (s said) Write(p []byte) (int, error) { return len(p), nil }

// AnswerOfHTTP2 reads what a server says to a request with a body, and returns how large head and body are.
func AnswerOfHTTP2(b []byte, body string) (head, content int, err error) {
	req, err := http.NewRequest(http.MethodPost, "https://localhost/", strings.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	res, err := exchangeH2(said{r: bytes.NewReader(b)}, req, 1000)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	for name, list := range res.Header {
		for _, v := range list {
			head += len(name) + len(v)
		}
	}
	all, err := io.ReadAll(res.Body)
	return head, len(all), err
}
