// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"mainstay/kit/ids"
	"mainstay/kit/series"
)

const (
	writePath = "/prometheus/api/v1/write"
	v2Kind    = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
)

func pb(t *testing.T, m interface{ Marshal() ([]byte, error) }) []byte {
	t.Helper()
	b, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return snappy.Encode(nil, b)
}

func lbls(pairs ...string) (out []prompb.Label) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, prompb.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// kept lists what is in the store.
func (s *server) kept(m ...*series.Matcher) string {
	s.t.Helper()
	var text strings.Builder
	if err := s.store.Select(context.Background(), series.Everything(), m, time.Now().Add(-24*time.Hour), time.Now().Add(time.Hour), func(l series.Line) error {
		fmt.Fprint(&text, l.Labels)
		for _, p := range l.Points {
			fmt.Fprintf(&text, " %g", p.V)
		}
		text.WriteString("\n")
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
	return text.String()
}

// TestDeviceOfAnother: nobody writes what is read as another client's device. What only looks like a device is taken.
func TestDeviceOfAnother(t *testing.T) {
	s := serve(t)
	write := func(token string, pairs ...string) (int, string) {
		req := &prompb.WriteRequest{Timeseries: []prompb.TimeSeries{{Labels: lbls(append(pairs, "__name__", "up")...), Samples: []prompb.Sample{{Timestamp: time.Now().UnixMilli(), Value: 1}}}}}
		return s.send(token, "POST", writePath, "application/x-protobuf", "snappy", pb(t, req))
	}
	one, all := s.both(mine), s.both()
	for _, x := range []struct {
		name  string
		token string
		pairs []string
		want  int
	}{
		{"another client's", one, []string{"device", theirDevice.String()}, http.StatusBadRequest},
		{"another client's in capitals", one, []string{"device", strings.ToUpper(theirDevice.String())}, http.StatusBadRequest},
		{"another client's, and says so", one, []string{"device", theirDevice.String(), "client", theirs.String()}, http.StatusBadRequest},
		{"without a client, by the firm", all, []string{"device", theirDevice.String()}, http.StatusBadRequest},
		{"as another client's, by the firm", all, []string{"device", theirDevice.String(), "client", mine.String()}, http.StatusBadRequest},
		{"its own", one, []string{"device", myDevice.String()}, http.StatusNoContent},
		{"a disk", one, []string{"device", "sda"}, http.StatusNoContent},
		{"an id of nothing", one, []string{"device", ids.ID(7_003).String()}, http.StatusNoContent},
		{"the firm for a client", all, []string{"device", theirDevice.String(), "client", theirs.String()}, http.StatusNoContent},
	} {
		if code, body := write(x.token, x.pairs...); code != x.want {
			t.Errorf("%s: %d %s", x.name, code, body)
		}
	}
	if got := s.kept(series.Is("device", theirDevice.String())); strings.Count(got, "\n") != 1 || !strings.Contains(got, `client="`+theirs.String()) {
		t.Errorf("kept of the other client's device: %s", got)
	}
}

func TestRemoteWrite(t *testing.T) {
	s := serve(t)
	all := s.both()
	now := time.Now().UnixMilli()
	v1 := &prompb.WriteRequest{
		Timeseries: []prompb.TimeSeries{
			{Labels: lbls("__name__", "one", "client", "c1"), Samples: []prompb.Sample{{Timestamp: now - 1000, Value: 1}, {Timestamp: now, Value: 2}}},
			{Labels: lbls("z", "1", "__name__", "unsorted", "a", ""), Samples: []prompb.Sample{{Timestamp: now, Value: 3}}},
		},
		Metadata: []prompb.MetricMetadata{{Type: prompb.MetricMetadata_COUNTER, MetricFamilyName: "one", Help: "First.", Unit: "things"}},
	}
	for range 2 { // what is sent again has no effect
		if code, body := s.send(all, "POST", writePath, "application/x-protobuf", "snappy", pb(t, v1)); code != http.StatusNoContent {
			t.Fatalf("1.0: %d %s", code, body)
		}
	}
	if got := s.kept(series.IsNot("__name__", "")); got != "{__name__=\"one\", client=\"c1\"} 1 2\n{__name__=\"unsorted\", z=\"1\"} 3\n" {
		t.Errorf("1.0 kept %s", got)
	}
	if code, body := s.call(all, "GET", "/prometheus/api/v1/metadata", url.Values{"metric": {"one"}}); code != 200 || !strings.Contains(body, `{"one":[{"type":"counter","help":"First.","unit":"things"}]}`) {
		t.Errorf("metadata %d %s", code, body)
	}
	v2 := &writev2.Request{
		Symbols: []string{"", "__name__", "two", "client", "c1", "Second."},
		Timeseries: []writev2.TimeSeries{{
			LabelsRefs: []uint32{1, 2, 3, 4}, Samples: []writev2.Sample{{Timestamp: now, Value: 4}, {Timestamp: now + 1, Value: 5}},
			Metadata: writev2.Metadata{Type: writev2.Metadata_METRIC_TYPE_GAUGE, HelpRef: 5},
		}},
	}
	code, body := s.send(all, "POST", writePath, v2Kind, "snappy", pb(t, v2))
	if code != http.StatusNoContent {
		t.Fatalf("2.0: %d %s", code, body)
	}
	if got := s.kept(series.Is("__name__", "two")); got != "{__name__=\"two\", client=\"c1\"} 4 5\n" {
		t.Errorf("2.0 kept %s", got)
	}
	// What cannot be taken is told, and the rest is kept.
	part := &prompb.WriteRequest{Timeseries: []prompb.TimeSeries{
		{Labels: lbls("a", "no name"), Samples: []prompb.Sample{{Timestamp: now, Value: 1}}},
		{Labels: lbls("__name__", "old"), Samples: []prompb.Sample{{Timestamp: now - 100*3600_000, Value: 1}}},
		{Labels: lbls("__name__", "hist"), Histograms: []prompb.Histogram{{Timestamp: now, Sum: 1}}},
		{Labels: lbls("__name__", "good"), Samples: []prompb.Sample{{Timestamp: now, Value: 1}}},
	}}
	code, body = s.send(all, "POST", writePath, "application/x-protobuf", "snappy", pb(t, part))
	if code != http.StatusBadRequest || !strings.Contains(body, "3 of 4 samples were not taken") {
		t.Errorf("in part: %d %s", code, body)
	}
	if got := s.kept(series.OneOf("__name__", "old", "hist", "good")); got != "{__name__=\"good\"} 1\n" {
		t.Errorf("in part kept %s", got)
	}
}

// A token for one client writes as that client, one for several only for these.
func TestWritingAsAClient(t *testing.T) {
	s := serve(t)
	now := time.Now().UnixMilli()
	write := func(token string, ls []prompb.Label) (int, string) {
		return s.send(token, "POST", writePath, "application/x-protobuf", "snappy", pb(t, &prompb.WriteRequest{Timeseries: []prompb.TimeSeries{{Labels: ls, Samples: []prompb.Sample{{Timestamp: now, Value: 1}}}}}))
	}
	one, two := s.both(mine), s.both(mine, ids.ID(9))
	for _, ls := range [][]prompb.Label{lbls("__name__", "a"), lbls("__name__", "b", "client", theirs.String()), lbls("client", "", "__name__", "c")} {
		if code, body := write(one, ls); code != http.StatusNoContent {
			t.Errorf("%v: %d %s", ls, code, body)
		}
	}
	if code, body := write(one, lbls("__name__", "d", "client", "x", "client", theirs.String())); code != http.StatusBadRequest || !strings.Contains(body, "twice") {
		t.Errorf("two clients in a series: %d %s", code, body)
	}
	for _, client := range []string{"", theirs.String(), mine.String() + " "} {
		if code, body := write(two, lbls("__name__", "e", "client", client)); code != http.StatusBadRequest || !strings.Contains(body, "whose series") {
			t.Errorf("a token for two as %q: %d %s", client, code, body)
		}
	}
	if code, body := write(two, lbls("__name__", "f", "client", mine.String())); code != http.StatusNoContent {
		t.Errorf("a token for two as one of them: %d %s", code, body)
	}
	want := ""
	for _, n := range []string{"a", "b", "c", "f"} {
		want += fmt.Sprintf("{__name__=%q, client=%q} 1\n", n, mine)
	}
	if got := s.kept(series.IsNot("__name__", "")); got != want {
		t.Errorf("kept %s, want %s", got, want)
	}
	metric := &metricspb.MetricsData{ResourceMetrics: []*metricspb.ResourceMetrics{{
		Resource:     &resourcepb.Resource{Attributes: []*commonpb.KeyValue{text("client", theirs.String()), text("service.name", "s")}},
		ScopeMetrics: []*metricspb.ScopeMetrics{{Metrics: []*metricspb.Metric{{Name: "g", Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: []*metricspb.NumberDataPoint{{TimeUnixNano: uint64(now) * 1e6, Value: &metricspb.NumberDataPoint_AsInt{AsInt: 1}, Attributes: []*commonpb.KeyValue{text("client", theirs.String())}}}}}}}}},
	}}}
	b, err := proto.Marshal(metric)
	if err != nil {
		t.Fatal(err)
	}
	if code, body := s.send(one, "POST", "/v1/metrics", "application/x-protobuf", "", b); code != 200 || body != "" {
		t.Errorf("otlp: %d %q", code, body)
	}
	if got := s.kept(series.Is("__name__", "g")); got != fmt.Sprintf("{__name__=\"g\", client=%q, job=\"s\"} 1\n", mine) {
		t.Errorf("otlp kept %s", got)
	}
}

func text(k, v string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}}
}

func otlpExample(now int64) *metricspb.MetricsData {
	ns := uint64(now) * 1e6
	sum := 12.5
	return &metricspb.MetricsData{ResourceMetrics: []*metricspb.ResourceMetrics{{
		Resource: &resourcepb.Resource{Attributes: []*commonpb.KeyValue{text("service.name", "shop"), text("service.namespace", "web"), text("service.instance.id", "i1"), text("host.name", "h1")}},
		ScopeMetrics: []*metricspb.ScopeMetrics{{Metrics: []*metricspb.Metric{
			{Name: "http.server.requests", Unit: "{request}", Data: &metricspb.Metric_Sum{Sum: &metricspb.Sum{IsMonotonic: true, AggregationTemporality: metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE, DataPoints: []*metricspb.NumberDataPoint{
				{TimeUnixNano: ns, Value: &metricspb.NumberDataPoint_AsInt{AsInt: 7}, Attributes: []*commonpb.KeyValue{text("http.method", "GET")}},
			}}}},
			{Name: "memory.usage", Unit: "By", Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: []*metricspb.NumberDataPoint{{TimeUnixNano: ns, Value: &metricspb.NumberDataPoint_AsDouble{AsDouble: 1.5}}, {TimeUnixNano: ns, Flags: 1}}}}},
			{Name: "latency", Unit: "s", Data: &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{AggregationTemporality: metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE, DataPoints: []*metricspb.HistogramDataPoint{
				{TimeUnixNano: ns, Count: 6, Sum: &sum, BucketCounts: []uint64{1, 2, 3}, ExplicitBounds: []float64{0.1, 1}},
			}}}},
			{Name: "q", Data: &metricspb.Metric_Summary{Summary: &metricspb.Summary{DataPoints: []*metricspb.SummaryDataPoint{
				{TimeUnixNano: ns, Count: 2, Sum: 3, QuantileValues: []*metricspb.SummaryDataPoint_ValueAtQuantile{{Quantile: 0.5, Value: 1}}},
			}}}},
			{Name: "delta", Data: &metricspb.Metric_Sum{Sum: &metricspb.Sum{AggregationTemporality: metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA, DataPoints: []*metricspb.NumberDataPoint{{TimeUnixNano: ns}}}}},
			{Name: "exponential", Data: &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{DataPoints: []*metricspb.ExponentialHistogramDataPoint{{TimeUnixNano: ns}}}}},
		}}},
	}}}
}

func TestOTLP(t *testing.T) {
	now := time.Now().UnixMilli()
	const want = `{__name__="http_server_requests_total", http_method="GET", instance="i1", job="web/shop"} 7
{__name__="latency_seconds_bucket", instance="i1", job="web/shop", le="+Inf"} 6
{__name__="latency_seconds_bucket", instance="i1", job="web/shop", le="0.1"} 1
{__name__="latency_seconds_bucket", instance="i1", job="web/shop", le="1"} 3
{__name__="latency_seconds_count", instance="i1", job="web/shop"} 6
{__name__="latency_seconds_sum", instance="i1", job="web/shop"} 12.5
{__name__="memory_usage_bytes", instance="i1", job="web/shop"} 1.5
{__name__="q", instance="i1", job="web/shop", quantile="0.5"} 1
{__name__="q_count", instance="i1", job="web/shop"} 2
{__name__="q_sum", instance="i1", job="web/shop"} 3
{__name__="target_info", host_name="h1", instance="i1", job="web/shop"} 1
`
	binaryBody, err := proto.Marshal(otlpExample(now))
	if err != nil {
		t.Fatal(err)
	}
	jsonBody, err := protojson.Marshal(otlpExample(now))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(binaryBody)
	_ = z.Close()
	for _, c := range []struct {
		kind, encoding string
		body           []byte
	}{{"application/x-protobuf", "", binaryBody}, {"application/x-protobuf", "gzip", packed.Bytes()}, {"application/json", "", jsonBody}} {
		s := serve(t)
		code, body := s.send(s.both(), "POST", "/prometheus/api/v1/otlp/v1/metrics", c.kind, c.encoding, c.body)
		if code != 200 || !strings.Contains(body, "2 of 13 samples were not taken") {
			t.Errorf("%s: %d %q", c.kind, code, body)
		}
		if got := s.kept(series.IsNot("__name__", "")); got != want {
			t.Errorf("%s kept\n%s", c.kind, got)
		}
	}
}

// Bodies that are broken, huge or unfold to something huge are refused in words, without harm.
func TestHostileBodies(t *testing.T) {
	s := serve(t)
	all := s.both()
	bomb := binary.AppendUvarint(nil, 1<<31) // says that it unfolds to two gigabytes
	manySeries := snappy.Encode(nil, bytes.Repeat([]byte{0x0a, 0x00}, 100_000))
	manyLabels := snappy.Encode(nil, append([]byte{0x0a, 0x80, 0x90, 0x02}, bytes.Repeat([]byte{0x0a, 0x00}, 17_408)...))
	manySamples := func() []byte {
		one := append([]byte{0x0a, 0x0d, 0x0a, 0x08, '_', '_', 'n', 'a', 'm', 'e', '_', '_', 0x12, 0x01, 'x'}, bytes.Repeat([]byte{0x12, 0x00}, 300_000)...)
		return snappy.Encode(nil, append(binary.AppendUvarint([]byte{0x0a}, uint64(len(one))), one...))
	}()
	var zeros bytes.Buffer
	z := gzip.NewWriter(&zeros)
	for range 100 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
	for name, c := range map[string]struct {
		path, kind, encoding string
		body                 []byte
		code                 int
		want                 string
	}{
		"not snappy":        {writePath, "application/x-protobuf", "snappy", []byte("hello, this is no snappy"), 400, "snappy"},
		"bomb":              {writePath, "application/x-protobuf", "snappy", bomb, 400, "larger than"},
		"not protobuf":      {writePath, "application/x-protobuf", "snappy", snappy.Encode(nil, []byte("\xff\xff\xff")), 400, "not the message"},
		"many series":       {writePath, "application/x-protobuf", "snappy", manySeries, 400, "at most 50000 series"},
		"many labels":       {writePath, "application/x-protobuf", "snappy", manyLabels, 400, "more than 100 labels"},
		"many samples":      {writePath, "application/x-protobuf", "snappy", manySamples, 400, "at most 250000 samples"},
		"symbols out":       {writePath, v2Kind, "snappy", snappy.Encode(nil, []byte{0x2a, 0x04, 0x0a, 0x02, 0x05, 0x06}), 400, "among the symbols"},
		"group":             {writePath, "application/x-protobuf", "snappy", snappy.Encode(nil, []byte{0x0b, 0x0c}), 400, "not the message"},
		"other kind":        {writePath, "text/plain", "snappy", nil, 415, "application/x-protobuf"},
		"not packed":        {writePath, "application/x-protobuf", "", nil, 415, "snappy"},
		"other version":     {writePath, "application/x-protobuf;proto=io.prometheus.write.v9.Request", "snappy", nil, 415, "2.0"},
		"huge":              {writePath, "application/x-protobuf", "snappy", make([]byte, 11<<20), 400, "larger than"},
		"gzip bomb":         {"/v1/metrics", "application/x-protobuf", "gzip", zeros.Bytes(), 400, "larger than"},
		"otlp json":         {"/v1/metrics", "application/json", "", []byte(`{"resourceMetrics": 7}`), 400, "not the message"},
		"otlp":              {"/v1/metrics", "application/x-protobuf", "", []byte{0x0a, 0xff}, 400, "not the message"},
		"otlp zstd":         {"/v1/metrics", "application/x-protobuf", "zstd", []byte{0x0a}, 400, "gzip"},
		"read":              {"/prometheus/api/v1/read", "application/x-protobuf", "snappy", snappy.Encode(nil, []byte{0x0a, 0xff}), 400, "not the message"},
		"read of nothing":   {"/prometheus/api/v1/read", "application/x-protobuf", "snappy", snappy.Encode(nil, []byte{0x0a, 0x00}), 400, "names no series"},
		"a form too large":  {"/prometheus/api/v1/query", "application/x-www-form-urlencoded", "", make([]byte, 2<<20), 400, "larger than a megabyte"},
		"a question of 20K": {"/prometheus/api/v1/query", "application/x-www-form-urlencoded", "", []byte("query=" + strings.Repeat("(", 20<<10)), 400, "longer than"},
	} {
		code, body := s.send(all, "POST", c.path, c.kind, c.encoding, c.body)
		if code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %.200s, want %d %s", name, code, body, c.code, c.want)
		}
	}
	if got := s.kept(series.IsNot("__name__", "")); strings.Count(got, "\n") > 1 { // the samples at instant 0 are too old
		t.Errorf("kept %s", got)
	}
}

func TestRemoteRead(t *testing.T) {
	s := serve(t)
	now := s.put(300)
	ask := func(token string, kinds ...prompb.ReadRequest_ResponseType) (int, string) {
		t.Helper()
		return s.send(token, "POST", "/prometheus/api/v1/read", "application/x-protobuf", "snappy", pb(t, &prompb.ReadRequest{
			AcceptedResponseTypes: kinds,
			Queries: []*prompb.Query{{
				StartTimestampMs: now.Add(-250 * time.Minute).UnixMilli(), EndTimestampMs: now.UnixMilli(),
				Matchers: []*prompb.LabelMatcher{{Type: prompb.LabelMatcher_RE, Name: "__name__", Value: "system.+"}, {Type: prompb.LabelMatcher_NEQ, Name: "client", Value: "x"}},
			}},
		}))
	}
	code, body := ask(s.both())
	if code != 200 {
		t.Fatalf("%d %s", code, body)
	}
	b, err := snappy.Decode(nil, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var samples prompb.ReadResponse
	if err := samples.Unmarshal(b); err != nil {
		t.Fatal(err)
	}
	if len(samples.Results) != 1 || len(samples.Results[0].Timeseries) != 2 {
		t.Fatalf("%+v", samples.Results)
	}
	for i, ts := range samples.Results[0].Timeseries {
		last := ts.Samples[len(ts.Samples)-1]
		if len(ts.Samples) != 251 || last.Timestamp != now.UnixMilli() || last.Value != 299+float64(7+i)*1000 {
			t.Errorf("%v: %d samples, the last %+v", ts.Labels, len(ts.Samples), last)
		}
	}
	code, body = ask(s.both(mine), prompb.ReadRequest_STREAMED_XOR_CHUNKS, prompb.ReadRequest_SAMPLES)
	if code != 200 || strings.Contains(body, theirs.String()) {
		t.Fatalf("%d, streamed to one client", code)
	}
	n, frame := binary.Uvarint([]byte(body))
	var streamed prompb.ChunkedReadResponse
	if err := streamed.Unmarshal([]byte(body)[frame+4 : frame+4+int(n)]); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, c := range streamed.ChunkedSeries[0].Chunks {
		chunk, err := chunkenc.FromData(chunkenc.EncXOR, c.Data)
		if err != nil {
			t.Fatal(err)
		}
		for it := chunk.Iterator(nil); it.Next() != chunkenc.ValNone; count++ {
		}
	}
	if len(streamed.ChunkedSeries) != 1 || count != 251 || len(streamed.ChunkedSeries[0].Chunks) != 3 {
		t.Errorf("streamed %d series, %d samples", len(streamed.ChunkedSeries), count)
	}
}
