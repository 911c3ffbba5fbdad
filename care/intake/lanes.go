// SPDX-License-Identifier: Apache-2.0

package intake

import (
	"context"
	"hash/maphash"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// What one device can have the server keep. Honest devices' dictionaries change whenever an interface or a volume comes or goes, often
// between the same few: so names are counted once however often they come. Series beyond the limit are left out, and counted; the
// others of the device go on.
const (
	mostSeries = 3 * wire.MaxSeries // different series of one device
	mostKept   = 200                // dictionaries that it makes the database keep
	fresh      = 30 * 24 * time.Hour
	mostBooks  = 2_000_000 // series in all the dictionaries at hand
)

// book is a dictionary as it was read.
type book struct {
	names  []string
	labels [][]wire.Label
	hashes []uint64 // of the texts
	keys   []monitoring.Key
}

// lane is what is at hand for the metrics of a device: the series of the dictionary that it uses.
type lane struct {
	client string
	id     wire.DictionaryID
	book   *book
	series []*series.Series // nil is left out
	left   bool             // some are
	tally  *tally
}

// tally counts what a device has had the server keep since an instant. After a while it begins anew, as what nobody uses is let go of.
type tally struct {
	since time.Time
	names map[uint64]struct{} // nil: there was one dictionary only, the lane's
	kept  int
	told  bool
}

// admit takes the series of next up, after those of the device's last dictionary, and says which of them are too many.
func (t *tally) admit(last, next *book) (left []bool) {
	if last == nil {
		return nil // one dictionary is within the limit
	}
	if t.names == nil {
		t.names = make(map[uint64]struct{}, len(last.hashes)+8)
		for _, h := range last.hashes {
			t.names[h] = struct{}{}
		}
	}
	for k, h := range next.hashes {
		if _, ok := t.names[h]; ok {
			continue
		}
		if len(t.names) >= mostSeries {
			if left == nil {
				left = make([]bool, len(next.hashes))
			}
			left[k] = true
			continue
		}
		t.names[h] = struct{}{}
	}
	return left
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
	made, err := bk.labelled(client, d.ID)
	if err != nil {
		return nil, err
	}
	n := &lane{client: client, id: b.Dictionary, book: bk, series: make([]*series.Series, len(made))}
	now := i.p.Clock.Now()
	var last *book
	if l != nil && l.client == client && now.Sub(l.tally.since) < fresh {
		n.tally, last = l.tally, l.book
	} else {
		n.tally = &tally{since: now}
	}
	left := n.tally.admit(last, bk)
	n.left = left != nil
	for k, labels := range made {
		if n.left && left[k] {
			continue
		}
		if n.series[k], err = i.p.Series.Series(labels); err != nil {
			return nil, err
		}
	}
	if n.left && !n.tally.told {
		n.tally.told = true
		i.p.Log.Warn("a device names its series anew again and again: further ones are not kept", "device", d.ID.String(), "series", mostSeries)
	}
	if err := i.keep(ctx, n, left, b); err != nil {
		return nil, err
	}
	i.lanes[d.ID] = n
	return n, nil
}

// labelled returns the labels of the series that the dictionary means of a device.
func (bk *book) labelled(client string, id ids.ID) ([]series.Labels, error) {
	device := id.String()
	pairs := make([]string, 0, 32)
	out := make([]series.Labels, len(bk.names))
	for k, name := range bk.names {
		pairs = append(pairs[:0], series.ClientLabel, client, series.DeviceLabel, device)
		for _, x := range bk.labels[k] {
			pairs = append(pairs, x.Name, x.Value)
		}
		var err error
		if out[k], err = series.MakeLabels(name, pairs...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// book returns a batch's dictionary, read; nil when neither the batch nor anybody before told its texts. It keeps nothing.
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
		bk.names, bk.labels, bk.hashes = append(bk.names, name), append(bk.labels, labels), append(bk.hashes, maphash.String(i.seed, text))
	}
	return bk, nil
}

// keep interns the series of a lane's dictionary for the rules and keeps the dictionary for all devices. One of which something is left
// out, or that is one too many of its device, is the lane's alone: its device is asked for the texts again after a start.
func (i *Intake) keep(ctx context.Context, n *lane, left []bool, b *wire.Batch) error {
	bk := n.book
	if bk.keys != nil {
		return nil // it is kept
	}
	bk.keys = make([]monitoring.Key, len(bk.names))
	for k, name := range bk.names {
		if left == nil || !left[k] {
			bk.keys[k] = i.p.Engine.Key(name, bk.labels[k]...)
		}
	}
	if left != nil {
		return nil
	}
	if len(b.Series) > 0 {
		if n.tally.kept >= mostKept {
			return nil
		}
		if err := i.p.Devices.KeepDictionary(ctx, b.Dictionary, b.Series); err != nil {
			return err
		}
		n.tally.kept++
	}
	if i.booked += len(bk.names); i.booked > mostBooks {
		clear(i.books) // they are read again when they are needed
		i.booked = len(bk.names)
	}
	i.books[b.Dictionary] = bk
	return nil
}
