// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

type policyView struct {
	place  monitoring.Place
	device monitoring.Device
	names  names
	words  monitoring.Words
	list   []monitoring.Effective
	own    map[string]monitoring.Entry // by key: what is said here
	counts []placeCount
}

// placeCount is a place at which something is said.
type placeCount struct {
	place monitoring.Place
	n     int
}

// at reads the place of a request, with what is needed to name it.
func (h *Handlers) at(ctx context.Context, s string) (p monitoring.Place, d monitoring.Device, n names, err error) {
	if p, err = placeOf(s); err != nil {
		return p, d, n, err
	}
	if p.Level == monitoring.ByDevice {
		var ok bool
		if d, _, ok = h.Device(p.ID); !ok {
			return p, d, n, fault.NewNotFound("There is no such device.")
		}
	}
	n, err = h.know(ctx)
	return p, d, n, err
}

func (h *Handlers) policy(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &policyView{words: h.words(ctx), own: map[string]monitoring.Entry{}}
	var err error
	if v.place, v.device, v.names, err = h.at(ctx, r.URL.Query().Get("place")); err != nil {
		return err
	}
	if v.list, err = h.Monitoring.Effective(ctx, v.names.above(v.place, v.device)); err != nil {
		return err
	}
	entries, err := h.Monitoring.EntriesAt(ctx, v.place)
	if err != nil {
		return err
	}
	for _, e := range entries {
		v.own[e.Watch.Key] = e
	}
	counts, err := h.Monitoring.PlacesWithRules(ctx)
	if err != nil {
		return err
	}
	for p, n := range counts {
		if p != v.place {
			v.counts = append(v.counts, placeCount{p, n})
		}
	}
	slices.SortFunc(v.counts, func(a, b placeCount) int {
		if a.place.Level != b.place.Level {
			return slices.Index(monitoring.Levels(), a.place.Level) - slices.Index(monitoring.Levels(), b.place.Level)
		}
		return int(a.place.ID - b.place.ID)
	})
	return page.Render(w, r, http.StatusOK, policyPage(v))
}

func editAddress(p monitoring.Place, key string) string {
	return "/alerts/rules/edit?" + url.Values{"place": {placeText(p)}, "key": {key}}.Encode()
}

type ruleView struct {
	place   monitoring.Place
	names   names
	words   monitoring.Words
	watch   rules.Watch
	version int64
	fresh   bool // a rule that is shipped nowhere
	said    []monitoring.Said
	form    url.Values
	err     error
}

// scale is by how much values of a metric are larger in the form than they are: ratios are shown in percent.
func scale(metric string) float64 {
	if strings.HasSuffix(metric, "_ratio") {
		return 100
	}
	return 1
}

func (h *Handlers) editRule(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &ruleView{words: h.words(ctx)}
	var err error
	var d monitoring.Device
	if v.place, d, v.names, err = h.at(ctx, q.Get("place")); err != nil {
		return err
	}
	if err := h.fill(ctx, v, d, q.Get("key"), rules.Kind(q.Get("kind"))); err != nil {
		return err
	}
	v.form = formOfWatch(v.watch)
	return page.Render(w, r, http.StatusOK, rulePage(v))
}

// fill finds what is said of a rule so far.
func (h *Handlers) fill(ctx context.Context, v *ruleView, d monitoring.Device, key string, kind rules.Kind) error {
	list, err := h.Monitoring.Effective(ctx, v.names.above(v.place, d))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(e monitoring.Effective) bool { return e.Key == key })
	if key == "" || i < 0 {
		if !slices.Contains(rules.Kinds(), kind) {
			kind = rules.Threshold
		}
		v.fresh, v.watch = true, rules.Watch{Key: key, Rule: rules.Rule{Kind: kind}}
		return nil
	}
	v.said = list[i].Said
	v.watch = list[i].Last().Watch
	v.fresh = v.said[0].Place.Level != monitoring.ByShipped
	entries, err := h.Monitoring.EntriesAt(ctx, v.place)
	for _, e := range entries {
		if e.Watch.Key == key {
			v.version = e.Version
		}
	}
	return err
}

// formOfWatch writes a rule into the fields of the form.
func formOfWatch(x rules.Watch) url.Values {
	r, k := x.Rule, scale(x.Metric)
	num := func(v float64) string { return strconv.FormatFloat(math.Round(v*1e9)/1e9, 'f', -1, 64) }
	limit := func(v *float64, k float64) string {
		if v == nil {
			return ""
		}
		return num(*v * k)
	}
	lk := 1.0
	if r.Kind == rules.Threshold || r.Kind == rules.Rate {
		lk = k
	}
	if r.Kind == rules.Baseline {
		lk = 100
	}
	f := url.Values{}
	set := func(key, v string) {
		if v != "" && v != "0" {
			f.Set(key, v)
		}
	}
	set("key", x.Key)
	set("name", x.Name)
	set("metric", x.Metric)
	set("kind", string(r.Kind))
	set("warn", limit(r.Warn, lk))
	set("crit", limit(r.Crit, lk))
	set("back", num(r.Back*lk))
	set("for", num(r.For.Minutes()))
	set("calm", num(r.Calm.Minutes()))
	set("window", num(r.Window.Hours()))
	set("full", num(r.Full*k))
	set("floor", num(r.Floor*k))
	set("of", strconv.Itoa(r.Of))
	for key, on := range map[string]bool{"below": r.Below, "either": r.Either, "counter": r.Counter, "off": x.Off, "quiet": x.Quiet, "urgent": x.Urgent} {
		if on {
			f.Set(key, "yes")
		}
	}
	var labels []string
	for _, key := range slices.Sorted(maps.Keys(x.Labels)) {
		labels = append(labels, key+"="+x.Labels[key])
	}
	set("labels", strings.Join(labels, "\n"))
	var and []string
	for _, a := range x.And {
		sign := ">="
		if a.Below {
			sign = "<="
		}
		and = append(and, a.Metric+" "+sign+" "+num(a.Limit*scale(a.Metric)))
	}
	set("and", strings.Join(and, "\n"))
	f["kinds"] = x.Kinds
	return f
}

// watchOf reads the form.
func watchOf(f url.Values) (x rules.Watch, err error) {
	x = rules.Watch{
		Key: strings.TrimSpace(f.Get("key")), Name: f.Get("name"), Metric: strings.TrimSpace(f.Get("metric")), Off: f.Get("off") != "", Quiet: f.Get("quiet") != "",
		Urgent: f.Get("urgent") != "", Kinds: slices.DeleteFunc(slices.Clone(f["kinds"]), func(s string) bool { return s == "" || len(s) > 40 }),
	}
	kind := rules.Kind(f.Get("kind"))
	k := scale(x.Metric)
	lk := 1.0
	if kind == rules.Threshold || kind == rules.Rate {
		lk = k
	}
	if kind == rules.Baseline {
		lk = 100
	}
	num := func(field string, k float64) float64 {
		s := strings.ReplaceAll(strings.TrimSpace(f.Get(field)), ",", ".")
		if s == "" {
			return 0
		}
		v, bad := strconv.ParseFloat(s, 64)
		if (bad != nil || math.IsNaN(v) || math.IsInf(v, 0)) && err == nil {
			err = fault.NewInvalid("Enter a number.").On(field)
		}
		return v / k
	}
	limit := func(field string) *float64 {
		if strings.TrimSpace(f.Get(field)) == "" {
			return nil
		}
		return rules.Number(num(field, lk))
	}
	minutes := func(field string) time.Duration { return time.Duration(num(field, 1) * float64(time.Minute)) }
	x.Rule = rules.Rule{
		Kind: kind, Below: f.Get("below") != "", Either: f.Get("either") != "", Counter: f.Get("counter") != "", Warn: limit("warn"), Crit: limit("crit"), Back: num("back", lk),
		For: minutes("for"), Calm: minutes("calm"), Window: time.Duration(num("window", 1) * float64(time.Hour)), Full: num("full", k), Floor: num("floor", k), Of: int(num("of", 1)),
	}
	for line := range strings.Lines(f.Get("labels")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return x, fault.NewInvalid("A label is written name=value, one a line.").On("labels")
		}
		if x.Labels == nil {
			x.Labels = map[string]string{}
		}
		x.Labels[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	for line := range strings.Lines(f.Get("and")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		parts := strings.Fields(line)
		if len(parts) != 3 || parts[1] != ">=" && parts[1] != "<=" {
			return x, fault.NewInvalid("A further condition is written: series >= number, one a line.").On("and")
		}
		v, bad := strconv.ParseFloat(strings.ReplaceAll(parts[2], ",", "."), 64)
		if bad != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return x, fault.NewInvalid("Enter a number.").On("and")
		}
		x.And = append(x.And, rules.And{Metric: parts[0], Below: parts[1] == "<=", Limit: v / scale(parts[0])})
	}
	return x, err
}

func (h *Handlers) saveRule(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	v := &ruleView{words: h.words(ctx), form: r.PostForm}
	var err error
	var d monitoring.Device
	if v.place, d, v.names, err = h.at(ctx, r.PostForm.Get("place")); err != nil {
		return err
	}
	watch, err := watchOf(r.PostForm)
	if err == nil {
		watch, err = monitoring.CheckWatch(watch)
	}
	if err == nil && r.PostForm.Get("do") == "try" {
		var id ids.ID
		if id, err = h.Monitoring.TryRule(ctx, v.place, watch); err == nil {
			return page.Redirect(w, r, "/alerts/rules/trial/"+id.String())
		}
	} else if err == nil {
		version, bad := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
		if bad != nil {
			version = 0
		}
		if _, err = h.Monitoring.SaveRule(ctx, monitoring.Entry{Place: v.place, Watch: watch, Version: version}); err == nil {
			page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "The rule holds from now on.")})
			return page.Redirect(w, r, "/alerts/rules?place="+placeText(v.place))
		}
	}
	if err := h.fill(ctx, v, d, r.PostForm.Get("key"), watch.Rule.Kind); err != nil {
		return err
	}
	v.fresh, v.watch, v.err = r.PostForm.Get("fresh") != "", watch, err
	return page.Render(w, r, http.StatusUnprocessableEntity, rulePage(v))
}

// switchOff says that a rule does not hold at a place.
func (h *Handlers) switchOff(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	p, d, _, err := h.at(ctx, r.PostForm.Get("place"))
	if err != nil {
		return err
	}
	v := &ruleView{place: p}
	if err := h.fill(ctx, v, d, r.PostForm.Get("key"), ""); err != nil {
		return err
	}
	if len(v.said) == 0 {
		return fault.NewNotFound("There is no such rule.")
	}
	if _, err := h.Monitoring.SaveRule(ctx, monitoring.Entry{Place: p, Watch: v.watch, Version: v.version, Disable: true}); err != nil {
		return err
	}
	return page.Redirect(w, r, "/alerts/rules?place="+placeText(p))
}

func (h *Handlers) dropRule(w http.ResponseWriter, r *http.Request) error {
	if err := formOf(r); err != nil {
		return err
	}
	p, err := placeOf(r.PostForm.Get("place"))
	if err != nil {
		return err
	}
	if err := h.Monitoring.DropRule(r.Context(), p, r.PostForm.Get("key")); err != nil {
		return err
	}
	return page.Redirect(w, r, "/alerts/rules?place="+placeText(p))
}

type trialView struct {
	d     *monitoring.Progress
	names names
	words monitoring.Words
	form  url.Values

	version int64 // of what is said at the place now
}

func (h *Handlers) trialOf(r *http.Request) (*monitoring.Progress, error) {
	id, err := idOf(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	d, err := h.Monitoring.Trial(id)
	return &d, err
}

func (h *Handlers) trial(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := h.trialOf(r)
	if err != nil {
		return err
	}
	v := &trialView{d: d, words: h.words(ctx), form: formOfWatch(d.Watch)}
	if _, _, v.names, err = h.at(ctx, placeText(d.Place)); err != nil {
		return err
	}
	entries, err := h.Monitoring.EntriesAt(ctx, d.Place)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Watch.Key == d.Watch.Key {
			v.version = e.Version
		}
	}
	return page.Render(w, r, http.StatusOK, trialPage(v))
}

func (v *trialView) progress(ctx context.Context) page.ProgressState {
	return progressOf(ctx, v.d)
}

func progressOf(ctx context.Context, d *monitoring.Progress) page.ProgressState {
	p := page.ProgressState{Done: int64(d.Done), Total: int64(max(d.Devices, 1)), Text: locale.N(ctx, "%d device looked at|%d devices looked at", int64(d.Done)), Error: d.Failed}
	if d.Ended && d.Failed == "" {
		p.Next = "/alerts/rules/trial/" + d.ID.String()
	}
	return p
}

func (h *Handlers) trialEvents(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.trialOf(r); err != nil {
		return err
	}
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	t := time.NewTicker(300 * time.Millisecond)
	defer t.Stop()
	for {
		d, err := h.trialOf(r)
		if err != nil || s.Progress(progressOf(r.Context(), d)) != nil || d.Ended {
			return nil //nolint:nilerr // the reader has gone, or the trial was forgotten
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-t.C:
		}
	}
}

// took is how long an alert of a trial lasted.
func took(w monitoring.Words, f monitoring.Fired) string {
	if f.To.IsZero() {
		return "–"
	}
	return w.Span(f.To.Sub(f.From))
}
