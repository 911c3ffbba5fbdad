// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"math"
	"net/http"
	"strconv"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/practice/journey"
	"mainstay/practice/journey/pricing"
)

// transitionView is the plan and the list of whom to talk to first.
type transitionView struct {
	*show
	talks []pricing.Talk
	after int
	pager page.Pager
}

// talksPage is how many talks a page lists.
const talksPage = 20

func (h *Handlers) transition(w http.ResponseWriter, r *http.Request) error {
	s, err := h.load(r)
	if err != nil {
		return err
	}
	if s.a == nil {
		return page.Render(w, r, http.StatusOK, noTransitionPage(s))
	}
	v := &transitionView{show: s}
	v.after, _ = strconv.Atoi(r.FormValue("after"))
	v.after = max(0, min(v.after, len(s.a.Talks)))
	end := min(len(s.a.Talks), v.after+talksPage)
	v.talks = s.a.Talks[v.after:end]
	v.pager.Text = s.p.T("%d–%d of %d", min(v.after+1, end), end, len(s.a.Talks))
	if v.after > 0 {
		v.pager.Newer = "/transition?after=" + strconv.Itoa(max(0, v.after-talksPage)) + "#talks"
	}
	if end < len(s.a.Talks) {
		v.pager.Older = "/transition?after=" + strconv.Itoa(end) + "#talks"
	}
	known := make([]*journey.Client, 0, len(v.talks))
	for _, t := range v.talks {
		known = append(known, &s.a.Clients[t.Client])
	}
	if err := h.know(r.Context(), s, known); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, transitionPage(v))
}

func (s *show) transitionTabs(current string) page.Tabs {
	return page.Tabs{Label: s.p.T("Transition"), Items: []page.Tab{
		{Label: s.p.T("Plan and talks"), Href: "/transition", Current: current == "plan"},
		{Label: s.p.T("Portfolio and prices"), Href: "/transition/portfolio", Current: current == "portfolio"},
	}}
}

// why says in words why to talk to a client now; reasons come with the most telling first.
func (s *show) reasonText(x pricing.Reason) string {
	switch x.Code {
	case "steady":
		return s.p.T("buys in %d of 12 months", int(x.Value))
	case "few-months":
		return s.p.T("buys rarely: only one in two such clients comes back")
	case "near":
		switch {
		case x.Value <= 1:
			return s.p.T("a fee of %s of what it spends today", s.percent(x.Value))
		case x.Value <= 1.8:
			return s.p.T("a fee only %s above what it spends today", s.percent(x.Value-1))
		}
		return s.p.T("a fee far above what it spends today (× %s)", s.p.Float(x.Value, 1))
	case "size":
		return s.p.T("%s of your revenue", s.p.Percent(x.Value, 1))
	case "spiky":
		return s.p.T("its worst month was %s times a usual one", s.p.Float(x.Value, 1))
	case "hours-at-stake":
		return s.p.T("about %s reactive hours a year", s.p.Float(x.Value, 0))
	case "gain":
		return s.p.T("%s more margin a year", s.cash(float64(x.Minor)))
	case "endpoints-unknown":
		return s.p.T("its devices are not known")
	}
	return s.word(x.Code)
}

// reasonWord names a part of the score.
func (s *show) reasonClass(code string) string {
	switch code {
	case "steady":
		return chart.C1
	case "near":
		return chart.C2
	case "size":
		return chart.C5
	case "spiky":
		return chart.C3
	}
	return chart.C6
}

func (s *show) scoreParts(t pricing.Talk) chart.Share {
	c := chart.Share{Title: s.p.T("Score %s of 100", s.points(t.Score)), Bare: true}
	sum := 0.
	for _, x := range t.Reasons {
		if x.Points > 0 {
			c.Parts = append(c.Parts, chart.Part{Label: s.word(x.Code), Class: s.reasonClass(x.Code), Value: x.Points, Text: s.points(x.Points)})
			sum += x.Points
		}
	}
	c.Parts = append(c.Parts, chart.Part{Label: s.p.T("missing to 100"), Class: "meter-track", Value: max(0, 100-sum), Text: s.points(max(0, 100-sum))})
	return c
}

// guard is what an agreement must say; the sentence is for the reader.
func guard(p locale.Printer, code string) (head, text string) {
	switch code {
	case "scope-list":
		return p.T("Scope list"), p.T("What is included and what is not, in writing; projects stay outside.")
	case "onboarding-fee":
		return p.T("Onboarding fee"), p.T("Getting a neglected network into shape is work of its own: charge it once.")
	case "seat-true-up":
		return p.T("Seats counted monthly"), p.T("The fee follows the real number of people and devices.")
	case "quarterly-reprice":
		return p.T("Over-use clause"), p.T("After a quarter above the agreed hours the price is looked at again.")
	case "yearly-escalator":
		return p.T("Yearly rise"), p.T("A fixed rise each year, written in from the start.")
	}
	return code, ""
}

// pitfalls are what agreements fail on.
func pitfalls(ctx context.Context) []string {
	return []string{
		locale.T(ctx, "Priced too low: the fee is the average of the past, and one year in three is worse than that."),
		locale.T(ctx, "No yearly rise: wages grow, the fee does not."),
		locale.T(ctx, "Too many tiers: three are understood, eight are not."),
		locale.T(ctx, "No standard tools: every client is a special case."),
		locale.T(ctx, "Hours not logged because \"it is included\": nobody sees that an agreement loses money."),
		locale.T(ctx, "One client eats three to four times its hours, and the others pay."),
		locale.T(ctx, "Prepaid blocks taken for the goal: they are a stepping stone."),
	}
}

// itemText says how far an item of the plan is.
func (s *show) itemText(i journey.Item) string {
	if !i.Known {
		return s.p.T("needs %s", s.word(i.Need))
	}
	unit := i.Unit
	switch unit {
	case "clients":
		return s.p.T("%s of %s clients", s.points(i.Have), s.points(i.Goal))
	case "tiers":
		return s.p.T("%s of %s tiers", s.points(i.Have), s.points(i.Goal))
	}
	return s.p.T("%s, goal %s", s.figure(unit, i.Have), s.figure(unit, i.Goal))
}

func (s *show) stepText(code string) string {
	switch code {
	case "mindset":
		return s.p.T("Monitor and patch everything first, so that work starts before the call.")
	case "portfolio":
		return s.p.T("Three tiers a client can subscribe to, from basic support to full management.")
	case "relationships":
		return s.p.T("Become the partner who knows the plans, not the one who is called.")
	case "pricing":
		return s.p.T("A predictable fee that carries its own risk.")
	}
	return ""
}

// itemHref leads to where an item is worked on.
func itemHref(code string) string {
	switch code {
	case "tiers-priced", "hourly-rate-of-agreements", "clients-priced":
		return "/transition/portfolio"
	case "less-reactive":
		return "/journey/signs/client-driven"
	case "monitor-everything", "patch-everything", "alerts-first", "maintenance-on-time":
		return "/journey/signs/proactive"
	case "families-wide", "clients-two-families":
		return "/journey/signs/comprehensive"
	case "planned-contact":
		return "/journey/signs/limited-interaction"
	case "reviews-held", "roadmaps":
		return "/journey/signs/strategic"
	case "recurring-share", "revenue-under-agreement", "clients-under-agreement":
		return "/journey/signs/subscription"
	case "less-by-the-hour":
		return "/journey/signs/on-demand"
	}
	return ""
}

// replayView is "had they been on …" for one client.
type replayView struct {
	*show
	id   ids.ID
	name string
	c    *journey.Client
	r    *pricing.Replay
	set  journey.Settings
	talk *pricing.Talk
	firm string
	day  string
}

func (h *Handlers) replayOf(r *http.Request) (*replayView, error) {
	s, err := h.measured(r)
	if err != nil {
		return nil, err
	}
	v := &replayView{show: s}
	if v.id, v.name, v.c, err = h.one(r, s); err != nil {
		return nil, err
	}
	if v.set, _, _, err = h.Journey.Settings(r.Context()); err != nil {
		return nil, err
	}
	if v.c != nil {
		v.r = v.c.Replay
		if v.c.Talk > 0 && v.c.Talk <= len(s.a.Talks) {
			v.talk = &s.a.Talks[v.c.Talk-1]
		}
	}
	v.firm, v.day = page.From(r.Context()).Firm, s.p.DateTime(h.Clock.Now())
	return v, nil
}

func (h *Handlers) replay(w http.ResponseWriter, r *http.Request) error {
	v, err := h.replayOf(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, replayPage(v))
}

func (h *Handlers) proposal(w http.ResponseWriter, r *http.Request) error {
	v, err := h.replayOf(r)
	if err != nil {
		return err
	}
	if v.r == nil || len(v.r.Quotes) == 0 {
		return fault.NewNotFound("There is no price for this client yet: too little of its past is known.")
	}
	return page.Render(w, r, http.StatusOK, proposalPage(v))
}

// suggested is the tier to offer: the cheapest that pays, nil where none does.
func (v *replayView) suggested() *pricing.TierFit {
	for i := range v.r.Tiers {
		if v.r.Tiers[i].Suggested {
			return &v.r.Tiers[i]
		}
	}
	return nil
}

func (v *replayView) tier(code string) pricing.Tier {
	for _, t := range v.set.Pricing.Tiers {
		if t.Code == code {
			return t
		}
	}
	return pricing.Tier{Code: code, Name: code}
}

func (v *replayView) kpis() page.KPIs {
	q := v.r.Quotes[0]
	k := page.KPIs{
		{Label: v.p.T("Fee a month"), Value: v.cash(float64(q.Fee)), Note: v.bound(q)},
		{Label: v.p.T("Margin, usual year"), Value: v.percent(q.MarginP50), Note: v.p.T("bad year: %s", v.percent(q.MarginP80))},
		{Label: v.p.T("Effective hourly rate"), Value: v.cash(float64(q.HourlyP50)), Note: v.p.T("your rate: %s", v.cash(float64(v.a.Rate)))},
		{Label: v.p.T("Reactive hours a year"), Value: v.p.Float(v.r.Hours.P50, 0), Note: v.p.T("bad year: %s", v.p.Float(v.r.Hours.P80, 0))},
	}
	if v.r.SeatPrice > 0 {
		k = append(k, page.KPI{Label: v.p.T("Per device and month"), Value: v.cash(float64(v.r.SeatPrice)), Note: v.p.N("%d device|%d devices", int64(v.r.Exposure))})
	} else {
		k = append(k, page.KPI{Label: v.p.T("Per device and month"), Unknown: v.p.T("its devices are not known")})
	}
	return append(k, page.KPI{Label: v.p.T("Margin gained a year"), Value: v.cash(float64(v.r.GainYear)), Note: v.p.T("against time and materials")})
}

// bound says which check sets the fee.
func (v *replayView) bound(q pricing.Quote) string {
	for _, c := range q.Checks {
		if c.Bind {
			return v.p.T("set by: %s", v.check(c.Code))
		}
	}
	return ""
}

func (s *show) check(code string) string {
	switch code {
	case "floor":
		return s.p.T("target margin")
	case "hourly-rate":
		return s.p.T("your hourly rate")
	case "break-even":
		return s.p.T("no loss in a bad year")
	case "minimum":
		return s.p.T("smallest fee")
	}
	return code
}

// checkText says what a check asks.
func (s *show) checkText(code string) string {
	switch code {
	case "floor":
		return s.p.T("The fee leaves the target margin in a usual year.")
	case "hourly-rate":
		return s.p.T("An hour under the agreement earns at least an hour by the clock.")
	case "break-even":
		return s.p.T("In four years of five the fee covers the cost.")
	case "minimum":
		return s.p.T("Below this no agreement is worth its paperwork.")
	}
	return ""
}

// fee for the year against the client's own spending, for the client's side.
func (v *replayView) clientBars() chart.Compare {
	r := v.r
	c := chart.Compare{Title: v.p.T("A year for the client")}
	c.Bars = append(c.Bars,
		chart.Bar{Label: v.p.T("By the hour, last year"), Value: float64(r.SpendYear), Text: v.cash(float64(r.SpendYear)), Class: chart.C4},
		chart.Bar{Label: v.p.T("By the hour, next year"), Value: v.r.Hours.P50 * float64(v.a.Rate), Low: float64(r.SpendLow), High: float64(r.SpendHigh), Text: v.short(float64(r.SpendLow)) + "–" + v.short(float64(r.SpendHigh)), Class: chart.C4},
		chart.Bar{Label: v.p.T("12 × the fee"), Value: float64(r.FeeYear), Text: v.cash(float64(r.FeeYear)), Class: chart.C1})
	for _, t := range r.Tiers {
		c.Bars = append(c.Bars, chart.Bar{Label: "12 × " + v.tier(t.Code).Name, Data: true, Value: float64(12 * (t.Fee + t.Extra)), Text: v.cash(float64(12 * (t.Fee + t.Extra))), Class: chart.C2})
	}
	return c
}

// offer is the monthly fee of the proposal: the suggested tier's, or the smallest that passes.
func (v *replayView) offer() int64 {
	if t := v.suggested(); t != nil {
		return t.Fee
	}
	return v.r.Quotes[0].Fee
}

// onboarding is the fee at the start of the proposal.
func (v *replayView) onboarding() float64 { return v.set.Pricing.Onboarding * float64(v.offer()) }

func (v *replayView) worstBars(fee int64) chart.Compare {
	return chart.Compare{Title: v.p.T("The client's worst month"), Bars: []chart.Bar{
		{Label: v.p.T("As it was"), Value: float64(v.r.WorstBefore), Text: v.cash(float64(v.r.WorstBefore)), Class: chart.C3},
		{Label: v.p.T("Under the fee"), Value: float64(fee), Text: v.cash(float64(fee)), Class: chart.C1},
	}}
}

// hadSentence says in words what an agreement would have meant for both sides.
func hadSentence(s *show, c *journey.Client) string {
	r := c.Replay
	q := r.Quotes[0]
	if c.Stand.Agreed {
		if paid := agreedYear(s, c); paid > 0 {
			margin := 1 - float64(12*q.CostP50)/paid
			if paid < float64(r.FeeYear) {
				return s.p.T("It leaves %s margin in a usual year; to pass every check it would have to bring %s more a year.", s.percent(margin), s.cash(float64(r.FeeYear)-paid))
			}
			return s.p.T("It leaves %s margin in a usual year and passes every check.", s.percent(margin))
		}
	}
	out := s.p.T("A fee of %s a month would leave us %s margin in a usual year and %s in a bad one.", s.cash(float64(q.Fee)), s.percent(q.MarginP50), s.percent(q.MarginP80))
	switch {
	case r.WorstBefore > r.WorstAfter:
		out += " " + s.p.T("The client's worst month falls from %s to %s.", s.cash(float64(r.WorstBefore)), s.cash(float64(r.WorstAfter)))
	case r.SpendYear > 0:
		out += " " + s.p.T("The client pays %s a year more than by the hour and never again a surprise.", s.cash(math.Max(0, float64(r.FeeYear-r.SpendYear))))
	}
	return out
}

// hoursNote says where the hours come from and how far they are the client's own.
func (v *replayView) hoursNote() string {
	h := v.r.Hours
	if v.r.FromMoney {
		return v.p.T("Hours are reckoned from what was charged, at %s an hour. %s of the forecast is the client's own year, the rest what all your clients need.", v.cash(float64(v.a.Rate)), v.percent(h.Weight))
	}
	return v.p.T("%s of the forecast is the client's own year (%s hours), the rest what all your clients need.", v.percent(h.Weight), v.p.Float(h.Last, 0))
}

func (s *show) rateNote() string {
	switch s.a.RateFrom {
	case "default":
		return s.p.T("Reckoned with our default of %s an hour: give your own rate.", s.p.Money(s.a.Rate, s.a.Currency))
	case "hours":
		return s.p.T("Reckoned with %s an hour, what your billed time entries earned.", s.p.Money(s.a.Rate, s.a.Currency))
	}
	return ""
}

// market says what is published.
func (s *show) market(m pricing.SeatPrice) (word, amount string) {
	word = map[string]string{"average": s.p.T("average"), "world-class": s.p.T("world class"), "healthy": s.p.T("healthy")}[m.Code]
	if m.Low == 0 {
		return word, s.p.T("below %s", s.p.MoneyWhole(m.High, "USD"))
	}
	return word, s.p.MoneyWhole(m.Low, "USD") + "–" + s.p.MoneyWhole(m.High, "USD")
}
