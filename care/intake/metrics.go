// SPDX-License-Identifier: Apache-2.0

package intake

import (
	"context"
	"math"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// How metrics are committed together: as many as come within a moment, but not without end.
const (
	gather     = 80 * time.Millisecond
	mostAtOnce = 2_000 // messages
	// mostSeries is how many series one device can have in all dictionaries that it used since the start. A device that
	// names its series anew each time is refused rather than let the time series grow without end.
	mostSeries = 3 * wire.MaxSeries
	mostBooks  = 50_000
)

// book is a dictionary as it was read.
type book struct {
	names  []string
	labels [][]wire.Label
	keys   []monitoring.Key
}

// lane is what is at hand for the metrics of a device: the series of the dictionary that it uses.
type lane struct {
	client string
	id     wire.DictionaryID
	book   *book
	series []*series.Series
	made   int // series that were ever looked up for it
}

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
			if n >= mostAtOnce {
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
	for r, at := range s.rows.Times {
		for k, v := range s.rows.Values[r] {
			if !math.IsNaN(v) && l.series[k] != nil {
				batch.Add(l.series[k], at, v)
			}
		}
	}
	s.m, s.d, s.lane = m, d, l
	return true
}

// lane returns the lane of a device for a batch's dictionary, nil when the dictionary is not known.
func (i *Intake) lane(ctx context.Context, d *devices.Device, b *wire.Batch) (*lane, error) {
	l := i.lanes[d.ID]
	client := d.Client.String()
	if l != nil && l.id == b.Dictionary && l.client == client {
		return l, nil
	}
	bk, err := i.book(ctx, b)
	if err != nil || bk == nil {
		return nil, err
	}
	made := len(bk.names)
	if l != nil && l.client == client {
		made += l.made
	}
	if made > mostSeries {
		return nil, fault.NewInvalid("This device names its series anew again and again: more than %d are not kept.", mostSeries)
	}
	n := &lane{client: client, id: b.Dictionary, book: bk, series: make([]*series.Series, len(bk.names)), made: made}
	device := d.ID.String()
	pairs := make([]string, 0, 32)
	for k, name := range bk.names {
		pairs = append(pairs[:0], "client", client, "device", device)
		for _, x := range bk.labels[k] {
			pairs = append(pairs, x.Name, x.Value)
		}
		labels, err := series.MakeLabels(name, pairs...)
		if err != nil {
			return nil, err
		}
		if n.series[k], err = i.p.Series.Series(labels); err != nil {
			return nil, err
		}
	}
	i.lanes[d.ID] = n
	return n, nil
}

// book returns a batch's dictionary, read; nil when neither the batch nor anybody before told its texts.
func (i *Intake) book(ctx context.Context, b *wire.Batch) (*book, error) {
	if bk := i.books[b.Dictionary]; bk != nil {
		return bk, nil
	}
	texts := b.Series
	if len(texts) == 0 {
		known, err := i.p.Devices.Dictionary(ctx, b.Dictionary)
		if err != nil || known == nil {
			return nil, err
		}
		texts = known
	}
	bk := &book{}
	for _, text := range texts {
		name, labels, err := wire.ParseSeries(text)
		if err != nil {
			return nil, fault.NewInvalid("The dictionary has a series that cannot be read: %.100q.", text).Because(err)
		}
		bk.names, bk.labels = append(bk.names, name), append(bk.labels, labels)
		bk.keys = append(bk.keys, i.p.Engine.Key(name, labels...))
	}
	if len(b.Series) > 0 {
		if err := i.p.Devices.KeepDictionary(ctx, b.Dictionary, b.Series); err != nil {
			return nil, err
		}
	}
	if len(i.books) >= mostBooks {
		clear(i.books) // they are read again when they are needed
	}
	i.books[b.Dictionary] = bk
	return bk, nil
}
