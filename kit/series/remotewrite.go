// SPDX-License-Identifier: Apache-2.0

package series

import (
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of a remote write 1.0 request (prometheus.WriteRequest), see prometheus.io/docs/specs/prw/remote_write_spec.
const (
	requestSeries = 1
	seriesLabel   = 1
	seriesSample  = 2
	labelName     = 1
	labelValue    = 2
	sampleValue   = 1
	sampleAt      = 2
)

// encodeWrite writes samples as a remote write request. Samples of one series stand together, in the order given.
func encodeWrite(samples []sample) []byte {
	var order []*Series
	bySeries := map[*Series][]sample{}
	for _, s := range samples {
		if _, ok := bySeries[s.series]; !ok {
			order = append(order, s.series)
		}
		bySeries[s.series] = append(bySeries[s.series], s)
	}
	var out, one, part []byte
	for _, h := range order {
		one = one[:0]
		h.labels.Range(func(l labels.Label) {
			part = protowire.AppendTag(part[:0], labelName, protowire.BytesType)
			part = protowire.AppendString(part, l.Name)
			part = protowire.AppendTag(part, labelValue, protowire.BytesType)
			part = protowire.AppendString(part, l.Value)
			one = protowire.AppendTag(one, seriesLabel, protowire.BytesType)
			one = protowire.AppendBytes(one, part)
		})
		for _, s := range bySeries[h] {
			part = protowire.AppendTag(part[:0], sampleValue, protowire.Fixed64Type)
			part = protowire.AppendFixed64(part, math.Float64bits(s.v))
			part = protowire.AppendTag(part, sampleAt, protowire.VarintType)
			part = protowire.AppendVarint(part, uint64(s.at))
			one = protowire.AppendTag(one, seriesSample, protowire.BytesType)
			one = protowire.AppendBytes(one, part)
		}
		out = protowire.AppendTag(out, requestSeries, protowire.BytesType)
		out = protowire.AppendBytes(out, one)
	}
	return out
}
