// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/otlptranslator"
	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/kit/fault"
	"mainstay/kit/series"
)

// otlpIntake reads an ExportMetricsServiceRequest (opentelemetry/proto/metrics/v1) into series as the specification of
// OpenTelemetry maps them to Prometheus: names with units, job and instance from the resource, which stands once more as
// target_info.
type otlpIntake struct {
	*intake
	known    *metadata
	ctx      context.Context //nolint:containedctx // lives as long as the request
	resource []pair          // job, instance
	target   []pair          // everything else of the resource
	newest   int64           // milliseconds, of the resource's samples
}

type pair struct{ name, value string }

const maxAttributes = 128

// request walks the resources.
func (in *otlpIntake) request(body []byte) error {
	return fields(body, func(f field) error {
		if !f.message(1) {
			return nil
		}
		in.resource, in.target, in.newest = nil, nil, 0
		if err := fields(f.bytes, func(f field) error { // the resource, wherever it stands
			if !f.message(1) {
				return nil
			}
			attributes, err := attributesOf(f.bytes, 1)
			in.describe(attributes)
			return err
		}); err != nil {
			return err
		}
		if err := fields(f.bytes, func(f field) error {
			if !f.message(2) {
				return nil
			}
			return fields(f.bytes, func(f field) error { // of a scope
				if !f.message(2) {
					return nil
				}
				return in.metric(f.bytes)
			})
		}); err != nil {
			return err
		}
		if len(in.target) > 0 && len(in.resource) > 0 && in.newest > 0 {
			return in.sample("target_info", in.target, nil, in.newest, 1)
		}
		return nil
	})
}

// describe divides what is said of a resource.
func (in *otlpIntake) describe(attributes []pair) {
	var namespace, service, instance string
	for _, a := range attributes {
		switch a.name {
		case "service.namespace":
			namespace = a.value
		case "service.name":
			service = a.value
		case "service.instance.id":
			instance = a.value
		case series.ClientLabel, series.DeviceLabel:
			in.resource = append(in.resource, a) // on every series: whose it is
		default:
			in.target = append(in.target, a)
		}
	}
	if service != "" {
		if namespace != "" {
			service = namespace + "/" + service
		}
		in.resource = append(in.resource, pair{"job", service})
	}
	if instance != "" {
		in.resource = append(in.resource, pair{"instance", instance})
	}
}

// attributesOf reads the fields number num of a message as attributes.
func attributesOf(b []byte, num protowire.Number) (out []pair, err error) {
	err = fields(b, func(f field) error {
		if !f.message(num) {
			return nil
		}
		if len(out) >= maxAttributes {
			return fault.NewInvalid("A resource or point has more than %d attributes.", maxAttributes)
		}
		var p pair
		err := fields(f.bytes, func(f field) error {
			switch {
			case f.message(1):
				p.name = string(f.bytes)
			case f.message(2):
				var err error
				p.value, err = anyValue(f.bytes)
				return err
			}
			return nil
		})
		out = append(out, p)
		return err
	})
	return out, err
}

// anyValue is an attribute's value as text. Lists and maps have none here.
func anyValue(b []byte) (text string, err error) {
	err = fields(b, func(f field) error {
		switch {
		case f.message(1):
			text = string(f.bytes)
		case f.num == 2 && f.typ == protowire.VarintType:
			text = strconv.FormatBool(f.n != 0)
		case f.num == 3 && f.typ == protowire.VarintType:
			text = strconv.FormatInt(f.whole(), 10)
		case f.num == 4 && f.typ == protowire.Fixed64Type:
			text = strconv.FormatFloat(f.float(), 'g', -1, 64)
		case f.message(7):
			text = base64.StdEncoding.EncodeToString(f.bytes)
		}
		return nil
	})
	return text, err
}

// metric reads one metric: its name first, wherever it stands.
func (in *otlpIntake) metric(b []byte) error {
	m := otlptranslator.Metric{Type: otlptranslator.MetricTypeUnknown}
	a := about{Type: "unknown"}
	var data field
	err := fields(b, func(f field) error {
		switch {
		case f.message(1):
			m.Name = string(f.bytes)
		case f.message(2):
			a.Help = string(f.bytes)
		case f.message(3):
			m.Unit = string(f.bytes)
		case f.typ == protowire.BytesType && f.num >= 5 && f.num <= 11:
			data = f
		}
		return nil
	})
	if err != nil || data.bytes == nil {
		return err
	}
	points, temporality, monotonic, err := dataOf(data.bytes)
	if err != nil {
		return err
	}
	switch data.num {
	case 5:
		m.Type, a.Type = otlptranslator.MetricTypeGauge, "gauge"
	case 7:
		m.Type, a.Type = otlptranslator.MetricTypeNonMonotonicCounter, "gauge"
		if monotonic {
			m.Type, a.Type = otlptranslator.MetricTypeMonotonicCounter, "counter"
		}
	case 9:
		m.Type, a.Type = otlptranslator.MetricTypeHistogram, "histogram"
	case 11:
		m.Type, a.Type = otlptranslator.MetricTypeSummary, "summary"
	default:
		in.refuse(len(points), fault.NewInvalid("Exponential histograms are not kept. Send explicit ones, with buckets."))
		return nil
	}
	if (data.num == 7 || data.num == 9) && temporality != 2 {
		in.refuse(len(points), fault.NewInvalid("Only cumulative sums and histograms are kept. Set the exporter's temporality to cumulative."))
		return nil
	}
	if len(m.Name) > 512 || len(m.Unit) > 64 {
		in.refuse(len(points), fault.NewInvalid("A metric's name is longer than 512 bytes, or its unit than 64."))
		return nil
	}
	namer := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	name, err := namer.Build(m)
	if err != nil {
		in.refuse(len(points), fault.NewInvalid("A metric has a name that says nothing.").Because(err))
		return nil
	}
	in.known.learn(name, a)
	for _, p := range points {
		switch data.num {
		case 9:
			err = in.histogram(name, p)
		case 11:
			err = in.summary(name, p)
		default:
			err = in.numberPoint(name, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dataOf reads the points of a gauge, sum, histogram or summary and how its values count.
func dataOf(b []byte) (points [][]byte, temporality uint64, monotonic bool, err error) {
	err = fields(b, func(f field) error {
		switch {
		case f.message(1):
			if len(points) >= maxSamples {
				return fault.NewInvalid("A request may have at most %d samples. Send less at once.", maxSamples)
			}
			points = append(points, f.bytes)
		case f.num == 2 && f.typ == protowire.VarintType:
			temporality = f.n
		case f.num == 3 && f.typ == protowire.VarintType:
			monotonic = f.n != 0
		}
		return nil
	})
	return points, temporality, monotonic, err
}

// noValue is the flag of a point that says only that there is none.
const noValue = 1

// numberPoint reads a NumberDataPoint.
func (in *otlpIntake) numberPoint(name string, b []byte) error {
	attributes, err := attributesOf(b, 7)
	if err != nil {
		return err
	}
	var v float64
	var at int64
	var flags uint64
	err = fields(b, func(f field) error {
		switch {
		case f.num == 3 && f.typ == protowire.Fixed64Type:
			at = millis(f.n)
		case f.num == 4 && f.typ == protowire.Fixed64Type:
			v = f.float()
		case f.num == 6 && f.typ == protowire.Fixed64Type:
			v = float64(f.whole())
		case f.num == 8 && f.typ == protowire.VarintType:
			flags = f.n
		}
		return nil
	})
	if err != nil || flags&noValue != 0 {
		return err
	}
	return in.sample(name, attributes, nil, at, v)
}

// histogram reads a HistogramDataPoint into buckets that count from below.
func (in *otlpIntake) histogram(name string, b []byte) error {
	attributes, err := attributesOf(b, 9)
	if err != nil {
		return err
	}
	var at int64
	var count, flags uint64
	var sum float64
	var hasSum bool
	var counts, bounds []uint64
	err = fields(b, func(f field) error {
		switch {
		case f.num == 3 && f.typ == protowire.Fixed64Type:
			at = millis(f.n)
		case f.num == 4 && f.typ == protowire.Fixed64Type:
			count = f.n
		case f.num == 5 && f.typ == protowire.Fixed64Type:
			sum, hasSum = f.float(), true
		case f.num == 6:
			return fixedList(f, &counts)
		case f.num == 7:
			return fixedList(f, &bounds)
		case f.num == 10 && f.typ == protowire.VarintType:
			flags = f.n
		}
		return nil
	})
	if err != nil || flags&noValue != 0 {
		return err
	}
	if len(counts) > 0 && len(counts) != len(bounds)+1 {
		in.refuse(1, fault.NewInvalid("A histogram has not one bucket more than bounds."))
		return nil
	}
	if len(counts) == 0 {
		bounds = nil
	}
	below := uint64(0)
	for i, bound := range bounds {
		below += counts[i]
		le := strconv.FormatFloat(math.Float64frombits(bound), 'g', -1, 64)
		if err := in.sample(name+"_bucket", attributes, []pair{{"le", le}}, at, float64(below)); err != nil {
			return err
		}
	}
	if err := in.sample(name+"_bucket", attributes, []pair{{"le", "+Inf"}}, at, float64(count)); err != nil {
		return err
	}
	if hasSum {
		if err := in.sample(name+"_sum", attributes, nil, at, sum); err != nil {
			return err
		}
	}
	return in.sample(name+"_count", attributes, nil, at, float64(count))
}

// maxBuckets is how many buckets or quantiles a point may have.
const maxBuckets = 1000

// fixedList reads a list of 64-bit numbers, packed or one by one.
func fixedList(f field, list *[]uint64) error {
	if f.typ == protowire.Fixed64Type {
		*list = append(*list, f.n)
	}
	b := f.bytes
	for f.typ == protowire.BytesType && len(b) > 0 {
		v, n := protowire.ConsumeFixed64(b)
		if n < 0 {
			return broken()
		}
		*list, b = append(*list, v), b[n:]
		if len(*list) > maxBuckets {
			break
		}
	}
	if len(*list) > maxBuckets {
		return fault.NewInvalid("A histogram has more than %d buckets.", maxBuckets)
	}
	return nil
}

// summary reads a SummaryDataPoint.
func (in *otlpIntake) summary(name string, b []byte) error {
	attributes, err := attributesOf(b, 7)
	if err != nil {
		return err
	}
	var at int64
	var count, flags uint64
	var sum float64
	type quantile struct{ q, v float64 }
	var quantiles []quantile
	err = fields(b, func(f field) error {
		switch {
		case f.num == 3 && f.typ == protowire.Fixed64Type:
			at = millis(f.n)
		case f.num == 4 && f.typ == protowire.Fixed64Type:
			count = f.n
		case f.num == 5 && f.typ == protowire.Fixed64Type:
			sum = f.float()
		case f.num == 8 && f.typ == protowire.VarintType:
			flags = f.n
		case f.message(6):
			if len(quantiles) >= maxBuckets {
				return fault.NewInvalid("A summary has more than %d quantiles.", maxBuckets)
			}
			var q quantile
			err := fields(f.bytes, func(f field) error {
				switch {
				case f.num == 1 && f.typ == protowire.Fixed64Type:
					q.q = f.float()
				case f.num == 2 && f.typ == protowire.Fixed64Type:
					q.v = f.float()
				}
				return nil
			})
			quantiles = append(quantiles, q)
			return err
		}
		return nil
	})
	if err != nil || flags&noValue != 0 {
		return err
	}
	for _, q := range quantiles {
		if err := in.sample(name, attributes, []pair{{"quantile", strconv.FormatFloat(q.q, 'g', -1, 64)}}, at, q.v); err != nil {
			return err
		}
	}
	if err := in.sample(name+"_sum", attributes, nil, at, sum); err != nil {
		return err
	}
	return in.sample(name+"_count", attributes, nil, at, float64(count))
}

// sample takes one value: attributes as labels, names that fall together with their values joined, and what the resource
// and the kind of point add.
func (in *otlpIntake) sample(name string, attributes, extra []pair, at int64, v float64) error {
	namer := otlptranslator.LabelNamer{}
	values := map[string]string{}
	for _, a := range attributes {
		label, err := namer.Build(a.name)
		if err != nil || len(a.name) > series.MaxLabelName || strings.HasPrefix(label, "__") || a.value == "" {
			continue // says nothing
		}
		if before, ok := values[label]; ok {
			values[label] = before + ";" + a.value
		} else {
			values[label] = a.value
		}
	}
	for _, p := range in.resource {
		values[p.name] = p.value
	}
	for _, p := range extra {
		values[p.name] = p.value
	}
	in.build.Reset()
	in.build.Add(series.NameLabel, name)
	for n, value := range values {
		in.build.Add(n, value)
	}
	s, err := in.begin()
	if err != nil {
		return err
	}
	in.newest = max(in.newest, at)
	return in.add(in.ctx, s, at, v)
}

// millis turns nanoseconds since 1970 into milliseconds.
func millis(ns uint64) int64 { return int64(ns / uint64(time.Millisecond)) }
