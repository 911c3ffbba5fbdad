// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/kit/fault"
)

// The JSON form of OTLP is turned into the binary one, so that there is one reading of it. 64-bit integers are texts there,
// or numbers.
type (
	jsonWhole   string
	jsonRequest struct {
		ResourceMetrics []struct {
			Resource struct {
				Attributes []jsonAttribute `json:"attributes"`
			} `json:"resource"`
			ScopeMetrics []struct {
				Metrics []jsonMetric `json:"metrics"`
			} `json:"scopeMetrics"`
		} `json:"resourceMetrics"`
	}
	jsonAttribute struct {
		Key   string `json:"key"`
		Value struct {
			StringValue *string    `json:"stringValue"`
			BoolValue   *bool      `json:"boolValue"`
			IntValue    *jsonWhole `json:"intValue"`
			DoubleValue *float64   `json:"doubleValue"`
		} `json:"value"`
	}
	jsonMetric struct {
		Name                 string    `json:"name"`
		Description          string    `json:"description"`
		Unit                 string    `json:"unit"`
		Gauge                *jsonData `json:"gauge"`
		Sum                  *jsonData `json:"sum"`
		Histogram            *jsonData `json:"histogram"`
		ExponentialHistogram *jsonData `json:"exponentialHistogram"`
		Summary              *jsonData `json:"summary"`
	}
	jsonData struct {
		DataPoints  []jsonDataPoint `json:"dataPoints"`
		Temporality json.RawMessage `json:"aggregationTemporality"`
		IsMonotonic bool            `json:"isMonotonic"`
	}
	jsonDataPoint struct {
		Attributes     []jsonAttribute `json:"attributes"`
		Time           jsonWhole       `json:"timeUnixNano"`
		AsDouble       *jsonFloat      `json:"asDouble"`
		AsInt          *jsonWhole      `json:"asInt"`
		Count          jsonWhole       `json:"count"`
		Sum            *jsonFloat      `json:"sum"`
		BucketCounts   []jsonWhole     `json:"bucketCounts"`
		ExplicitBounds []jsonFloat     `json:"explicitBounds"`
		Quantiles      []struct {
			Quantile jsonFloat `json:"quantile"`
			Value    jsonFloat `json:"value"`
		} `json:"quantileValues"`
		Flags uint32 `json:"flags"`
	}
	jsonFloat float64
)

// UnmarshalJSON reads a whole number, written as a text or as a number.
func (w *jsonWhole) UnmarshalJSON(b []byte) error {
	*w = jsonWhole(strings.Trim(string(b), `"`))
	return nil
}

func (w jsonWhole) bits() uint64 {
	if n, err := strconv.ParseInt(string(w), 10, 64); err == nil {
		return uint64(n)
	}
	n, _ := strconv.ParseUint(string(w), 10, 64)
	return n
}

// UnmarshalJSON reads a number, or one of the texts that stand for what JSON cannot say.
func (f *jsonFloat) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*f = jsonFloat(v)
	return err
}

// maxJSON is the most that a body of JSON may have: it takes many times as much in memory.
const maxJSON = 4 << 20

// otlpFromJSON turns the JSON form into the binary one.
func otlpFromJSON(body []byte) ([]byte, error) {
	if len(body) > maxJSON {
		return nil, fault.NewInvalid("A body of JSON may have at most %d MB. Send less at once, or protobuf.", maxJSON>>20)
	}
	var req jsonRequest
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, fault.NewInvalid("The body is not the message that it should be.").Because(err)
	}
	var out []byte
	for _, r := range req.ResourceMetrics {
		var resource, one []byte
		for _, a := range r.Resource.Attributes {
			resource = message(resource, 1, a.binary())
		}
		one = message(one, 1, resource)
		for _, s := range r.ScopeMetrics {
			var scope []byte
			for _, m := range s.Metrics {
				scope = message(scope, 2, m.binary())
			}
			one = message(one, 2, scope)
		}
		out = message(out, 1, one)
	}
	return out, nil
}

func message(b []byte, num protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), content)
}

func fixed(b []byte, num protowire.Number, v uint64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, num, protowire.Fixed64Type), v)
}

func varint(b []byte, num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
}

func (a jsonAttribute) binary() []byte {
	var v []byte
	switch {
	case a.Value.StringValue != nil:
		v = message(v, 1, []byte(*a.Value.StringValue))
	case a.Value.BoolValue != nil:
		v = varint(v, 2, protowire.EncodeBool(*a.Value.BoolValue))
	case a.Value.IntValue != nil:
		v = varint(v, 3, a.Value.IntValue.bits())
	case a.Value.DoubleValue != nil:
		v = fixed(v, 4, math.Float64bits(*a.Value.DoubleValue))
	}
	return message(message(nil, 1, []byte(a.Key)), 2, v)
}

func (m jsonMetric) binary() []byte {
	out := message(message(message(nil, 1, []byte(m.Name)), 2, []byte(m.Description)), 3, []byte(m.Unit))
	for num, d := range map[protowire.Number]*jsonData{5: m.Gauge, 7: m.Sum, 9: m.Histogram, 10: m.ExponentialHistogram, 11: m.Summary} {
		if d != nil {
			out = message(out, num, d.binary(num))
		}
	}
	return out
}

func (d jsonData) binary(num protowire.Number) []byte {
	var out []byte
	for _, p := range d.DataPoints {
		out = message(out, 1, p.binary(num))
	}
	if t := strings.Trim(string(d.Temporality), `"`); t == "2" || t == "AGGREGATION_TEMPORALITY_CUMULATIVE" {
		out = varint(out, 2, 2)
	} else if t != "" {
		out = varint(out, 2, 1)
	}
	return varint(out, 3, protowire.EncodeBool(d.IsMonotonic))
}

func (p jsonDataPoint) binary(num protowire.Number) []byte {
	var out []byte
	attributes, flags := protowire.Number(7), protowire.Number(8)
	if num == 9 {
		attributes, flags = 9, 10
	}
	for _, a := range p.Attributes {
		out = message(out, attributes, a.binary())
	}
	out = varint(fixed(out, 3, p.Time.bits()), flags, uint64(p.Flags))
	if num == 9 || num == 11 {
		out = fixed(out, 4, p.Count.bits())
		if p.Sum != nil {
			out = fixed(out, 5, math.Float64bits(float64(*p.Sum)))
		}
		for _, c := range p.BucketCounts {
			out = fixed(out, 6, c.bits())
		}
		for _, b := range p.ExplicitBounds {
			out = fixed(out, 7, math.Float64bits(float64(b)))
		}
		for _, q := range p.Quantiles {
			out = message(out, 6, fixed(fixed(nil, 1, math.Float64bits(float64(q.Quantile))), 2, math.Float64bits(float64(q.Value))))
		}
		return out
	}
	switch {
	case p.AsDouble != nil:
		out = fixed(out, 4, math.Float64bits(float64(*p.AsDouble)))
	case p.AsInt != nil:
		out = fixed(out, 6, p.AsInt.bits())
	}
	return out
}
