// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"mime"
	"net/http"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/kit/fault"
)

// The messages of remote write 1.0, which is also meant when none is named, and 2.0.
const (
	protoV1 = "prometheus.WriteRequest"
	protoV2 = "io.prometheus.write.v2.Request"
)

func noHistograms() error {
	return fault.NewInvalid("Native histograms are not kept. Send classic ones, with buckets.")
}

// remoteWrite takes samples by Prometheus remote write, see prometheus.io/docs/specs/prw/. It answers once they are kept.
// What cannot be taken is told with 400, as the sender should not send it again; everything else of the request is kept.
func (h *Handlers) remoteWrite(w http.ResponseWriter, r *http.Request) error {
	h.arriving(w)
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-protobuf" {
		return h.unsupported(w, "Remote write has the content type application/x-protobuf.")
	}
	if r.Header.Get("Content-Encoding") != "snappy" {
		return h.unsupported(w, "Remote write is packed with snappy.")
	}
	version := params["proto"]
	if version != "" && version != protoV1 && version != protoV2 {
		return h.unsupported(w, "Only remote write 1.0 and 2.0 are read.")
	}
	body, done, err := h.taken(w, r)
	if err != nil {
		return err
	}
	defer done()
	in := h.intake(r)
	if version == protoV2 {
		err = h.takeV2(r.Context(), in, body)
	} else {
		err = h.takeV1(r.Context(), in, body)
	}
	if err == nil {
		err = in.commit(r.Context())
	}
	if version == protoV2 {
		w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", strconv.Itoa(in.out.Stored+in.out.Duplicate))
		w.Header().Set("X-Prometheus-Remote-Write-Histograms-Written", "0")
		w.Header().Set("X-Prometheus-Remote-Write-Exemplars-Written", "0")
	}
	if err == nil {
		err = in.verdict()
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (h *Handlers) unsupported(w http.ResponseWriter, text string) error {
	http.Error(w, text, http.StatusUnsupportedMediaType)
	return nil
}

// takeV1 reads a prometheus.WriteRequest.
func (h *Handlers) takeV1(ctx context.Context, in *intake, body []byte) error {
	return fields(body, func(f field) error {
		switch {
		case f.message(1):
			return takeSeries(ctx, in, f.bytes, nil)
		case f.message(3):
			return h.learnV1(f.bytes)
		}
		return nil
	})
}

// takeSeries reads one series of either version: with symbols its labels are numbers of them. Labels have to be complete
// before the first sample, whatever the order of the fields is, so the message is walked twice.
func takeSeries(ctx context.Context, in *intake, body []byte, symbols []string) error {
	in.build.Reset()
	count := 0
	label := func(name, value string) error {
		if count++; count > 100 {
			return fault.NewInvalid("A series has more than 100 labels.")
		}
		in.build.Add(name, value)
		return nil
	}
	err := fields(body, func(f field) error {
		if !f.message(1) {
			return nil
		}
		if symbols != nil {
			return symbolPairs(f.bytes, symbols, label)
		}
		var name, value string
		if err := fields(f.bytes, func(f field) error {
			switch {
			case f.message(1):
				name = string(f.bytes)
			case f.message(2):
				value = string(f.bytes)
			}
			return nil
		}); err != nil {
			return err
		}
		return label(name, value)
	})
	if err != nil {
		return err
	}
	s, err := in.begin()
	if err != nil {
		return err
	}
	histograms := protowire.Number(4)
	if symbols != nil {
		histograms = 3
	}
	return fields(body, func(f field) error {
		switch {
		case f.message(histograms):
			in.taken++
			in.refuse(1, noHistograms())
		case f.message(2):
			var v float64
			var at int64
			if err := fields(f.bytes, func(f field) error {
				switch {
				case f.num == 1 && f.typ == protowire.Fixed64Type:
					v = f.float()
				case f.num == 2 && f.typ == protowire.VarintType:
					at = f.whole()
				}
				return nil
			}); err != nil {
				return err
			}
			return in.add(ctx, s, at, v)
		}
		return nil
	})
}

// symbolPairs reads a packed list of numbers of symbols: name, value, name, value.
func symbolPairs(b []byte, symbols []string, label func(name, value string) error) error {
	next := func() (string, error) {
		n, used := protowire.ConsumeVarint(b)
		if used < 0 || n >= uint64(len(symbols)) {
			return "", fault.NewInvalid("A series has a label that is not among the symbols.")
		}
		b = b[used:]
		return symbols[n], nil
	}
	for len(b) > 0 {
		name, err := next()
		if err != nil {
			return err
		}
		value, err := next()
		if err != nil {
			return err
		}
		if err := label(name, value); err != nil {
			return err
		}
	}
	return nil
}

// learnV1 remembers a prometheus.MetricMetadata.
func (h *Handlers) learnV1(b []byte) error {
	var a about
	var name string
	err := fields(b, func(f field) error {
		switch {
		case f.num == 1 && f.typ == protowire.VarintType:
			a.Type = metricType(f.n)
		case f.message(2):
			name = string(f.bytes)
		case f.message(4):
			a.Help = string(f.bytes)
		case f.message(5):
			a.Unit = string(f.bytes)
		}
		return nil
	})
	h.known.learn(name, a)
	return err
}

func metricType(n uint64) string {
	names := []string{"unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"}
	if n < uint64(len(names)) {
		return names[n]
	}
	return names[0]
}

// maxSymbols is how many texts a request of version 2.0 may have.
const maxSymbols = 500_000

// takeV2 reads an io.prometheus.write.v2.Request. The symbols stand before the series that use them.
func (h *Handlers) takeV2(ctx context.Context, in *intake, body []byte) error {
	symbols := make([]string, 0, 256)
	return fields(body, func(f field) error {
		switch {
		case f.message(4):
			if len(symbols) >= maxSymbols {
				return fault.NewInvalid("A request may have at most %d symbols. Send less at once.", maxSymbols)
			}
			symbols = append(symbols, string(f.bytes))
		case f.message(5):
			if err := takeSeries(ctx, in, f.bytes, symbols); err != nil {
				return err
			}
			return h.learnV2(in, f.bytes, symbols)
		}
		return nil
	})
}

// learnV2 remembers the metadata within a series, of which the labels were just read.
func (h *Handlers) learnV2(in *intake, b []byte, symbols []string) error {
	return fields(b, func(f field) error {
		if !f.message(5) {
			return nil
		}
		var a about
		err := fields(f.bytes, func(f field) error {
			if f.typ != protowire.VarintType || f.num != 1 && f.n >= uint64(len(symbols)) {
				return nil
			}
			switch f.num {
			case 1:
				a.Type = metricType(f.n)
			case 3:
				a.Help = symbols[f.n]
			case 4:
				a.Unit = symbols[f.n]
			}
			return nil
		})
		h.known.learn(in.build.Labels().Get("__name__"), a)
		return err
	})
}
