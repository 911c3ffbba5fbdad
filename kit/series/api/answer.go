// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bufio"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"mainstay/kit/fault"
	"mainstay/kit/series"
)

// reply is data with what is to be said besides.
type reply struct {
	data any
	warn []string
}

// answer turns what f returns into an answer as the Prometheus API has it.
func answer(f func(*http.Request) (any, error)) http.Handler {
	return failing(func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		if err := r.ParseForm(); err != nil {
			return fault.NewInvalid("The form cannot be read, or is larger than a megabyte.").Because(err)
		}
		data, err := f(r)
		if err != nil {
			return err
		}
		out, ok := data.(reply)
		if !ok {
			out.data = data
		}
		w.Header().Set("Content-Type", "application/json")
		defer writeWithin(w, patience)()
		b := bufio.NewWriterSize(w, 32<<10)
		_, _ = b.WriteString(`{"status":"success","data":`)
		if res, ok := out.data.(series.Result); ok {
			writeResult(b, res)
		} else if text, err := json.Marshal(out.data); err != nil {
			return err
		} else {
			_, _ = b.Write(text)
		}
		if len(out.warn) > 0 {
			text, err := json.Marshal(out.warn)
			if err != nil {
				return err
			}
			_, _ = b.WriteString(`,"warnings":`)
			_, _ = b.Write(text)
		}
		_, _ = b.WriteString("}")
		_ = b.Flush() // whoever asked is gone
		return nil
	})
}

// failing tells what goes wrong as JSON.
func failing(f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			Refuse(w, err)
		}
	})
}

// Refuse answers with an error as the Prometheus API has it.
func Refuse(w http.ResponseWriter, err error) {
	status, kind := http.StatusInternalServerError, "internal"
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict:
		status, kind = http.StatusBadRequest, "bad_data"
	case fault.NotFound:
		status, kind = http.StatusNotFound, "not_found"
	case fault.Denied:
		status, kind = http.StatusForbidden, "forbidden"
	case fault.Unauthenticated:
		status, kind = http.StatusUnauthorized, "unauthorized"
		w.Header().Set("WWW-Authenticate", `Bearer realm="Mainstay"`)
	case fault.Busy:
		status, kind = http.StatusServiceUnavailable, "unavailable"
		w.Header().Set("Retry-After", "5")
	}
	text, _ := json.Marshal(map[string]string{"status": "error", "errorType": kind, "error": fault.TextOf(err)})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// writeResult writes the answer to a question, value by value.
func writeResult(b *bufio.Writer, res series.Result) {
	_, _ = b.WriteString(`{"resultType":"` + string(res.Kind) + `","result":`)
	var buf []byte
	switch res.Kind {
	case series.Scalar:
		buf = appendPoint(buf, res.Lines[0].Points[0])
	case series.Text:
		buf = appendSeconds(append(buf, '['), res.Lines[0].Points[0].At)
		buf = append(appendText(append(buf, ','), res.Text), ']')
	default:
		_ = b.WriteByte('[')
		for i, l := range res.Lines {
			buf = buf[:0]
			if i > 0 {
				buf = append(buf, ',')
			}
			buf = appendLabels(append(buf, `{"metric":`...), l.Labels)
			if res.Kind == series.Vector {
				buf = appendPoint(append(buf, `,"value":`...), l.Points[0])
			} else {
				buf = append(buf, `,"values":[`...)
				for j, p := range l.Points {
					if j > 0 {
						buf = append(buf, ',')
					}
					buf = appendPoint(buf, p)
				}
				buf = append(buf, ']')
			}
			_, _ = b.Write(append(buf, '}'))
		}
		buf = append(buf[:0], ']')
	}
	_, _ = b.Write(append(buf, '}'))
}

func appendPoint(buf []byte, p series.Point) []byte {
	buf = appendSeconds(append(buf, '['), p.At)
	buf = strconv.AppendFloat(append(buf, `,"`...), p.V, 'f', -1, 64)
	return append(buf, `"]`...)
}

func appendSeconds(buf []byte, ms int64) []byte {
	return strconv.AppendFloat(buf, float64(ms)/1000, 'f', -1, 64)
}

func appendLabels(buf []byte, l series.Labels) []byte {
	buf = append(buf, '{')
	first := true
	l.Range(func(p labels.Label) {
		if !first {
			buf = append(buf, ',')
		}
		first = false
		buf = appendText(buf, p.Name)
		buf = appendText(append(buf, ':'), p.Value)
	})
	return append(buf, '}')
}

func appendText(buf []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		return append(buf, `""`...)
	}
	return append(buf, text...)
}

// number reads a number of seconds as Prometheus writes it.
func number(s string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return v, err == nil && !math.IsNaN(v) && math.Abs(v) < 1e13
}
