// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

func ledgerOf(t testing.TB) *books.Ledger {
	t.Helper()
	l, err := believable()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// post sends a form as the owner and returns status and body, or the place it leads to.
func (s *site) post(t testing.TB, path string, form url.Values) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(s.session)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if w.Code == http.StatusSeeOther {
		return w.Code, w.Header().Get("Location")
	}
	return w.Code, w.Body.String()
}

func TestQuestionsAreAnsweredForgottenAndLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s := newSiteOn(t, d, ledgerOf(t))
		l, err := s.journey.Latest(ctx)
		if err != nil || len(l.Assessment.Questions) < 3 {
			t.Fatal(len(l.Assessment.Questions), err)
		}
		q := l.Assessment.Questions[0]
		if _, body := s.get(t, "/journey/questions"); !strings.Contains(body, html.EscapeString(q.Text)) {
			t.Errorf("the question %q is not asked", q.Text)
		}
		if code, to := s.post(t, "/journey/questions", url.Values{"key": {q.Key}, "sample": {q.Text}, "class": {"recurring"}}); code != http.StatusSeeOther || to != "/journey/questions" {
			t.Fatal(code, to)
		}
		_, body := s.get(t, "/journey/questions")
		if strings.Contains(body, `name="sample" value="`+html.EscapeString(q.Text)) || !strings.Contains(body, "Take back") {
			t.Error("an answered question is asked again")
		}
		answers, err := s.journey.Answers(ctx)
		if err != nil || len(answers) != 1 || answers[0].Class != recurring.Recurring {
			t.Errorf("%+v %v", answers, err)
		}
		if code, _ := s.post(t, "/journey/questions", url.Values{"key": {q.Key}, "class": {"nonsense"}}); code != http.StatusUnprocessableEntity {
			t.Error("nonsense was kept:", code)
		}
		// "Can't say" leaves it open, further down, and changes nothing.
		second := l.Assessment.Questions[1]
		code, to := s.post(t, "/journey/questions", url.Values{"key": {second.Key}, "class": {"skip"}})
		if code != http.StatusSeeOther || !strings.Contains(to, "skip=") {
			t.Fatal(code, to)
		}
		if _, body := s.get(t, to); !strings.Contains(body, "Left open") {
			t.Error("what was left open is gone")
		}
		if code, _ := s.post(t, "/journey/questions", url.Values{"key": {q.Key}, "class": {"forget"}}); code != http.StatusSeeOther {
			t.Error(code)
		}
		if answers, _ = s.journey.Answers(ctx); len(answers) != 0 {
			t.Errorf("%+v", answers)
		}
	})
}

func TestMeasuredByHand(t *testing.T) {
	s := newSite(t, ledgerOf(t))
	if _, body := s.get(t, "/journey"); !strings.Contains(body, "Measure now") {
		t.Error("nothing to press")
	}
	if code, to := s.post(t, "/journey/measure", nil); code != http.StatusSeeOther || to != "/journey" {
		t.Fatal(code, to)
	}
	if l, err := s.journey.Latest(context.Background()); err != nil || !l.Stale {
		t.Error("nothing was asked for", err)
	}
	if _, body := s.get(t, "/journey"); !strings.Contains(body, "Measuring your books") || strings.Contains(body, "Measure now") {
		t.Error("the page does not tell")
	}
}

func TestThresholdsAreEdited(t *testing.T) {
	ctx := context.Background()
	s := newSite(t, ledgerOf(t))
	const page = "/journey/thresholds/revenue.recurring"
	knots := func(version string, vp ...string) url.Values {
		f := url.Values{"version": {version}}
		for i := 0; i+1 < len(vp); i += 2 {
			f.Set(fmt.Sprintf("value%d", i/2), vp[i])
			f.Set(fmt.Sprintf("points%d", i/2), vp[i+1])
		}
		return f
	}
	if code, body := s.post(t, page, knots("0", "10", "0", "x", "50")); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Knot 2 needs a value") {
		t.Error(code)
	}
	if code, body := s.post(t, page, knots("0", "50", "0", "40", "60")); code != http.StatusUnprocessableEntity || !strings.Contains(body, "must rise") {
		t.Error("falling knots were kept", code)
	}
	if code, to := s.post(t, page, knots("0", "5", "0", "", "", "50,5", "60", "90 %", "100")); code != http.StatusSeeOther || to != "/journey/thresholds#revenue.recurring" {
		t.Fatal(code, to)
	}
	scale := func() signs.Scale {
		set, _, _, err := s.journey.Settings(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, sc := range set.Thresholds.Scales {
			if sc.Indicator == signs.RevenueRecurring {
				return sc
			}
		}
		return signs.Scale{}
	}
	if sc := scale(); !sc.Own || len(sc.Knots) != 3 || sc.Knots[1].Value != .505 {
		t.Errorf("%+v", sc)
	}
	if code, body := s.post(t, page, knots("0", "5", "0", "60", "100")); code != http.StatusConflict || !strings.Contains(body, "in the meantime") {
		t.Error("somebody else's change was overwritten", code)
	}
	if code, _ := s.post(t, page, url.Values{"version": {"1"}, "reset": {"1"}}); code != http.StatusSeeOther || scale().Own {
		t.Error("not back at the default", code)
	}
	if code, body := s.post(t, "/journey/thresholds", url.Values{"version": {"2"}, "breakFix": {"abc"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "is not a number") {
		t.Error(code)
	}
	if code, _ := s.post(t, "/journey/thresholds", url.Values{"version": {"2"}, "reset": {"1"}}); code != http.StatusSeeOther {
		t.Error(code)
	}
}

func TestPortfolioIsEdited(t *testing.T) {
	ctx := context.Background()
	s := newSite(t, ledgerOf(t))
	figures := url.Values{
		"version": {"0"}, "part": {"figures"}, "rate": {"132,50"}, "wage": {""}, "tools": {"12"}, "targetMargin": {"55"}, "minimumFee": {"300"},
		"hoursWorkstation": {"0.25"}, "hoursServer": {"1.5"}, "escalator": {"4"}, "onboarding": {"1"}, "wagesYear": {""},
	}
	if code, to := s.post(t, "/transition/portfolio", figures); code != http.StatusSeeOther {
		t.Fatal(code, to)
	}
	set, _, version, err := s.journey.Settings(ctx)
	if err != nil || !set.RateSet || set.WageSet || set.Pricing.Rate != 132_50 || set.Pricing.TargetMargin != .55 {
		t.Errorf("%+v %v", set.Pricing, err)
	}
	figures.Set("version", fmt.Sprint(version))
	figures.Set("tools", "")
	if code, body := s.post(t, "/transition/portfolio", figures); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Enter a number.") {
		t.Error(code)
	}
	tiers := url.Values{"version": {fmt.Sprint(version)}, "part": {"tiers"}, "name0": {"Care"}, "code0": {"basic"}, "perDevice0": {"49.90"}, "reactive0": {"50"}, "families0": {"helpdesk", "nonsense"}, "name1": {""}}
	if code, to := s.post(t, "/transition/portfolio", tiers); code != http.StatusSeeOther {
		t.Fatal(code, to)
	}
	set, _, _, _ = s.journey.Settings(ctx)
	if x := set.Pricing.Tiers; !set.TiersSet || len(x) != 1 || x[0].PerDevice != 49_90 || x[0].Reactive != .5 || len(x[0].Families) != 1 {
		t.Errorf("%+v", x)
	}
}

// TestEvidenceAsCSV: all rows are in the file, and no cell starts a formula.
func TestEvidenceAsCSV(t *testing.T) {
	l := *ledgerOf(t)
	l.Texts = append([]string(nil), l.Texts...)
	for i := range l.Texts {
		if strings.Contains(l.Texts[i], "Managed support") {
			l.Texts[i] = "=cmd|' /C calc'!A0 " + l.Texts[i]
		}
	}
	s := newSite(t, &l)
	latest, err := s.journey.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, e := range latest.Assessment.Evidence {
		if e.Of == "revenue.recurring" {
			want = e.Rows
		}
	}
	code, body := s.get(t, "/journey/evidence.csv?of=revenue.recurring")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if code != http.StatusOK || err != nil || len(rows) != want+1 || want == 0 {
		t.Fatal(code, err, len(rows), want)
	}
	for _, r := range rows {
		for _, c := range r {
			if strings.HasPrefix(c, "=") {
				t.Fatalf("%q", c)
			}
		}
	}
	if code, _ := s.get(t, "/journey/evidence?of=nonsense"); code != http.StatusNotFound {
		t.Error(code)
	}
	if code, _ := s.get(t, "/journey/signs/nonsense"); code != http.StatusNotFound {
		t.Error(code)
	}
}

// TestLinksLead: every link of every page to a page of the journey leads somewhere.
func TestLinksLead(t *testing.T) {
	s := newSite(t, ledgerOf(t))
	link := regexp.MustCompile(`href="(/(?:journey|transition)[^"#]*)`)
	seen, next := map[string]bool{}, []string{"/journey", "/transition"}
	for len(next) > 0 && len(seen) < 150 {
		path := html.UnescapeString(next[0])
		next = next[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		code, body := s.get(t, path)
		if code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
		if strings.Contains(path, "report") || strings.Contains(path, ".csv") {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			next = append(next, m[1])
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d pages were found", len(seen))
	}
}

// TestEvents: whoever comes when all is measured is sent on at once.
func TestEvents(t *testing.T) {
	s := newSite(t, ledgerOf(t))
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/journey/events?back=https://evil.example", nil)
	r.AddCookie(s.session)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b := make([]byte, 4096)
	n, _ := res.Body.Read(b)
	if got := string(b[:n]); !strings.Contains(got, "event: progress") || strings.Contains(got, "evil") || !strings.Contains(got, `"next":"/"`) {
		t.Error(got)
	}
}

// large is a firm with many clients.
func large(clients int) *books.Ledger {
	rng := rand.New(rand.NewPCG(1, 2))
	l := &books.Ledger{
		Currency: "EUR", Clients: []string{""}, Texts: []string{"", "Managed workstation, monthly", "On-site labour, per hour", "Laptop", "Firewall setup"}, Docs: []string{""}, People: []string{""},
		Sources: []books.Source{{Name: "invoices.csv", Kind: books.KindLines}, {Name: "tickets.csv", Kind: books.KindTickets}},
	}
	for i := range 400 {
		l.Texts = append(l.Texts, fmt.Sprintf("Sonderposten %c%c", 'a'+i/26, 'a'+i%26))
	}
	for i := range clients {
		l.Clients = append(l.Clients, fmt.Sprintf("Client %05d", i))
		for m := range 24 {
			day := (civil.NewMonth(2024, 1) + civil.Month(m)).First()
			text := int32(1 + i%2)
			if rng.IntN(4) == 0 {
				text = int32(3 + rng.IntN(len(l.Texts)-3))
			}
			l.Lines = append(l.Lines, books.Line{Row: books.Row{Number: int64(len(l.Lines) + 2)}, Client: int32(i + 1), Text: text, Day: day, Minor: int64(10000 + i*10 + rng.IntN(5000)*(i%2))})
			l.Tickets = append(l.Tickets, books.Ticket{Row: books.Row{Source: 1, Number: int64(len(l.Tickets) + 2)}, Client: int32(i + 1), Opened: int64(day) * 86400 * 1e6, Origin: books.Origin(1 + rng.IntN(4))})
		}
	}
	return l
}

// BenchmarkPages measures the server time of the pages of a firm with 2,000 clients; the limit is
// 50 ms.
func BenchmarkPages(b *testing.B) {
	s := newSite(b, large(2000))
	var one string
	for _, id := range s.clients {
		one = id.String()
		break
	}
	for _, path := range []string{
		"/journey", "/journey/clients", "/journey/clients?sort=position&after=500", "/journey/signs/subscription", "/journey/evidence?of=revenue.recurring",
		"/journey/questions", "/journey/thresholds", "/transition", "/transition/portfolio", "/transition/clients/" + one,
	} {
		b.Run(strings.ReplaceAll(strings.Trim(path, "/"), "/", "."), func(b *testing.B) {
			for b.Loop() {
				if code, _ := s.get(b, path); code != http.StatusOK {
					b.Fatal(code)
				}
			}
		})
	}
}
