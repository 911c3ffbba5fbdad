// SPDX-License-Identifier: Apache-2.0

package app

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/page"
	"mainstay/kit/series"
)

// How closely an agent looks while somebody looks at its device. It is told again before it forgets.
const (
	closely    = 15 * time.Second
	forgotten  = 75 * time.Second
	toldAgain  = 30 * time.Second
	mostSpan   = 400 * 24 * time.Hour
	leastSpan  = time.Minute
	valueTopic = "values/" // and the device's id: values of it were stored
)

// onlookers counts who looks at each device, so that its agent is let go when the last one leaves.
type onlookers struct {
	mu sync.Mutex
	of map[ids.ID]int
}

func (o *onlookers) add(device ids.ID, n int) (left int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of == nil {
		o.of = map[ids.ID]int{}
	}
	if o.of[device] += n; o.of[device] > 0 {
		return o.of[device]
	}
	delete(o.of, device)
	return 0
}

// mountLive mounts what charts ask for while they are looked at.
func (a *App) mountLive(r *access.Router) {
	r.Handle("GET /devices/{device}/charts.json", access.DevicesRead, page.Handler(a.chartData))
	r.Handle("GET /devices/{device}/values", access.DevicesRead, page.Handler(a.liveValues))
}

// lookedAt is the device that an address names, within the reader's scope.
func (a *App) lookedAt(r *http.Request) (*devices.Device, error) {
	id, err := ids.Parse(r.PathValue("device"))
	if err != nil {
		return nil, fault.NewNotFound("There is no such device.").Because(err)
	}
	return a.Devices.Get(r.Context(), access.From(r.Context()).Scope(), id)
}

// spanAsked is the time that a request asks for: a period that ends now, or from and to in milliseconds.
func (a *App) spanAsked(r *http.Request) (span, error) {
	f, now := r.URL.Query(), a.Clock.Now()
	if f.Get("from") == "" {
		period := f.Get("period")
		if period == "" {
			period = usualPeriod
		}
		s, ok := spanOf(period, now)
		if !ok {
			return s, fault.NewInvalid("%q is not a period that charts have.", cutText(period, 20))
		}
		return s, nil
	}
	from, err := strconv.ParseInt(f.Get("from"), 10, 64)
	to, err2 := strconv.ParseInt(f.Get("to"), 10, 64)
	if err != nil || err2 != nil || from < 0 || to > now.Add(24*time.Hour).UnixMilli() || to-from < leastSpan.Milliseconds() || to-from > mostSpan.Milliseconds() {
		return span{}, fault.NewInvalid("A chart shows at least a minute and at most a year, up to now.")
	}
	s := span{from: time.UnixMilli(from), to: time.UnixMilli(to)}
	s.step = series.StepFor(s.from, s.to, chartPoints)
	return s, nil
}

// chartJSON is a chart as the live ones read it. Times are seconds; of a line, null is a gap and false an instant at which it
// had no value without being interrupted.
type chartJSON struct {
	ID    string     `json:"id"`
	Unit  unit       `json:"unit"`
	Most  float64    `json:"most,omitempty"`
	Lines []lineJSON `json:"lines"`
}

type lineJSON struct {
	Key string `json:"key"`
	Avg cells  `json:"avg"`
	Min cells  `json:"min,omitempty"` // where the chart has one line
	Max cells  `json:"max,omitempty"`
}

// cells are values on the common steps of all charts.
type cells []float64

// skipped is a cell without a value within a line that goes on.
var skipped = math.Inf(1)

// MarshalJSON writes five digits of each, which is more than a screen shows.
func (c cells) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 8*len(c)+2)
	b = append(b, '[')
	for i, v := range c {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case v != v:
			b = append(b, "null"...)
		case math.IsInf(v, 0):
			b = append(b, "false"...)
		default:
			b = strconv.AppendFloat(b, v, 'g', 5, 64)
		}
	}
	return append(b, ']'), nil
}

type markJSON struct {
	At    int64  `json:"at"`
	To    int64  `json:"to,omitempty"`
	Level int    `json:"level"`
	Text  string `json:"text"`
	// Series is whose alert it is: charts without a line of it do not show it.
	Series string `json:"series,omitempty"`
}

// chartData hands out what the charts of a device draw.
func (a *App) chartData(w http.ResponseWriter, r *http.Request) error {
	d, err := a.lookedAt(r)
	if err != nil {
		return err
	}
	s, err := a.spanAsked(r)
	if err != nil {
		return err
	}
	var only []string
	if x := r.URL.Query().Get("only"); x != "" {
		only = strings.Split(x, ",")
	}
	list, err := a.plots(r.Context(), d, s, only...)
	if err != nil {
		return err
	}
	happened, err := a.marks(r.Context(), d, s)
	if err != nil {
		return err
	}
	out := struct {
		From   int64       `json:"from"`
		To     int64       `json:"to"`
		Step   float64     `json:"step"`
		Live   bool        `json:"live"`
		Times  []int64     `json:"times"`
		Charts []chartJSON `json:"charts"`
		Marks  []markJSON  `json:"marks"`
	}{From: s.from.Unix(), To: s.to.Unix(), Step: s.step.Seconds(), Live: s.live(), Charts: []chartJSON{}, Marks: []markJSON{}}
	grid := gridOf(s)
	for i := range grid.n {
		out.Times = append(out.Times, (grid.first+int64(i)*grid.step)/1000)
	}
	for _, p := range list {
		c := chartJSON{ID: p.id, Unit: p.unit, Most: p.most}
		for _, l := range p.lines {
			avg, least, most := grid.cells(l)
			x := lineJSON{Key: l.key, Avg: avg}
			if len(p.lines) == 1 {
				x.Min, x.Max = least, most
			}
			c.Lines = append(c.Lines, x)
		}
		out.Charts = append(out.Charts, c)
	}
	for _, m := range happened {
		x := markJSON{At: m.at.Unix(), Level: m.level, Text: m.text, Series: m.series}
		if !m.to.IsZero() {
			x.To = m.to.Unix()
		}
		out.Marks = append(out.Marks, x)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(out)
}

// grid are the instants that all charts of a span have in common.
type grid struct {
	first, step int64 // milliseconds
	n           int
}

func gridOf(s span) grid {
	step := s.step.Milliseconds()
	first := s.from.UnixMilli()/step*step + step
	last := (s.to.UnixMilli() + step - 1) / step * step
	return grid{first, step, int((last-first)/step) + 1}
}

func (g grid) cells(l plotted) (avg, least, most cells) {
	for _, c := range []*cells{&avg, &least, &most} {
		*c = make(cells, g.n)
		for i := range *c {
			(*c)[i] = math.NaN()
		}
	}
	last := -1
	for k, b := range l.bars {
		i := int((b.At - g.first) / g.step)
		if i < 0 || i >= g.n {
			continue
		}
		avg[i], least[i], most[i] = b.Avg, b.Min, b.Max
		if last >= 0 && !l.gap[k] {
			for j := last + 1; j < i; j++ {
				avg[j], least[j], most[j] = skipped, skipped, skipped
			}
		}
		last = i
	}
	return avg, least, most
}

// liveValues tells what a device measures as it comes, and lets its agent look closely for as long as that is read.
func (a *App) liveValues(w http.ResponseWriter, r *http.Request) error {
	d, err := a.lookedAt(r)
	if err != nil {
		return err
	}
	stream, err := page.Events(w, r)
	if err != nil {
		return err
	}
	scope := access.From(r.Context()).Scope()
	a.watch(scope, d.ID, closely)
	a.onlookers.add(d.ID, 1)
	defer func() {
		if a.onlookers.add(d.ID, -1) == 0 {
			a.watch(scope, d.ID, 0)
		}
	}()
	notices, stop := a.Bus.Subscribe(valueTopic + d.ID.String())
	defer stop()
	again := time.NewTicker(toldAgain)
	defer again.Stop()
	news := newsOf{a: a, device: d.ID}
	news.take() // what was there before is on the page
	if stream.JSON("open", struct{}{}) != nil {
		return nil
	}
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-again.C:
			if _, err := a.lookedAt(r); err != nil {
				return nil //nolint:nilerr // it is gone, or moved out of sight: the page finds out
			}
			a.watch(scope, d.ID, closely)
			if stream.Beat() != nil {
				return nil
			}
		case <-notices:
			if at, values := news.take(); len(values) > 0 {
				if stream.JSON("values", map[string]any{"at": at, "values": values}) != nil {
					return nil
				}
			}
		}
	}
}

// watch tells a device's agent how often to look; 0 lets it go.
func (a *App) watch(scope access.Scope, device ids.ID, interval time.Duration) {
	if err := a.Devices.Watch(scope, device, interval, forgotten); err != nil {
		a.Log.Debug("an agent could not be told that somebody looks", "device", device.String(), "error", err)
	}
}

// stored is told by the intake that values of a device were stored.
func (a *App) stored(device ids.ID) { a.Bus.Publish(valueTopic+device.String(), "") }

// newsOf finds what came since it was asked last.
type newsOf struct {
	a      *App
	device ids.ID
	last   map[string]monitoring.Value
}

// take returns the values that are newer than those of the last time, counters as increase per second, and when they were measured.
func (n *newsOf) take() (at int64, out map[string]float64) {
	out = map[string]float64{}
	next := map[string]monitoring.Value{}
	for _, v := range n.a.Monitoring.Engine.Latest(n.device) {
		next[v.Series] = v
		was, known := n.last[v.Series]
		if known && !v.At.After(was.At) {
			continue
		}
		value := v.Value
		if name, _, _ := strings.Cut(v.Series, "{"); strings.HasSuffix(name, "_total") {
			passed := v.At.Sub(was.At).Seconds()
			if !known || value < was.Value || passed <= 0 {
				continue
			}
			value = (value - was.Value) / passed
		}
		if math.IsNaN(value) || math.IsInf(value, 0) {
			continue
		}
		at = max(at, v.At.Unix())
		out[v.Series] = value
	}
	n.last = next
	return at, out
}
