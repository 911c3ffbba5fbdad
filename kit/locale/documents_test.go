// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/money"
)

// What Chromium's Intl prints for the languages of documents.
func TestDocumentFormatsFollowCLDR(t *testing.T) {
	const thin = "\u202f"
	march, june, september := civil.MustDate(2026, 3, 5), civil.MustDate(2026, 6, 5), civil.MustDate(2026, 9, 5)
	for _, c := range []struct {
		tag                                                                           Tag
		four, five, eur, minus, usd, gbp, brl, percent, date, dateB, dateC, long, day string
	}{
		{FrFR, "1" + thin + "234,5", "12" + thin + "345,5", "12" + thin + "345,50" + nb + "€", "-1" + thin + "234,50" + nb + "€", "12" + thin + "345,50" + nb + "$US", "12" + thin + "345,50" + nb + "£GB", "12" + thin + "345,50" + nb + "R$", "12,5" + nb + "%", "5 mars 2026", "5 juin 2026", "5 sept. 2026", "5 mars 2026", "5 mars"},
		{EsES, "1234,5", "12.345,5", "12.345,50" + nb + "€", "-1234,50" + nb + "€", "12.345,50" + nb + "US$", "12.345,50" + nb + "GBP", "12.345,50" + nb + "BRL", "12,5" + nb + "%", "5 mar 2026", "5 jun 2026", "5 sept 2026", "5 de marzo de 2026", "5 mar"},
		{PtBR, "1.234,5", "12.345,5", "€" + nb + "12.345,50", "-€" + nb + "1.234,50", "US$" + nb + "12.345,50", "£" + nb + "12.345,50", "R$" + nb + "12.345,50", "12,5%", "5 de mar. de 2026", "5 de jun. de 2026", "5 de set. de 2026", "5 de março de 2026", "5 de mar."},
	} {
		p := New(c.tag, nil)
		for what, pair := range map[string][2]string{
			"four digits": {p.Decimal(money.Decimal{Coef: 12345, Scale: 1}), c.four},
			"five digits": {p.Decimal(money.Decimal{Coef: 123455, Scale: 1}), c.five},
			"eur":         {p.Money(1234550, "EUR"), c.eur},
			"minus":       {p.Money(-123450, "EUR"), c.minus},
			"usd":         {p.Money(1234550, "USD"), c.usd},
			"gbp":         {p.Money(1234550, "GBP"), c.gbp},
			"brl":         {p.Money(1234550, "BRL"), c.brl},
			"percent":     {p.Percent(.125, 1), c.percent},
			"march":       {p.Date(march), c.date},
			"june":        {p.Date(june), c.dateB},
			"september":   {p.Date(september), c.dateC},
			"long":        {p.DateLong(march), c.long},
			"day":         {p.DayMonth(march), c.day},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s %s: %q, want %q", c.tag, what, pair[0], pair[1])
			}
		}
	}
}

// Paper speaks more languages than pages; a page is never shown in one of those.
func TestDocumentLanguages(t *testing.T) {
	for language, want := range map[string]Tag{
		"de": DeDE, "de-AT": DeAT, "en-AU": EnGB, "fr": FrFR, "fr-CA": FrFR, "es-MX": EsES, "pt-PT": PtBR, "pt-BR": PtBR, "": EnUS, "ja": EnUS, "FR": FrFR,
	} {
		if got := Document(language, EnUS); got != want {
			t.Errorf("%q is written as %s, want %s", language, got, want)
		}
	}
	for _, c := range Documents()[len(Choices()):] {
		if c.Tag.Known() || Negotiate(string(c.Tag), EnUS) != EnUS {
			t.Errorf("%s is offered for pages", c.Tag)
		}
	}
}
