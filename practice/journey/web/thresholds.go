// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/journey"
	"mainstay/practice/journey/signs"
)

// thresholdsView is the table of all knots, and the rules of the verdict.
type thresholdsView struct {
	*show
	set      journey.Settings
	seed     uint64
	version  int64
	err      error
	typed    map[string]string // what was typed, while it is wrong
	readings map[signs.Indicator]signs.Reading
}

func (h *Handlers) settingsView(r *http.Request) (*thresholdsView, error) {
	s, err := h.load(r)
	if err != nil {
		return nil, err
	}
	v := &thresholdsView{show: s, readings: map[signs.Indicator]signs.Reading{}}
	if v.set, v.seed, v.version, err = h.Journey.Settings(r.Context()); err != nil {
		return nil, err
	}
	if s.a == nil { // the parts of the page ask for thresholds only
		s.a = &journey.Assessment{Thresholds: v.set.Thresholds}
	}
	for _, m := range s.a.Firm.Indicators {
		v.readings[m.Code] = m
	}
	return v, nil
}

func (h *Handlers) thresholds(w http.ResponseWriter, r *http.Request) error {
	v, err := h.settingsView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, thresholdsPage(v))
}

// row is one indicator on the page of thresholds.
func (v *thresholdsView) row(code signs.Indicator) (signs.Scale, curve) {
	for _, sc := range v.set.Thresholds.Scales {
		if sc.Indicator == code {
			m := v.readings[code]
			return sc, curve{
				scale: sc, title: v.p.T("How %s becomes points", v.word(string(code))), small: true, measured: m.Measured, value: m.Value, interval: m.Interval,
				points: sc.Points(m.Value), class: signClass(v.signOf(code)), format: func(x float64) string { return v.value(code, x) },
			}
		}
	}
	return signs.Scale{}, curve{}
}

func (v *thresholdsView) signOf(code signs.Indicator) signs.Sign {
	for _, i := range signs.Indicators() {
		if i.Code == code {
			return i.Sign
		}
	}
	return ""
}

// rule is a number among the rules of the verdict.
type rule struct {
	name, label, hint string
	get               func(*signs.Thresholds) string
	set               func(*signs.Thresholds, float64)
}

func rules(p locale.Printer) []rule {
	whole := func(n int) string { return strconv.Itoa(n) }
	float := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return []rule{
		{"breakFix", p.T("Break/fix below"), p.T("position, 0–100"), func(t *signs.Thresholds) string { return float(t.BreakFix) }, func(t *signs.Thresholds, x float64) { t.BreakFix = x }},
		{"msp", p.T("MSP above"), p.T("position, 0–100"), func(t *signs.Thresholds) string { return float(t.MSP) }, func(t *signs.Thresholds, x float64) { t.MSP = x }},
		{"certainty", p.T("Certainty for a word"), p.T("percent of the draws"), func(t *signs.Thresholds) string { return float(round2(100 * t.Certainty)) }, func(t *signs.Thresholds, x float64) { t.Certainty = x / 100 }},
		{"coverage", p.T("Coverage for a word"), p.T("percent of the model measured"), func(t *signs.Thresholds) string { return float(round2(100 * t.Coverage)) }, func(t *signs.Thresholds, x float64) { t.Coverage = x / 100 }},
		{"twoBusiness", p.T("Two businesses in one"), p.T("percent of revenue on each side"), func(t *signs.Thresholds) string { return float(round2(100 * t.TwoBusiness)) }, func(t *signs.Thresholds, x float64) { t.TwoBusiness = x / 100 }},
		{"window", p.T("Months measured"), p.T("6 to 36"), func(t *signs.Thresholds) string { return whole(t.Window) }, func(t *signs.Thresholds, x float64) { t.Window = int(x) }},
		{"tickets", p.T("Fewest tickets"), p.T("below it nothing is measured"), func(t *signs.Thresholds) string { return whole(t.Floors.Tickets) }, func(t *signs.Thresholds, x float64) { t.Floors.Tickets = int(x) }},
		{"months", p.T("Fewest months"), p.T("below it nothing is measured"), func(t *signs.Thresholds) string { return whole(t.Floors.Months) }, func(t *signs.Thresholds, x float64) { t.Floors.Months = int(x) }},
		{"clients", p.T("Fewest clients"), p.T("below it nothing is measured"), func(t *signs.Thresholds) string { return whole(t.Floors.Clients) }, func(t *signs.Thresholds, x float64) { t.Floors.Clients = int(x) }},
		{"entries", p.T("Fewest time entries"), p.T("below it nothing is measured"), func(t *signs.Thresholds) string { return whole(t.Floors.Entries) }, func(t *signs.Thresholds, x float64) { t.Floors.Entries = int(x) }},
	}
}

func round2(x float64) float64 { return float64(int64(x*100+.5)) / 100 }

func (h *Handlers) saveRules(w http.ResponseWriter, r *http.Request) error {
	v, err := h.settingsView(r)
	if err != nil {
		return err
	}
	v.typed = map[string]string{}
	set := v.set
	defaults := signs.Defaults()
	for _, x := range rules(v.p) {
		text := r.PostFormValue(x.name)
		if r.PostFormValue("reset") != "" {
			text = x.get(&defaults)
		}
		v.typed[x.name] = text
		n, e := number(text)
		if e != nil {
			v.err = e.On(x.name)
			return page.Render(w, r, http.StatusUnprocessableEntity, thresholdsPage(v))
		}
		x.set(&set.Thresholds, n)
	}
	return h.save(w, r, v, set, "/journey/thresholds#rules", func() error { return page.Render(w, r, page.StatusOf(v.err), thresholdsPage(v)) })
}

// save keeps settings; what a person can mend is shown by again.
func (h *Handlers) save(w http.ResponseWriter, r *http.Request, v *thresholdsView, set journey.Settings, next string, again func() error) error {
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	err := h.Journey.Save(r.Context(), version, set, v.seed)
	switch {
	case err == nil:
		page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Saved. Your books are measured anew.")})
		return page.Redirect(w, r, next)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		v.err = err
		return again()
	}
	return err
}

// number reads what a person typed, with a point or a comma.
func number(text string) (float64, *fault.Error) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\u00a0", ""), " ", "")
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.ReplaceAll(text, ",", ".")
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != n || n > 1e12 || n < -1e12 {
		return 0, fault.NewInvalid("%q is not a number.", text)
	}
	return n, nil
}

// thresholdView is the form of one indicator.
type thresholdView struct {
	*thresholdsView
	code   signs.Indicator
	scale  signs.Scale
	values [][2]string // value and points as text
}

// percentUnit says that the values of an indicator are typed as percent.
func percentUnit(code signs.Indicator) bool {
	return code != signs.HoursEndpoint && code != signs.TicketsEndpoint && code != signs.FamiliesCount
}

func (h *Handlers) indicator(r *http.Request) (*thresholdView, error) {
	all, err := h.settingsView(r)
	if err != nil {
		return nil, err
	}
	v := &thresholdView{thresholdsView: all, code: signs.Indicator(r.PathValue("indicator"))}
	v.scale, _ = all.row(v.code)
	if v.scale.Indicator == "" {
		return nil, fault.NewNotFound("There is no such indicator.")
	}
	return v, nil
}

func (v *thresholdView) fill(sc signs.Scale) {
	v.values = nil
	for _, k := range sc.Knots {
		x := k.Value
		if percentUnit(v.code) {
			x = round2(100 * x)
		}
		v.values = append(v.values, [2]string{strconv.FormatFloat(x, 'f', -1, 64), strconv.FormatFloat(k.Points, 'f', -1, 64)})
	}
}

func (h *Handlers) threshold(w http.ResponseWriter, r *http.Request) error {
	v, err := h.indicator(r)
	if err != nil {
		return err
	}
	v.fill(v.scale)
	return page.Render(w, r, http.StatusOK, thresholdPage(v))
}

func (h *Handlers) saveThreshold(w http.ResponseWriter, r *http.Request) error {
	v, err := h.indicator(r)
	if err != nil {
		return err
	}
	again := func() error { return page.Render(w, r, page.StatusOf(v.err), thresholdPage(v)) }
	sc := signs.Scale{Indicator: v.code, Sources: v.scale.Sources}
	if r.PostFormValue("reset") != "" {
		for _, d := range signs.Defaults().Scales {
			if d.Indicator == v.code {
				sc.Knots = d.Knots
			}
		}
	} else {
		for i := range 12 {
			n := strconv.Itoa(i)
			a, b := strings.TrimSpace(r.PostFormValue("value"+n)), strings.TrimSpace(r.PostFormValue("points"+n))
			if a == "" && b == "" {
				continue
			}
			v.values = append(v.values, [2]string{a, b})
			x, e := number(a)
			y, e2 := number(b)
			if e != nil || e2 != nil {
				v.err = fault.NewInvalid("Knot %d needs a value and points: both are numbers.", len(v.values)).On(string(v.code))
				continue
			}
			if percentUnit(v.code) {
				x /= 100
			}
			sc.Knots = append(sc.Knots, signs.Knot{Value: x, Points: y})
		}
		if v.err != nil {
			return again()
		}
	}
	set := v.set
	set.Thresholds.Scales = slices.Clone(set.Thresholds.Scales)
	for i := range set.Thresholds.Scales {
		if set.Thresholds.Scales[i].Indicator == v.code {
			set.Thresholds.Scales[i] = sc
		}
	}
	return h.save(w, r, v.thresholdsView, set, "/journey/thresholds#"+string(v.code), again)
}
