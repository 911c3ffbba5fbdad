// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

const nb = "\u00a0"

// What ICU 78 (CLDR 48) prints, taken with Intl.NumberFormat and Intl.DateTimeFormat. ICU's
// English time has U+202F before AM, as CLDR says.
func TestFormatsFollowCLDR(t *testing.T) {
	day := civil.MustDate(2026, 3, 5)
	at := time.Date(2026, 3, 5, 14, 7, 9, 0, time.UTC)
	for _, c := range []struct {
		tag                                                                             Tag
		number, percent, eur, eurMinus, usd, chf, date, long, dayMonth, month, name, dt string
	}{
		{EnUS, "-1,234,567.89", "12.5%", "€1,234,567.89", "-€1,234.50", "$1,234,567.89", "CHF" + nb + "1,234,567.89", "Mar 5, 2026", "March 5, 2026", "Mar 5", "Mar 2026", "Mar", "Mar 5, 2026, 2:07\u202fPM"},
		{EnGB, "-1,234,567.89", "12.5%", "€1,234,567.89", "-€1,234.50", "US$1,234,567.89", "CHF" + nb + "1,234,567.89", "5 Mar 2026", "5 March 2026", "5 Mar", "Mar 2026", "Mar", "5 Mar 2026, 14:07"},
		{DeDE, "-1.234.567,89", "12,5" + nb + "%", "1.234.567,89" + nb + "€", "-1.234,50" + nb + "€", "1.234.567,89" + nb + "$", "1.234.567,89" + nb + "CHF", "05.03.2026", "5. März 2026", "5. März", "März 2026", "Mär", "05.03.2026, 14:07"},
		{DeAT, "-1" + nb + "234" + nb + "567,89", "12,5" + nb + "%", "€" + nb + "1.234.567,89", "-€" + nb + "1.234,50", "$" + nb + "1.234.567,89", "CHF" + nb + "1.234.567,89", "05.03.2026", "5. März 2026", "5. März", "März 2026", "Mär", "05.03.2026, 14:07"},
		{DeCH, "-1'234'567.89", "12.5%", "EUR" + nb + "1'234'567.89", "EUR-1'234.50", "$" + nb + "1'234'567.89", "CHF" + nb + "1'234'567.89", "05.03.2026", "5. März 2026", "5. März", "März 2026", "Mär", "05.03.2026, 14:07"},
	} {
		p := New(c.tag, nil)
		for what, pair := range map[string][2]string{
			"number":    {p.Decimal(money.Decimal{Coef: -123456789, Scale: 2}), c.number},
			"float":     {p.Float(-1234567.891, 2), c.number},
			"percent":   {p.Percent(.125, 1), c.percent},
			"eur":       {p.Money(123456789, "EUR"), c.eur},
			"minus":     {p.Money(-123450, "EUR"), c.eurMinus},
			"usd":       {p.Money(123456789, "USD"), c.usd},
			"chf":       {p.Money(123456789, "CHF"), c.chf},
			"date":      {p.Date(day), c.date},
			"long date": {p.DateLong(day), c.long},
			"day":       {p.DayMonth(day), c.dayMonth},
			"month":     {p.Month(day.Month()), c.month},
			"name":      {p.MonthName(day.Month()), c.name},
			"date time": {p.DateTime(at), c.dt},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s %s: %q, want %q", c.tag, what, pair[0], pair[1])
			}
		}
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		tag      Tag
		minor    int64
		currency money.Currency
		want     string
	}{
		{EnUS, 1234568, "JPY", "¥1,234,568"},
		{EnGB, 1234568, "JPY", "JP¥1,234,568"},
		{DeDE, 1234567891, "KWD", "1.234.567,891" + nb + "KWD"},
		{EnUS, 1234567891, "KWD", "KWD" + nb + "1,234,567.891"},
		{EnUS, -123450, "SEK", "-SEK" + nb + "1,234.50"},
		{DeCH, -123450, "SEK", "SEK-1'234.50"},
		{EnUS, 123450, "CAD", "CA$1,234.50"},
		{DeDE, 123450, "AUD", "1.234,50" + nb + "AU$"},
		{EnUS, 5, "EUR", "€0.05"},
		{DeDE, -5, "EUR", "-0,05" + nb + "€"},
		{DeAT, 123450, "", "1.234,50"},
		{EnUS, -9223372036854775808, "EUR", "-€92,233,720,368,547,758.08"},
	} {
		if got := New(c.tag, nil).Money(c.minor, c.currency); got != c.want {
			t.Errorf("%s: %d %s is %q, want %q", c.tag, c.minor, c.currency, got, c.want)
		}
	}
	if got := New(EnUS, nil).MoneyWhole(123450, "EUR"); got != "€1,235" {
		t.Errorf("whole euros: %q", got)
	}
}

func TestShort(t *testing.T) {
	values := []int64{0, 500, 99900, 123400, 1240000, 12345600, 123456700, -1240000, 250000000000, 310000000000000, 99995000}
	for tag, want := range map[Tag][]string{
		EnUS: {"€0", "€5", "€999", "€1.23K", "€12.4K", "€123K", "€1.23M", "-€12.4K", "€2.5B", "€3.1T", "€1M"},
		EnGB: {"€0", "€5", "€999", "€1.23k", "€12.4k", "€123k", "€1.23m", "-€12.4k", "€2.5bn", "€3.1tn", "€1m"},
		DeDE: {"0" + nb + "€", "5" + nb + "€", "999" + nb + "€", "1230" + nb + "€", "12.400" + nb + "€", "123.000" + nb + "€", "1,23" + nb + "Mio." + nb + "€", "-12.400" + nb + "€", "2,5" + nb + "Mrd." + nb + "€", "3,1" + nb + "Bio." + nb + "€", "1" + nb + "Mio." + nb + "€"},
		DeAT: {"€" + nb + "0", "€" + nb + "5", "€" + nb + "999", "€" + nb + "1230", "€" + nb + "12.400", "€" + nb + "123.000", "1,23" + nb + "Mio." + nb + "€", "-€" + nb + "12.400", "2,5" + nb + "Mrd." + nb + "€", "3,1" + nb + "Bio." + nb + "€", "1" + nb + "Mio." + nb + "€"},
		DeCH: {"EUR" + nb + "0", "EUR" + nb + "5", "EUR" + nb + "999", "EUR" + nb + "1230", "EUR" + nb + "12'400", "EUR" + nb + "123'000", "EUR" + nb + "1.23" + nb + "Mio.", "EUR-12'400", "EUR" + nb + "2.5" + nb + "Mrd.", "EUR" + nb + "3.1" + nb + "Bio.", "EUR" + nb + "1" + nb + "Mio."},
	} {
		for i, v := range values {
			if got := New(tag, nil).MoneyShort(v, "EUR"); got != want[i] {
				t.Errorf("%s: %d cents are %q, want %q", tag, v, got, want[i])
			}
		}
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		back    time.Duration
		us, deu string
	}{
		{10 * time.Second, "now", "jetzt"},
		{45 * time.Second, "45 sec. ago", "vor 45 Sek."},
		{time.Minute, "1 min. ago", "vor 1 Min."},
		{-3 * time.Hour, "in 3 hr.", "in 3 Std."},
		{24 * time.Hour, "1 day ago", "vor 1 Tag"},
		{72 * time.Hour, "3 days ago", "vor 3 Tagen"},
		{21 * 24 * time.Hour, "3 wk. ago", "vor 3 Wochen"},
		{95 * 24 * time.Hour, "3 mo. ago", "vor 3 Monaten"},
		{-800 * 24 * time.Hour, "in 2 yr.", "in 2 Jahren"},
	} {
		if got := New(EnUS, nil).Ago(now.Add(-c.back), now); got != c.us {
			t.Errorf("%v: %q, want %q", c.back, got, c.us)
		}
		if got := New(DeDE, nil).Ago(now.Add(-c.back), now); got != c.deu {
			t.Errorf("%v: %q, want %q", c.back, got, c.deu)
		}
	}
}

func TestTexts(t *testing.T) {
	us := New(EnUS, nil)
	de := Printer{tag: DeDE, region: regionOf(DeDE), texts: catalogue{
		"%s of %s":             "%[2]s, davon %[1]s",
		"%d ticket|%d tickets": "%d Ticket|%d Tickets",
		"state::Open":          "Offen",
		"There is no %s.":      "Es gibt kein %s.",
		"There is no such %s.": "%s nicht gefunden.",
		"client":               "Kunde",
	}}
	amount := money.Amount{Minor: 123450, Currency: "EUR"}
	for _, c := range [][2]string{
		{us.T("%s of %s", "3", amount), "3 of €1,234.50"},
		{de.T("%s of %s", "3", amount), "1.234,50" + nb + "€, davon 3"},
		{us.N("%d ticket|%d tickets", 1), "1 ticket"},
		{us.N("%d ticket|%d tickets", 0), "0 tickets"},
		{de.N("%d ticket|%d tickets", 1234), "1.234 Tickets"},
		{de.T("state::Open"), "Offen"},
		{us.T("state::Open"), "Open"},
		{us.T("C:: drive"), " drive"},
		{us.T("%.1f points, %d more", 2.25, 1500), "2.2 points, 1,500 more"},
		{us.T("%g and %v", 0.25, 3.0), "0.25 and 3"},
		{us.T("on %s", civil.MustDate(2026, 3, 5)), "on Mar 5, 2026"},
		{us.T("100 %"), "100 %"},
		{de.Fault(fault.NewNotFound("There is no %s.", "Haus")), "Es gibt kein Haus."},
		{de.Fault(fault.NewNotFound("There is no such %s.", fault.Word("client"))), "Kunde nicht gefunden."},
		{de.Fault(fault.NewInvalid("%s", "client")), "Kunde"},
		{us.Fault(fault.NewInvalid("Between 0 and 90 %%.")), "Between 0 and 90 %."},
		{us.Fault(context.Canceled), "Something went wrong on our side. The log has the details."},
		{New(Pseudo, nil).T("Open %s", "Ada"), "⟦Óþéñ Ada⟧"},
		{New(Pseudo, nil).T("%[1]d %%", 5), "⟦5 %⟧"},
		{New(Pseudo, nil).Date(civil.MustDate(2026, 3, 5)), "⟦Mar 5, 2026⟧"},
		{Printer{}.Money(5, "USD"), "$0.05"},
		{From(context.Background()).T("x"), "x"},
		{T(With(context.Background(), de), "state::Open"), "Offen"},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
}

func TestZone(t *testing.T) {
	vienna, err := time.LoadLocation("Europe/Vienna")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	at := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC) // half an hour after the change to summer time
	if got := New(DeAT, vienna).DateTime(at); got != "29.03.2026, 03:30" {
		t.Errorf("the instant is %q in Vienna", got)
	}
}

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]Tag{
		"":                                    EnGB,
		"de":                                  DeDE,
		"de-AT,de;q=0.9,en;q=0.8":             DeAT,
		"de-LI":                               DeCH,
		"en-AU":                               EnGB,
		"en":                                  EnUS,
		"en-US,en;q=0.5":                      EnUS,
		"fr-FR,de;q=0.3":                      DeDE,
		"fr, es":                              EnGB,
		"de;q=0, en-GB":                       EnGB,
		"en-XA":                               EnGB,
		"\x00;;;":                             EnGB,
		strings.Repeat("de-AT,", 400):         EnGB,
		"en-GB;q=0.2,de-CH;q=0.9,fr;q=1":      DeCH,
		"*":                                   EnGB,
		"zh-Hant-TW,en-us;q=0.1":              EnUS,
		"de-DE-u-co-phonebk,en-US;q=0.000001": DeDE,
	} {
		if got := Negotiate(header, EnGB); got != want {
			t.Errorf("%.40q gives %s, want %s", header, got, want)
		}
	}
}

func TestChoicesAreKnown(t *testing.T) {
	for _, c := range Choices() {
		if !c.Tag.Known() || New(c.Tag, nil).Tag() != c.Tag {
			t.Errorf("%s is offered but not known", c.Tag)
		}
	}
	if New("xx", nil).Tag() != EnUS || Tag("xx").Known() {
		t.Error("an unknown tag should fall to American English")
	}
}

// The form for one thing may do without its number.
func TestFormWithoutNumber(t *testing.T) {
	for n, want := range map[int64]string{1: "once", 3: "3 times"} {
		if got := New(EnUS, nil).N("once|%d times", n); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPrice(t *testing.T) {
	for _, c := range []struct {
		tag  Tag
		d    money.Decimal
		c    money.Currency
		want string
	}{
		{EnUS, money.Decimal{Coef: 25, Scale: 4}, "USD", "$0.0025"},
		{EnUS, money.Decimal{Coef: 9}, "EUR", "€9.00"},
		{EnUS, money.Decimal{Coef: 95, Scale: 1}, "EUR", "€9.50"},
		{EnUS, money.Decimal{Coef: 12345}, "JPY", "¥12,345"},
		{"de-DE", money.Decimal{Coef: 12345678, Scale: 3}, "EUR", "12.345,678\u00a0€"},
	} {
		if got := New(c.tag, nil).Price(c.d, c.c); got != c.want {
			t.Errorf("%s %s: %q, not %q", c.d, c.c, got, c.want)
		}
	}
}
