// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/worklog"
)

// An allowance of four hours becomes one of six from April on: what is left of March goes over, March stays as it was, and what would
// overlap is refused in words.
func TestAllowanceIsChangedFromADayOn(t *testing.T) {
	ctx := context.Background()
	a := openAt(t, clock.At(time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)))
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{App: a, t: t, handler: h, session: join(t, a, access.Owner)}
	client := agreed(t, site{App: a})
	ag := signedUp(t, site{App: a}, client)
	people, err := a.Work.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	types, err := a.Work.Types(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range types {
		if !x.Billable || x.Archived {
			continue
		}
		me := worklog.Actor{ID: people[0].ID, Name: people[0].Name, Others: true}
		if _, err := a.Work.Create(ctx, me, worklog.Draft{Client: client, Type: x.ID, Day: civil.MustDate(2026, 3, 10), Starts: worklog.NoStart, Minutes: 300}); err != nil {
			t.Fatal(err)
		}
		break
	}
	left := func(day string, want string) {
		t.Helper()
		on, err := civil.Parse(day)
		if err != nil {
			t.Fatal(err)
		}
		list, err := a.Billing.Balances(ctx, client, on)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d balances, %v", len(list), err)
		}
		n, err := list[0].Usage.Left.Round(2)
		if got := (money.Decimal{Coef: n, Scale: 2}).String(); err != nil || got != want {
			t.Errorf("on %s %s h are left, want %s (%v)", day, got, want, err)
		}
	}
	// four hours of February, kept for one month more, then four of March: five are worked
	left("2026-03-15", "3.00")
	own := "/agreements/" + ag.ID.String()
	pot := ag.Pots[0].ID.String()
	body := d.get(own + "/allowance?pot=" + pot)
	if !strings.Contains(body, `value="2026-04-01"`) || !strings.Contains(body, "Support hours") {
		t.Error("the form does not begin with the next interval and what there is")
	}
	form := url.Values{
		"version": {"1"}, "of": {pot}, "day": {"2026-04-01"}, "reason": {"More people"}, "name": {"Support hours"}, "measure": {"hours"}, "each": {"6"}, "every": {"0-1"}, "keep": {"1"}, "carry": {"5"}, "alert": {"20"},
		"line": {ag.Pots[0].Line.String()},
	}
	form.Set("version", itoa(ag.Version))
	code, to, body := d.post(own+"/allowance", form)
	if code != http.StatusSeeOther || to != own+"?day=2026-04-01" {
		t.Fatalf("%d %s %s", code, to, body)
	}
	if ag, err = a.Agreements.Get(ctx, ag.ID); err != nil || len(ag.Pots) != 2 || ag.Pots[1].Follows != ag.Pots[0].ID || ag.Pots[1].Line != ag.Pots[0].Line || ag.Pots[1].Carry == nil || ag.Pots[0].Valid.To != civil.MustDate(2026, 4, 1) {
		t.Fatalf("%+v %v", ag.Pots, err)
	}
	left("2026-03-15", "3.00")
	left("2026-03-31", "3.00")
	left("2026-04-15", "9.00")  // 3 of March, 6 of April
	left("2026-05-15", "11.00") // March has lapsed, 5 of April at most went over, 6 of May
	if body := d.get(own); !strings.Contains(body, "Support hours: 6 instead of 4") || !strings.Contains(body, "Support hours: 5 goes over at most instead of everything") {
		t.Error("the history does not tell what changed")
	}
	if body := d.get(own + "/allowance?pot=" + ag.Pots[1].ID.String()); !strings.Contains(body, "since Apr 1, 2026") || !strings.Contains(body, "Jan 1, 2026") {
		t.Error("the form does not show what was before")
	}
	for name, x := range map[string]struct {
		change url.Values
		says   string
	}{
		"the old one again": {url.Values{"of": {pot}, "day": {"2026-03-20"}}, "Support hours is changed from Apr 1, 2026 on already."},
		"after its end":     {url.Values{"of": {pot}, "day": {"2026-05-01"}}, "Support hours is changed from Apr 1, 2026 on already."},
		"a second one":      {url.Values{"of": {""}, "day": {"2026-06-01"}, "name": {"support hours"}}, "There is an allowance called Support hours from Apr 1, 2026 on already."},
		"before it began":   {url.Values{"of": {ag.Pots[1].ID.String()}, "day": {"2026-03-20"}}, "Support hours does not hold on this day."},
		"below nothing":     {url.Values{"of": {ag.Pots[1].ID.String()}, "day": {"2026-06-01"}, "each": {"six"}}, "is not a number"},
	} {
		f := url.Values{}
		for k, v := range form {
			f[k] = v
		}
		for k, v := range x.change {
			f[k] = v
		}
		f.Set("version", itoa(ag.Version))
		code, _, body := d.post(own+"/allowance", f)
		if code != http.StatusUnprocessableEntity && code != http.StatusConflict || !strings.Contains(body, x.says) {
			t.Errorf("%s: %d, does not say %q", name, code, x.says)
		}
	}
	// corrected on its own day, a block bought for it is not lost
	if err := a.Agreements.BuyBlock(ctx, ag.ID, ag.Version, agreements.Block{Pot: ag.Pots[1].ID, Day: civil.MustDate(2026, 4, 10), Until: civil.NoDate, Amount: money.Decimal{Coef: 10}}); err != nil {
		t.Fatal(err)
	}
	left("2026-04-15", "19.00")
	form.Set("of", ag.Pots[1].ID.String())
	form.Set("each", "8")
	form.Set("version", itoa(ag.Version+1))
	if code, _, body := d.post(own+"/allowance", form); code != http.StatusSeeOther {
		t.Fatalf("the correction: %d %s", code, body)
	}
	left("2026-04-09", "11.00")
	left("2026-04-15", "21.00")
	// and ended: nothing is granted any more
	if ag, err = a.Agreements.Get(ctx, ag.ID); err != nil || len(ag.Pots) != 3 {
		t.Fatalf("%+v %v", ag.Pots, err)
	}
	if code, _, body := d.post(own+"/allowance", url.Values{"version": {itoa(ag.Version)}, "of": {ag.Pots[2].ID.String()}, "day": {"2026-07-01"}, "do": {"end"}}); code != http.StatusSeeOther {
		t.Fatalf("the end: %d %s", code, body)
	}
	if list, err := a.Billing.Balances(ctx, client, civil.MustDate(2026, 7, 1)); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
