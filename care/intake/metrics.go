// SPDX-License-Identifier: Apache-2.0

package intake

import (
	"context"
	"math"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/hub"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// How metrics are committed together: as many as come within a moment, but not without end.
const (
	gather      = 80 * time.Millisecond
	mostAtOnce  = 2_000   // messages
	mostSamples = 400_000 // beyond which no further message joins: a frame may carry 100,000
	mostHeld    = 10_000  // samples of a message whose memory is kept for the next
)

// sent is a message that was understood: its rows go to the rules once they are stored.
type sent struct {
	m    *hub.Message
	d    *devices.Device
	lane *lane
	rows wire.Batch
}

// commitMetrics stores metrics, many messages at a time, and answers them.
func (i *Intake) commitMetrics(ctx context.Context) {
	var list []*sent // kept from one round to the next for their memory
	var batch series.Batch
	timer := time.NewTimer(gather)
	defer timer.Stop()
	for {
		var m *hub.Message
		select {
		case <-ctx.Done():
			return
		case m = <-i.metrics:
		}
		n := 0
		timer.Reset(gather)
		for more := true; more; {
			if n == len(list) {
				list = append(list, &sent{})
			}
			if i.understand(ctx, m, list[n], &batch) {
				n++
			}
			if n >= mostAtOnce || batch.Len() >= mostSamples {
				break
			}
			select {
			case m = <-i.metrics:
			case <-timer.C:
				more = false
			}
		}
		i.commit(ctx, list[:n], &batch)
		batch.Reset()
		for k, s := range list[:n] {
			if rows := s.rows.Values; len(rows) > 0 && len(rows)*len(rows[0]) > mostHeld {
				list[k] = &sent{}
			}
		}
	}
}

// commit makes the batch durable, lets the rules see it, and answers.
func (i *Intake) commit(ctx context.Context, list []*sent, batch *series.Batch) {
	if len(list) == 0 {
		return
	}
	out, err := i.p.Series.Commit(ctx, batch)
	if err != nil {
		i.p.Log.Warn("metrics could not be stored", "messages", len(list), "error", err)
		for _, s := range list {
			i.putOff(s.m)
		}
		return
	}
	i.counts.samples.Add(int64(out.Stored))
	i.counts.duplicate.Add(int64(out.Duplicate))
	i.counts.tooOld.Add(int64(out.TooOld))
	i.counts.unkept.Add(int64(out.Refused))
	if out.Why != "" {
		i.p.Log.Debug("samples were not kept", "too old", out.TooOld, "refused", out.Refused, "why", out.Why)
	}
	for _, s := range list {
		for r, at := range s.rows.Times {
			i.p.Engine.Observe(s.d.ID, at, s.lane.book.keys, s.rows.Values[r])
		}
		if i.p.Stored != nil {
			i.p.Stored(s.d.ID)
		}
		s.m.Ack(wire.OK, "")
	}
}

// understand reads a message into s and its samples into the batch. It answers the message itself when that cannot be.
func (i *Intake) understand(ctx context.Context, m *hub.Message, s *sent, batch *series.Batch) bool {
	d := i.speaker(m)
	if d == nil {
		return false
	}
	if err := s.rows.Decode(m.Data); err != nil {
		i.refuse(m, err.Error())
		return false
	}
	l, err := i.lane(ctx, d, &s.rows)
	if err != nil {
		i.settle(m, err)
		return false
	}
	if l == nil {
		m.Ack(wire.Dictionary, "")
		return false
	}
	if len(s.rows.Values) > 0 && len(s.rows.Values[0]) != len(l.series) {
		i.refuse(m, "The rows are not as wide as their dictionary.")
		return false
	}
	left := int64(0)
	for r, at := range s.rows.Times {
		for k, v := range s.rows.Values[r] {
			switch {
			case math.IsNaN(v):
			case l.series[k] != nil:
				batch.Add(l.series[k], at, v)
			default:
				left++
			}
		}
	}
	if left > 0 {
		i.counts.unkept.Add(left)
	}
	s.m, s.d, s.lane = m, d, l
	return true
}
