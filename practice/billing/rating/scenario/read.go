// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"math"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// The most of everything in one file.
const (
	maxLines = 1000
	maxTerms = 200
	maxFacts = 20_000
	maxRuns  = 2000
	maxWork  = 50_000
	maxRates = 100
	maxTaxes = 10 // of one line
)

// Scenario is an agreement's life, ready to be run.
type Scenario struct {
	Currency money.Currency
	zone     *time.Location
	rounding rating.Rounding
	within   bool // amounts contain their tax
	rates    []rating.Dated
	usual    []string // taxes of lines that name none
	treated  []treatment
	lines    []*line
	pots     []*pot
	hands    []adjustment
	rises    []rise
	labour   *labour
	extras   []extra
	account  *account

	minimums  []*minimum
	discounts []*discount

	runs     []moment
	expected []expectation
}

// known is something with the instant from which runs know it, in microseconds.
type known[T any] struct {
	is   T
	from int64
}

// always is before every run.
const always = math.MinInt64

// since is the beginning of a day where the agreement is at home.
func (s *Scenario) since(day civil.Date) int64 {
	if !day.Known() {
		return always
	}
	return day.Time(s.zone).UnixMicro()
}

// known reads from when on runs know of something: a day or a time, otherwise from a day on.
func (s *Scenario) known(n node, otherwise civil.Date) int64 {
	if n.missing() {
		return s.since(otherwise)
	}
	m, ok := s.moment(n)
	if !ok {
		return always
	}
	if m.timed {
		return m.instant
	}
	return s.since(m.day)
}

type line struct {
	id    ids.ID
	name  string
	taxes []string
	terms []known[rating.Terms]
	facts []known[fact]
	last  []known[civil.Date]

	sources map[ids.ID]string // of facts
}

// fact is a level, or by how much the level before it changes.
type fact struct {
	rating.Fact
	change *money.Decimal
}

type pot struct {
	name    string
	rules   rating.Pot
	work    []known[rating.Work]
	over    *line // what is used beyond it
	alert   *money.Decimal
	typeIDs map[string]ids.ID

	step, least money.Decimal // work is rounded up to
	measure     string        // "", "tickets" or "money"
	tickets     map[string]int
}

type adjustment struct {
	day    civil.Date
	line   string
	from   civil.Date
	amount int64

	path string
}

// moment is a day, or a time with the day it lies in. A run of a day knows everything of that day.
type moment struct {
	at      string
	day     civil.Date
	instant int64
	timed   bool
}

var (
	unitWords  = []string{"month", "quarter", "year", "week", "day"}
	unitValues = []rating.Unit{rating.Month, rating.Quarter, rating.Year, rating.Week, rating.Day}

	modelWords  = []string{"flat", "per_unit", "graduated", "volume", "package"}
	modelValues = []rating.Model{rating.Flat, rating.PerUnit, rating.Graduated, rating.Volume, rating.Package}

	ruleWords  = []string{"each_day", "at_end", "at_start", "maximum", "average", "day_by_day", "sum"}
	ruleValues = []rating.Rule{rating.EachDay, rating.AtEnd, rating.AtStart, rating.Maximum, rating.Average, rating.DayByDay, rating.Sum}

	dueWords = []string{"advance", "arrears", "each_run"}

	prorationWords  = []string{"actual", "thirty", "strict_thirty", "none"}
	prorationValues = []rating.Proration{rating.Actual, rating.Thirty, rating.Strict30, rating.Never}
)

// Read reads a scenario. A fault names the place of the first thing that is wrong.
func Read(data []byte) (*Scenario, error) {
	v, err := parse(data)
	if err != nil {
		return nil, err
	}
	var first error
	n := node{"", v, &first}.fields("about", "currency", "zone", "tax", "lines", "allowances", "labour", "work", "minimums", "discounts", "adjustments",
		"reductions", "surcharges", "account", "runs", "expected")
	readAbout(n.get("about"))
	s := &Scenario{Currency: money.Currency(n.get("currency").must()), zone: time.UTC}
	if !s.Currency.Known() {
		n.get("currency").fail(fault.NewInvalid("currency must be the code of a currency in capital letters, such as EUR; it is %q.", shortened(string(s.Currency))))
	}
	if z := n.get("zone"); !z.missing() {
		if zone, err := rating.Zone(z.text()); err != nil {
			z.fail(fault.NewInvalid("zone must be a time zone such as Europe/Berlin; it is %q.", shortened(z.text())).Because(err))
		} else {
			s.zone = zone
		}
	}
	s.readTax(n.get("tax"))
	each := func(name string, most int, read func(node)) {
		for _, x := range n.get(name).list(most) {
			if first != nil {
				return // only the first thing that is wrong is told
			}
			read(x)
		}
	}
	each("lines", maxLines, s.readLine)
	s.readLabour(n.get("labour"))
	each("allowances", maxLines, s.readPot)
	each("work", maxWork, s.readWork)
	each("minimums", maxTerms, s.readMinimum)
	each("discounts", maxTerms, s.readDiscount)
	each("adjustments", maxFacts, s.readAdjustment)
	each("reductions", maxTerms, func(x node) { s.readExtra(x, true) })
	each("surcharges", maxTerms, func(x node) { s.readExtra(x, false) })
	s.readAccount(n.get("account"))
	each("runs", maxRuns, s.readRun)
	if len(s.runs) == 0 {
		n.get("runs").fail(fault.NewInvalid("runs is missing: the days on which bills are made, such as [\"2026-02-01\"]."))
	}
	each("expected", maxRuns, s.readExpected)
	if first != nil {
		return nil, first
	}
	return s, s.escalate()
}

// readAbout reads what a file says of itself: where its figures come from, which rule they show, and why they differ from those of
// their source.
func readAbout(n node) {
	if n.missing() {
		return
	}
	n.fields("title", "source", "rule", "differs")
	for _, k := range []string{"title", "source", "rule", "differs"} {
		n.get(k).prose()
	}
}

func (s *Scenario) readRun(n node) {
	m, _ := s.moment(n)
	if k := len(s.runs); k > 0 {
		if last := s.runs[k-1]; m.day < last.day || m.timed && last.timed && m.instant < last.instant {
			n.fail(fault.NewInvalid("%s lies before the run above it.", n.name()))
		}
	}
	s.runs = append(s.runs, m)
}

// moment reads a day or a time.
func (s *Scenario) moment(n node) (m moment, ok bool) {
	m.at = n.text()
	if d, err := civil.Parse(m.at); err == nil {
		m.day, m.instant = d, s.since(d+1)-1
		return m, true
	}
	t, err := time.Parse(time.RFC3339, m.at)
	if err != nil {
		n.fail(fault.NewInvalid("%s must be a day such as 2026-01-31, or a time such as 2026-01-31T23:30:00Z.", n.name()))
		return m, false
	}
	m.day, m.instant, m.timed = rating.DayIn(t, s.zone), t.UnixMicro(), true
	if m.day < civil.MustDate(civil.MinYear, 1, 1) || m.day > civil.MustDate(civil.MaxYear, 12, 31) {
		n.fail(fault.NewInvalid("%s must lie between the years %d and %d.", n.name(), civil.MinYear, civil.MaxYear))
		return m, false
	}
	return m, true
}
