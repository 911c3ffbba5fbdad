// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

type quietView struct {
	names   names
	words   monitoring.Words
	now     time.Time
	firm    *time.Location
	windows []monitoring.Window
	mutes   []monitoring.Mute
	chosen  monitoring.Place
	rule    string
	form    url.Values
	errMute error
	errOnce error
	rules   []page.Option
}

func (h *Handlers) quiet(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &quietView{form: url.Values{}, rule: q.Get("rule")}
	return h.renderQuiet(w, r, http.StatusOK, q.Get("place"), v)
}

func (h *Handlers) renderQuiet(w http.ResponseWriter, r *http.Request, status int, place string, v *quietView) error {
	ctx := r.Context()
	v.words, v.now, v.firm = h.words(ctx), h.Clock.Now(), h.Monitoring.Zone()
	var err error
	var d monitoring.Device
	if v.chosen, d, v.names, err = h.at(ctx, place); err != nil {
		return err
	}
	if v.windows, err = h.Monitoring.Windows(ctx); err != nil {
		return err
	}
	if v.mutes, err = h.Monitoring.Mutes(ctx); err != nil {
		return err
	}
	list, err := h.Monitoring.Effective(ctx, v.names.above(v.chosen, d))
	if err != nil {
		return err
	}
	v.rules = []page.Option{{Value: "", Label: locale.T(ctx, "All rules")}}
	for _, e := range list {
		v.rules = append(v.rules, page.Option{Value: e.Key, Label: v.words.Name(e.Last().Watch), Data: true})
	}
	return page.Render(w, r, status, quietPage(v))
}

func (h *Handlers) addWindow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	f := r.PostForm
	x, err := windowOf(ctx, f)
	if err == nil {
		_, err = h.Monitoring.SaveWindow(ctx, x)
	}
	if err != nil {
		return h.renderQuiet(w, r, http.StatusUnprocessableEntity, f.Get("place"), &quietView{form: f, errOnce: err})
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "The maintenance is planned.")})
	return page.Redirect(w, r, "/alerts/quiet")
}

func windowOf(ctx context.Context, f url.Values) (x monitoring.Window, err error) {
	if x.Place, err = placeOf(f.Get("place")); err != nil {
		return x, err
	}
	x.Name = f.Get("name")
	if x.Starts, err = moment(ctx, f.Get("starts"), "starts"); err != nil {
		return x, err
	}
	if x.Ends, err = moment(ctx, f.Get("ends"), "ends"); err != nil {
		return x, err
	}
	for _, d := range f["day"] {
		n, err := whole(d, "days")
		if err != nil || n > 6 {
			continue
		}
		x.Days |= 1 << n
	}
	if x.Days != 0 {
		if x.Minute, err = minuteOf(f.Get("time"), "days"); err != nil {
			return x, err
		}
		n, err := whole(f.Get("length"), "length")
		if err != nil {
			return x, err
		}
		x.Length = time.Duration(n) * time.Minute
		x.Zone = locale.From(ctx).Zone().String()
		if x.Zone == "Local" || x.Zone == "UTC" {
			x.Zone = ""
		}
	}
	return x, nil
}

func (h *Handlers) dropWindow(w http.ResponseWriter, r *http.Request) error {
	return h.drop(w, r, h.Monitoring.DropWindow, "/alerts/quiet")
}

func (h *Handlers) addMute(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	f := r.PostForm
	m := monitoring.Mute{Rule: f.Get("rule"), Reason: f.Get("reason")}
	var err error
	if m.Place, err = placeOf(f.Get("place")); err == nil {
		if m.Until, err = moment(ctx, f.Get("until"), "until"); err == nil {
			_, err = h.Monitoring.AddMute(ctx, m)
		}
	}
	if err != nil {
		return h.renderQuiet(w, r, http.StatusUnprocessableEntity, f.Get("place"), &quietView{form: f, errMute: err, rule: m.Rule})
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "It makes no noise until then.")})
	return page.Redirect(w, r, "/alerts/quiet")
}

func (h *Handlers) dropMute(w http.ResponseWriter, r *http.Request) error {
	return h.drop(w, r, h.Monitoring.DropMute, "/alerts/quiet")
}

// drop does away with what the form's id names.
func (h *Handlers) drop(w http.ResponseWriter, r *http.Request, fn func(context.Context, ids.ID) error, to string) error {
	if err := formOf(r); err != nil {
		return err
	}
	id, err := idOf(r.PostForm.Get("id"))
	if err != nil {
		return err
	}
	if err := fn(r.Context(), id); err != nil {
		page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: locale.From(r.Context()).Fault(err)})
	}
	return page.Redirect(w, r, to)
}

// weekdays are the days of the week from Monday on.
func weekdays(ctx context.Context) []page.Option {
	t := func(k string) string { return locale.T(ctx, k) }
	names := []string{t(locale.Key("Monday")), t(locale.Key("Tuesday")), t(locale.Key("Wednesday")), t(locale.Key("Thursday")), t(locale.Key("Friday")), t(locale.Key("Saturday")), t(locale.Key("Sunday"))}
	out := make([]page.Option, 7)
	for i, n := range names {
		out[i] = page.Option{Value: strconv.Itoa(i), Label: n}
	}
	return out
}

// when says when a window is.
func when(ctx context.Context, w monitoring.Words, x monitoring.Window) string {
	p := locale.From(ctx)
	if x.Days == 0 {
		return p.T("%[1]s until %[2]s", p.DateTime(x.Starts), p.DateTime(x.Ends))
	}
	var days []string
	for i, o := range weekdays(ctx) {
		if x.Days>>i&1 == 1 {
			days = append(days, o.Label)
		}
	}
	out := p.T("%[1]s at %[2]s for %[3]s", strings.Join(days, ", "), minuteText(x.Minute), w.Span(x.Length))
	if x.Zone != "" {
		out += " (" + x.Zone + ")"
	}
	return out
}

func (v *quietView) ruleName(ctx context.Context, key string) (string, bool) {
	if key == "" {
		return locale.T(ctx, "All rules"), false
	}
	return v.words.Name(rules.Watch{Key: key}), true
}

func (v *quietView) starts(ctx context.Context) string {
	if s := v.form.Get("starts"); s != "" {
		return s
	}
	return momentText(ctx, v.next(1))
}

func (v *quietView) until(ctx context.Context) string {
	if s := v.form.Get("until"); s != "" {
		return s
	}
	return momentText(ctx, v.next(25))
}

func reasonOf(m monitoring.Mute) string {
	if m.Author == "" {
		return m.Reason
	}
	return m.Reason + " – " + m.Author
}
