// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/prometheus/prometheus/model/labels"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/series"
)

// intake takes samples of one request in, within its limits and as whom the caller writes.
type intake struct {
	h      *Handlers
	store  series.Store
	reach  series.Reach
	batch  series.Batch
	out    series.Outcome
	series int
	taken  int
	build  labels.ScratchBuilder
	last   error // why the last series was not taken
}

func (h *Handlers) intake(r *http.Request) *intake {
	return &intake{h: h, store: h.Store, reach: reachOf(r), build: labels.NewScratchBuilder(16)}
}

// commitEvery is how many samples are kept together.
const commitEvery = 20_000

// begin returns the handle of the series whose labels build holds. Without an error it may be nil: then its samples are
// refused, and counted by refuse. An error ends the request.
func (in *intake) begin() (*series.Series, error) {
	if in.series++; in.series > maxSeries {
		return nil, fault.NewInvalid("A request may have at most %d series. Send less at once.", maxSeries)
	}
	in.build.Sort()
	l := in.build.Labels().WithoutEmpty()
	if in.last = series.CheckLabels(l); in.last != nil {
		return nil, nil
	}
	if client, ok := in.reach.One(); ok {
		l = labels.NewBuilder(l).Set(series.ClientLabel, client).Labels()
	} else if !in.reach.Covers(l) {
		in.last = fault.NewDenied("The token is for several clients: say with the label client whose series it is.")
		return nil, nil
	}
	if in.foreign(l) {
		in.last = fault.NewDenied("The label device is the id of a device of another client.")
		return nil, nil
	}
	if !in.reach.All() && !in.h.made.admit(l.Get(series.ClientLabel), l.Hash(), in.h.now()) {
		in.last = fault.NewInvalid("There are too many time series of this client. Send fewer, or labels that change less.")
		return nil, nil
	}
	s, err := in.store.Series(l)
	if fault.Is(err, fault.Invalid) {
		in.last = err
		return nil, nil
	}
	return s, err
}

// foreign reports whether a series bears the id of a device that is not its client's.
func (in *intake) foreign(l series.Labels) bool {
	if in.h.Owner == nil {
		return false
	}
	id, err := ids.Parse(l.Get(series.DeviceLabel))
	if err != nil {
		return false // node_exporter has the label for eth0 and sda
	}
	client, ok := in.h.Owner(id)
	return ok && client.String() != l.Get(series.ClientLabel)
}

// refuse counts n samples of a series that begin did not take.
func (in *intake) refuse(n int, why error) {
	in.out.Refused += n
	if in.out.Why == "" && why != nil {
		in.out.Why = fault.TextOf(why)
	}
}

// add takes one sample. s may be nil.
func (in *intake) add(ctx context.Context, s *series.Series, at int64, v float64) error {
	if in.taken++; in.taken > maxSamples {
		return fault.NewInvalid("A request may have at most %d samples. Send less at once.", maxSamples)
	}
	if s == nil {
		in.refuse(1, in.last)
		return nil
	}
	in.batch.Add(s, at, v)
	if in.batch.Len() >= commitEvery {
		return in.commit(ctx)
	}
	return nil
}

// commit keeps what was taken.
func (in *intake) commit(ctx context.Context) error {
	if in.batch.Len() == 0 {
		return nil
	}
	out, err := in.store.Commit(ctx, &in.batch)
	in.batch.Reset()
	in.out.Stored += out.Stored
	in.out.Duplicate += out.Duplicate
	in.out.TooOld += out.TooOld
	in.out.Refused += out.Refused
	if in.out.Why == "" {
		in.out.Why = out.Why
	}
	return err
}

// verdict says in words what was not taken, nil when everything was. Whoever sent it need not send it again.
func (in *intake) verdict() error {
	lost := in.out.TooOld + in.out.Refused
	if lost == 0 {
		return nil
	}
	return fault.NewInvalid("%d of %d samples were not taken: %s", lost, in.out.All(), in.out.Why)
}

func (in *intake) String() string { return fmt.Sprintf("%+v", in.out) }
