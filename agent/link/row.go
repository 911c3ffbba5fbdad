// SPDX-License-Identifier: Apache-2.0

package link

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"mainstay/kit/wire"
)

// row is what waits in the spool: one reading of all metrics, the result of one check or the observation of one probe, with when it was
// made by the server's time as far as that was known, and by the machine's uptime.
type row struct {
	synced bool
	boot   string
	uptime time.Duration
	at     int64 // microseconds since 1970 UTC

	dictionary wire.DictionaryID // of metrics
	values     []float64
	result     *wire.Result // of a check
	observed   *wire.Observation
	packed     int // bytes of it in the spool
}

const (
	rowMetrics byte = 'M'
	rowCheck   byte = 'C'
	rowProbe   byte = 'P'
)

var errRow = errors.New("not a row of ours")

// mark says what kind of row it is.
func (r *row) mark() byte {
	switch {
	case r.result != nil:
		return rowCheck
	case r.observed != nil:
		return rowProbe
	}
	return rowMetrics
}

// encode returns the row as the spool keeps it: mark, whether the time is the server's, run of the machine, uptime, instant, content.
func (r *row) encode(out []byte) ([]byte, error) {
	out = append(out, r.mark(), 0)
	if r.synced {
		out[len(out)-1] = 1
	}
	out = append(out, byte(len(r.boot)))
	out = append(out, r.boot...)
	out = binary.AppendVarint(out, int64(r.uptime))
	out = binary.AppendVarint(out, r.at)
	if r.result != nil {
		b, err := json.Marshal(r.result)
		return append(out, b...), err
	}
	if r.observed != nil {
		b, err := (&wire.Observations{List: []wire.Observation{*r.observed}}).Pack()
		return append(out, b...), err
	}
	return wire.AppendBatch(out, &wire.Batch{Dictionary: r.dictionary, Times: []int64{max(r.at/1000, 1)}, Values: [][]float64{r.values}}), nil
}

func decodeRow(data []byte) (*row, error) {
	if len(data) < 3 || len(data) < 3+int(data[2]) {
		return nil, errRow
	}
	mark := data[0]
	r := &row{synced: data[1] == 1, boot: string(data[3 : 3+data[2]])}
	data = data[3+data[2]:]
	up, n := binary.Varint(data)
	if n <= 0 {
		return nil, errRow
	}
	r.uptime = time.Duration(up)
	data = data[n:]
	if r.at, n = binary.Varint(data); n <= 0 {
		return nil, errRow
	}
	data = data[n:]
	switch mark {
	case rowMetrics:
		var b wire.Batch
		if err := b.Decode(data); err != nil || len(b.Values) != 1 {
			return nil, errRow
		}
		r.dictionary, r.values = b.Dictionary, b.Values[0]
	case rowCheck:
		r.result = new(wire.Result)
		if err := json.Unmarshal(data, r.result); err != nil {
			return nil, errRow
		}
	case rowProbe:
		o, err := wire.UnpackObservations(data)
		if err != nil || len(o.List) != 1 {
			return nil, errRow
		}
		r.observed, r.packed = &o.List[0], len(data)
	default:
		return nil, errRow
	}
	return r, nil
}

// settle gives the row its instant by the server's time. What was read before that was known, in this run of the machine, is
// placed by the anchor, always the same; of an earlier run nothing better is known than what the machine's clock said.
func (r *row) settle(c *Clock) {
	if r.synced {
		return
	}
	if at, ok := c.Place(r.boot, r.uptime); ok {
		r.at, r.synced = at, true
	}
}
