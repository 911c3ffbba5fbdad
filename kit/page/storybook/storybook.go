// SPDX-License-Identifier: Apache-2.0

// Package storybook shows every component of package page in every state on one
// page, for the people who build pages and for the tests that look at them. It is mounted in
// development and in tests only.
package storybook

import (
	"context"
	"io"
	"math"
	"net/http"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
)

// Handler serves the storybook: / the components, /alone a page without menu, /error/KIND the error
// pages, /palette, /theme and the assets. The language comes from ?lang=, such as de-AT or en-XA.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", page.Assets())
	mux.Handle("POST /theme", page.SwitchTheme())
	mux.Handle("GET /{$}", page.Handler(func(w http.ResponseWriter, r *http.Request) error {
		return page.Render(w, r, http.StatusOK, parts())
	}))
	mux.Handle("GET /alone", page.Handler(func(w http.ResponseWriter, r *http.Request) error {
		return page.Render(w, r, http.StatusOK, alone())
	}))
	mux.Handle("GET /palette", page.Handler(func(w http.ResponseWriter, r *http.Request) error {
		return page.Render(w, r, http.StatusOK, found(r.Context(), r.FormValue("q")))
	}))
	mux.Handle("GET /events", page.Handler(events))
	mux.Handle("GET /error/{kind}", page.Handler(func(_ http.ResponseWriter, r *http.Request) error {
		switch r.PathValue("kind") {
		case "denied":
			return fault.NewDenied("This page is for owners.")
		case "busy":
			return fault.NewBusy("The import holds the books for a moment.")
		case "internal":
			return io.ErrUnexpectedEOF
		}
		return fault.NewNotFound("There is no client at this address.")
	}))
	mux.Handle("/", page.NotFound())
	return page.Secure(page.Personal(view)(mux))
}

func view(r *http.Request) (page.View, locale.Printer) {
	p := locale.New(locale.Tag(r.FormValue("lang")), nil)
	say := func(s string) string { return p.T(s) }
	v := page.View{
		Firm: "Northwind IT", Person: page.Person{Name: "Ada Moreau", Role: say("Owner")}, Demo: true, Account: "/account", SignOut: "/signout",
		Nav: []page.Section{
			{Links: []page.Link{{Href: "/today", Icon: "inbox", Label: say("Today"), Count: "7", Hot: true}, {Href: "/", Icon: "layers", Label: say("Parts")}, {Href: "/clients", Icon: "users", Label: say("Clients"), Count: "46"}}},
			{Label: say("Business"), Links: []page.Link{{Href: "/journey", Icon: "compass", Label: say("Journey")}, {Href: "/books", Icon: "book-open", Label: say("Books")}, {Href: "/billing", Icon: "receipt-text", Label: say("Billing")}}},
			{Label: say("Care"), Links: []page.Link{{Href: "/devices", Icon: "laptop", Label: say("Devices"), Count: p.Number(1204)}, {Href: "/security", Icon: "shield-check", Label: say("Security")}}},
		},
	}
	if r.URL.Path == "/" {
		v.Flash = page.Flash{Kind: page.Info, Text: say("The import of March is finished.")}
	}
	if r.URL.Path == "/alone" {
		v.Person = page.Person{}
	}
	return v, p
}

func found(ctx context.Context, q string) page.Hits {
	if q == "nothing" {
		return nil
	}
	return page.Hits{
		{Href: "/clients", Icon: "users", Label: say(ctx, "Clients"), Hint: say(ctx, "Go to")},
		{Href: "/clients/1", Icon: "building-2", Label: "Harbour Dental Group", Hint: say(ctx, "Client"), Data: true},
		{Href: "/clients/new", Icon: "plus", Label: say(ctx, "New client"), Hint: say(ctx, "Create")},
		{Href: "/journey", Icon: "compass", Label: say(ctx, "Journey of the whole firm"), Hint: say(ctx, "Go to")},
	}
}

// events moves the sample bar once, to its middle.
func events(w http.ResponseWriter, r *http.Request) error {
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	if err := s.Progress(page.ProgressState{Done: 62_000, Total: 124_000, Text: say(r.Context(), "Reading invoices")}); err != nil {
		return nil // the reader has gone
	}
	<-r.Context().Done()
	return nil
}

// say is locale.T for sample texts. They are bracketed in the pseudo-locale like all others, but
// need no German.
func say(ctx context.Context, s string) string { return locale.From(ctx).T(s) }

var revenue = []chart.Series{
	{Class: chart.C1, Values: []float64{700, 720, 910, 900, 1450, 1480, 1900, 1950, 2400, 2900, 2950, 3200}},
	{Class: chart.C2, Values: []float64{0, 1200, 0, 3900, 0, 800, 0, 5600, 900, 0, 600, 0}},
	{Class: chart.C3, Values: []float64{4300, 4100, 4500, 5000, 4600, 4300, 5200, 4900, 3600, 4500, 3700, -900}},
}

// months are the twelve months to November 2026 in the reader's language.
func months(ctx context.Context) []chart.Period {
	p := locale.From(ctx)
	out := make([]chart.Period, 12)
	for i := range out {
		m := 2025*12 + 11 + i
		out[i] = chart.Period{Label: p.MonthName(monthOf(m)), Year: p.Number(0)}
		out[i].Year = yearOf(m)
	}
	return out
}

func wave(n int, from, to float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		t := float64(i) / float64(n-1)
		out[i] = from + (to-from)*t + math.Sin(float64(i)*1.9)*math.Abs(to-from)*.16
	}
	return out
}
