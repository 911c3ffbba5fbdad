// SPDX-License-Identifier: Apache-2.0

package intake

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// Parts are what the intake is built from.
type Parts struct {
	Hub     *hub.Hub
	Devices *devices.Service
	Series  series.Store
	Engine  *monitoring.Engine
	Clock   clock.Clock
	Log     *slog.Logger

	// Results stores what checks of a device found, and says whether there are such checks.
	Results func(ctx context.Context, d *devices.Device, list []wire.Result) error
	// Observations stores what a device found that is a probe.
	Observations func(ctx context.Context, d *devices.Device, o *wire.Observations) error
	// Config is what the agent of a device shall observe.
	Config func(ctx context.Context, d *devices.Device) (wire.Config, error)
	// Stored is told of devices of which values were stored, at once and often: it must be quick. nil tells nobody.
	Stored func(device ids.ID)
}

// Intake takes in what agents say. It is made by New and works in Run.
type Intake struct {
	p       Parts
	metrics chan *hub.Message
	facts   chan *hub.Message
	others  chan *hub.Message
	counts  counts

	waiting waiting

	lanes  map[ids.ID]*lane
	books  map[wire.DictionaryID]*book
	booked int // series in them
	seed   maphash.Seed
}

// counts of what came in, since the start.
type counts struct {
	messages, refused, busy, samples, duplicate, tooOld, unkept atomic.Int64
}

// Counts tells what came in since the start.
type Counts struct {
	Messages  int64 // of any kind
	Refused   int64 // could not be understood, or were said for another device
	Busy      int64 // were put off
	Samples   int64 // stored
	Duplicate int64 // samples that were here already
	TooOld    int64 // samples older than is kept
	Unkept    int64 // samples that the time series refuse, or of series that are one too many of their device
}

// Counts returns the counts as they are now.
func (i *Intake) Counts() Counts {
	c := &i.counts
	return Counts{c.messages.Load(), c.refused.Load(), c.busy.Load(), c.samples.Load(), c.duplicate.Load(), c.tooOld.Load(), c.unkept.Load()}
}

// The lengths of the queues: what does not fit is put off.
const (
	metricsQueue = 20_000
	factsQueue   = 2_000
	othersQueue  = 12_000
	workers      = 4
)

// New returns an intake.
func New(p Parts) *Intake {
	return &Intake{
		p: p, metrics: make(chan *hub.Message, metricsQueue), facts: make(chan *hub.Message, factsQueue), others: make(chan *hub.Message, othersQueue),
		waiting: waiting{of: map[place]share{}}, lanes: map[ids.ID]*lane{}, books: map[wire.DictionaryID]*book{}, seed: maphash.MakeSeed(),
	}
}

// Run works until ctx ends. Agents are answered from the moment on at which the time series are ready; before, nobody
// listens, and they keep what they have.
func (i *Intake) Run(ctx context.Context) {
	for i.p.Series.Ready() != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
	stop, err := i.p.Hub.Listen(i.take)
	if err != nil {
		i.p.Log.Error("agents cannot be heard", "error", err)
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { i.commitMetrics(ctx) })
	wg.Go(func() { i.commitFacts(ctx) })
	for range workers {
		wg.Go(func() { i.answerOthers(ctx) })
	}
	<-ctx.Done()
	stop()
	wg.Wait()
}

// take sorts a message into its queue. It does not block: it is called for one message after the other.
func (i *Intake) take(m *hub.Message) {
	i.counts.messages.Add(1)
	if len(m.Data) > wire.MaxFrame {
		i.refuse(m, "The message is too large.")
		return
	}
	queue, p := i.others, place{m.Device, 'o'}
	switch m.Kind {
	case wire.KindMetrics:
		queue, p.queue = i.metrics, 'm'
	case wire.KindFacts:
		queue, p.queue = i.facts, 'f'
	}
	n := len(m.Data)
	if !i.waiting.enter(p, n) {
		i.putOff(m)
		return
	}
	m.Answered = func() { i.waiting.leave(p, n) }
	select {
	case queue <- m:
	default:
		i.putOff(m)
	}
}

func (i *Intake) refuse(m *hub.Message, why string) {
	i.counts.refused.Add(1)
	m.Ack(wire.Refused, why)
}

func (i *Intake) putOff(m *hub.Message) {
	i.counts.busy.Add(1)
	m.Answer(wire.Ack{Code: wire.Busy, Time: clock.Micros(i.p.Clock.Now()), Wait: 15})
}

// speaker returns the device that said a message; it answers the message itself when there is none.
func (i *Intake) speaker(m *hub.Message) *devices.Device {
	id, err := ids.Parse(m.Device)
	if err != nil {
		i.refuse(m, "No such device.")
		return nil
	}
	d, ok := i.p.Devices.Speaker(i.p.Hub.Client(m.Account), id)
	if !ok {
		i.counts.refused.Add(1)
		m.Ack(wire.Gone, "The device is retired, or was enrolled anew.")
		return nil
	}
	i.p.Devices.Heard(id, clock.Micros(i.p.Clock.Now()))
	return d
}

// answerOthers answers what is neither metrics nor facts.
func (i *Intake) answerOthers(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-i.others:
			i.answer(ctx, m)
		}
	}
}

func (i *Intake) answer(ctx context.Context, m *hub.Message) {
	d := i.speaker(m)
	if d == nil {
		return
	}
	var err error
	switch m.Kind {
	case wire.KindHello:
		err = i.hello(ctx, m, d)
	case wire.KindConfig:
		var c wire.Config
		if c, err = i.p.Config(ctx, d); err == nil {
			m.Answer(c)
		}
	case wire.KindChecks:
		err = i.results(ctx, m, d)
	case wire.KindProbes:
		err = i.observations(ctx, m, d)
	default:
		err = fault.NewInvalid("Unknown kind of message.")
	}
	i.settle(m, err)
}

// settle answers a message that failed.
func (i *Intake) settle(m *hub.Message, err error) {
	var f *fault.Error
	switch {
	case err == nil:
	case errors.As(err, &f) && (fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound)):
		i.refuse(m, f.Error())
	default:
		i.p.Log.Warn("what an agent said could not be stored", "kind", string(m.Kind), "device", m.Device, "error", err)
		i.putOff(m)
	}
}

func (i *Intake) hello(ctx context.Context, m *hub.Message, d *devices.Device) error {
	var h wire.Hello
	if err := json.Unmarshal(m.Data, &h); err != nil {
		return fault.NewInvalid("The greeting cannot be read.").Because(err)
	}
	w, err := i.p.Devices.Hello(ctx, i.p.Hub.Client(m.Account), d.ID, &h)
	if err != nil {
		return err
	}
	if w.Code == wire.OK {
		if w.Config, err = i.p.Config(ctx, d); err != nil {
			return err
		}
		w.Revision = w.Config.Revision
		i.p.Engine.Heard(d.ID)
	}
	m.Answer(w)
	return nil
}

func (i *Intake) results(ctx context.Context, m *hub.Message, d *devices.Device) error {
	var r wire.Results
	if err := json.Unmarshal(m.Data, &r); err != nil {
		return fault.NewInvalid("The results of checks cannot be read.").Because(err)
	}
	if len(r.Results) > wire.MaxResults {
		return fault.NewInvalid("There are too many results in one message.")
	}
	for k := range r.Results {
		x := &r.Results[k]
		if len(x.Values) > wire.MaxResultValues || len(x.Check) > 64 || x.State < wire.StateOK || x.State > wire.StateUnknown {
			return fault.NewInvalid("A result of a check is not as it should be.")
		}
		x.Text, x.Detail = cut(x.Text, wire.MaxResultText), cut(x.Detail, wire.MaxResultDetail)
	}
	if err := i.p.Results(ctx, d, r.Results); err != nil {
		return err
	}
	i.p.Engine.Heard(d.ID)
	m.Ack(wire.OK, "")
	return nil
}

// observations takes in what a device found as a probe. Its text is made storable by whoever stores it.
func (i *Intake) observations(ctx context.Context, m *hub.Message, d *devices.Device) error {
	o, err := wire.UnpackObservations(m.Data)
	if err != nil {
		return fault.NewInvalid("The observations cannot be read: %s.", err).Because(err)
	}
	if err := i.p.Observations(ctx, d, o); err != nil {
		return err
	}
	i.p.Engine.Heard(d.ID)
	m.Ack(wire.OK, "")
	return nil
}

// cut shortens a text to n bytes, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
