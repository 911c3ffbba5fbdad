// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/kit/fault"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/practice/journey"
	"mainstay/practice/journey/signs"
)

// signView is one sign with its indicators.
type signView struct {
	*show
	at       int // place of the sign among the eight
	sign     signs.Sign
	other    signs.Sign // the opposite sign of the axis
	score    signs.SignScore
	readings []signs.Reading
	clients  []*journey.Client
}

func (h *Handlers) sign(w http.ResponseWriter, r *http.Request) error {
	s, err := h.measured(r)
	if err != nil {
		return err
	}
	v := &signView{show: s, at: -1}
	for i, x := range signs.Axes() {
		switch r.PathValue("sign") {
		case string(x.BreakFix):
			v.at, v.sign, v.other = 2*i, x.BreakFix, x.MSP
		case string(x.MSP):
			v.at, v.sign, v.other = 2*i+1, x.MSP, x.BreakFix
		}
	}
	if v.at < 0 {
		return fault.NewNotFound("There is no such sign.")
	}
	v.score = s.a.Firm.Signs[v.at]
	for _, m := range s.a.Firm.Indicators {
		if m.Sign == v.sign {
			v.readings = append(v.readings, m)
		}
	}
	for _, c := range s.ranked(func(c *journey.Client) bool { return c.Stand.Signs[v.at] != nil }, "") {
		if len(v.clients) < 12 {
			v.clients = append(v.clients, c)
		}
	}
	known := append([]*journey.Client(nil), v.clients...)
	for _, m := range v.readings {
		if e := v.evidenceRow(string(m.Code)); e != nil {
			for i := range e.Top {
				known = append(known, &journey.Client{Name: e.Top[i].Client})
			}
		}
	}
	if err := h.know(r.Context(), s, known); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, signPage(v))
}

func (s *show) evidenceRow(of string) *journey.Evidence {
	for i := range s.a.Evidence {
		if s.a.Evidence[i].Of == of {
			return &s.a.Evidence[i]
		}
	}
	return nil
}

func (v *signView) kpis() page.KPIs {
	if !v.score.Measured {
		return page.KPIs{{Label: v.p.T("Score"), Unknown: v.p.T("not measured")}, {Label: v.p.T("Measured"), Value: v.p.Number(int64(v.score.Have)), Unit: " / " + v.p.Number(int64(v.score.Of)), Note: v.p.T("indicators")}}
	}
	return page.KPIs{
		{Label: v.p.T("Score"), Value: v.points(v.score.Score), Unit: " / 100", Note: v.p.T("how strongly the sign is present")},
		{Label: v.p.T("%s interval", v.percent(.9)), Value: v.interval(v.score.Interval), Note: v.p.T("from the sample")},
		{Label: v.p.T("Hard bounds"), Value: v.interval(v.score.Bounds), Note: v.p.T("if what is missing were 0 or 100")},
		{Label: v.p.T("Measured"), Value: v.p.Number(int64(v.score.Have)), Unit: " / " + v.p.Number(int64(v.score.Of)), Note: v.p.T("indicators")},
	}
}

// largest compares the largest clients on this sign.
func (v *signView) largest() chart.Compare {
	c := chart.Compare{Title: v.p.T("The largest clients on this sign")}
	for _, x := range v.clients {
		s := x.Stand.Signs[v.at]
		c.Bars = append(c.Bars, chart.Bar{Label: x.Name, Data: true, Value: s.Value, Low: s.Low, High: s.High, Text: v.points(s.Value), Class: signClass(v.sign), Href: v.link("/journey", x.Name)})
	}
	return c
}

func (s *show) curve(m signs.Reading) curve {
	return curve{
		scale: s.scale(m.Code), title: s.p.T("How %s becomes points", s.word(string(m.Code))), measured: m.Measured, value: m.Value, interval: m.Interval, points: m.Points,
		class: signClass(m.Sign), format: func(v float64) string { return s.value(m.Code, v) },
	}
}
