// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
)

func open(t testing.TB, name string) *tabular.File {
	t.Helper()
	f, err := tabular.Open(filepath.Join("testdata", "exports", name), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func readOne(t testing.TB, name string, opt books.Options) (*books.TableReport, *books.Ledger) {
	t.Helper()
	b := books.NewBuilder()
	rep, err := books.ReadInto(context.Background(), b, open(t, name), opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Tables) != 1 {
		t.Fatalf("%d tables", len(rep.Tables))
	}
	return &rep.Tables[0], b.Ledger()
}

func codes(r *books.TableReport) string {
	var c []string
	for _, n := range r.Notes {
		c = append(c, n.Code)
	}
	return strings.Join(slices.Compact(c), " ")
}

func TestInvoiceExports(t *testing.T) {
	for _, c := range []struct {
		file    string
		rows    int
		minor   int64
		clients string
		notes   string
	}{
		{"quickbooks-online-detail.csv", 5, 300000, "Acme Dental|Borealis Law|Borealis Law:Leeds office", ""},
		{"quickbooks-online-flat.csv", 2, 155000, "Acme Dental|Borealis Law", "left-out-type"},
		{"quickbooks-transaction-detail.csv", 2, 155000, "Acme Dental|Borealis Law", "left-out-account left-out-type"},
		{"quickbooks-general-ledger.csv", 2, 155000, "Acme Dental|Borealis Law", "left-out-account left-out-type text-rows"},
		{"xero-invoices.csv", 4, 160000, "Acme Dental|Borealis Law", "credit-sign left-out-status"},
		{"freshbooks.csv", 2, 155000, "Acme Dental|Borealis Law", "left-out-status"},
		{"invoiceninja.csv", 2, 155000, "Acme Dental|Borealis Law", ""},
		{"zoho-invoice.csv", 2, 60000, "Acme Dental", "left-out-status"},
		{"wave.csv", 2, 155000, "Acme Dental|Borealis Law", "left-out-account"},
		{"itflow-invoices.csv", 2, 155000, "Acme Dental|Borealis Law", "left-out-status"},
		{"syncro-invoices.csv", 2, 59000, "Acme Dental", ""},
		{"german-semicolon.csv", 3, 900000, "Kanzlei Borealis|Zahnärzte Müller GmbH", ""},
		{"shifted.csv", 3, -50000, "Acme Dental|Borealis Law", ""},
		{"total-repeated.csv", 3, 166000, "Acme Dental|Borealis Law", "total-repeated"},
		{"autotask-billing.csv", 2, 68000, "Acme Dental|Borealis Law", ""},
		{"halopsa-invoices.csv", 2, 68000, "Acme Dental|Borealis Law", ""},
		{"atera-invoices.csv", 2, 68000, "Acme Dental|Borealis Law", ""},
		{"kaseya-bms-invoices.csv", 2, 68000, "Acme Dental|Borealis Law", ""},
		{"lexoffice.csv", 2, 420000, "Kanzlei Borealis|Zahnärzte Müller GmbH", ""},
		{"sevdesk.csv", 2, 420000, "Kanzlei Borealis|Zahnärzte Müller GmbH", ""},
		{"spend-over-25k.csv", 3, 7000000, "Example Agency", "several-providers"},
	} {
		t.Run(c.file, func(t *testing.T) {
			r, l := readOne(t, c.file, books.Options{})
			var sum int64
			for _, x := range l.Lines {
				sum += x.Minor
				if !x.Day.Known() || x.Text == 0 && c.file != "shifted.csv" {
					t.Errorf("a line without a day or a text: %+v", x)
				}
			}
			if r.Kind != books.KindLines || len(l.Lines) != c.rows || sum != c.minor {
				t.Errorf("%s: %d lines, %d; mapping %v", r.Kind, len(l.Lines), sum, r.Mapping.Columns)
			}
			if got := strings.Join(l.Clients[1:], "|"); got != c.clients {
				t.Errorf("clients %s", got)
			}
			if got := codes(r); got != c.notes {
				t.Errorf("notes %q, expected %q", got, c.notes)
			}
			for _, s := range r.Stated {
				if s.Said != s.Read {
					t.Errorf("%s says %d, we read %d", s.Label, s.Said, s.Read)
				}
			}
		})
	}
}

func TestStatedTotals(t *testing.T) {
	r, _ := readOne(t, "quickbooks-online-detail.csv", books.Options{})
	if len(r.Stated) != 4 || !r.Stated[3].Grand || r.Stated[3].Said != 300000 || r.Stated[3].Read != 300000 {
		t.Errorf("%+v", r.Stated)
	}
	r, _ = readOne(t, "shifted.csv", books.Options{})
	if len(r.Stated) != 1 || r.Stated[0].Said != -50000 || r.Stated[0].Read != -50000 {
		t.Errorf("%+v", r.Stated)
	}
}

func TestCurrencies(t *testing.T) {
	r, l := readOne(t, "xero-invoices.csv", books.Options{})
	if l.Currency != "GBP" || len(r.Currencies) != 2 || r.Currencies[1].Currency != "EUR" || r.Currencies[1].Minor != 9000 {
		t.Errorf("%s %+v", l.Currency, r.Currencies)
	}
	if !slices.Contains(l.Notes, books.Note{Code: books.NoteOtherCurrency, Arg: "EUR", Rows: 1, Minor: 9000}) {
		t.Errorf("%+v", l.Notes)
	}
	if r, _ := readOne(t, "german-semicolon.csv", books.Options{}); r.Currencies[0].Currency != "EUR" {
		t.Errorf("%+v", r.Currencies)
	}
	if r, _ := readOne(t, "shifted.csv", books.Options{}); len(r.Currencies) != 1 || r.Currencies[0].Currency != "GBP" {
		t.Errorf("%+v", r.Currencies)
	}
}

func TestToldByTheExport(t *testing.T) {
	_, l := readOne(t, "invoiceninja.csv", books.Options{})
	if l.Lines[0].Told != books.ToldRecurring || l.Lines[1].Told != books.ToldOneOff {
		t.Errorf("%+v", l.Lines)
	}
	_, l = readOne(t, "zoho-invoice.csv", books.Options{})
	if l.Lines[0].Told != books.ToldRecurring {
		t.Errorf("%+v", l.Lines)
	}
}

func TestOneProvider(t *testing.T) {
	r, l := readOne(t, "spend-over-25k.csv", books.Options{Provider: "example it"})
	if len(l.Lines) != 2 || r.Currencies[0].Minor != 2500000 || len(r.Providers) != 3 {
		t.Errorf("%+v %+v", l.Lines, r.Providers)
	}
}

func TestTicketExports(t *testing.T) {
	for _, c := range []struct {
		file    string
		rows    int
		origins string
		clients int
		opened  string
	}{
		{"itflow-tickets.csv", 2, "unknown unknown", 0, "2024-01-02 09:00"},
		{"itflow-tickets-full.csv", 1, "unknown", 1, "2024-01-02 09:00"},
		{"osticket.csv", 3, "client monitor client", 0, "2024-01-02 09:00"},
		{"zendesk.csv", 2, "client monitor", 2, "2024-01-02 09:00"},
		{"freshdesk.csv", 2, "client unknown", 2, "2024-01-02 09:00"},
		{"syncro-tickets.csv", 2, "client monitor", 2, "2024-01-02 14:00"},
		{"servicenow.csv", 2, "client monitor", 2, "2016-02-29 01:16"},
		{"halopsa.csv", 2, "client monitor", 2, "2024-01-02 09:00"},
		{"autotask.csv", 2, "client monitor", 2, "2024-01-02 09:00"},
		{"connectwise.csv", 2, "client planned", 2, "2024-01-02 09:00"},
		{"atera-tickets.csv", 2, "client monitor", 2, "2024-01-02 09:00"},
		{"superops-tickets.csv", 2, "client monitor", 2, "2024-01-02 09:00"},
		{"kaseya-bms-tickets.csv", 2, "client monitor", 2, "2024-01-02 09:00"},
		{"jira-service-management.csv", 2, "client monitor", 2, "2024-01-02 09:00"},
		{"hubspot-tickets.csv", 2, "client monitor", 2, "2024-01-02 09:00"},
	} {
		t.Run(c.file, func(t *testing.T) {
			r, l := readOne(t, c.file, books.Options{})
			var origins []string
			for _, x := range l.Tickets {
				origins = append(origins, x.Origin.String())
			}
			if r.Kind != books.KindTickets || len(l.Tickets) != c.rows || strings.Join(origins, " ") != c.origins || len(l.Clients)-1 != c.clients {
				t.Fatalf("%s, %v, %v, columns %v", r.Kind, origins, l.Clients, r.Mapping.Columns)
			}
			if got := clock.FromMicros(l.Tickets[0].Opened).Format("2006-01-02 15:04"); got != c.opened {
				t.Errorf("opened %s", got)
			}
			if c.file != "itflow-tickets.csv" && c.file != "itflow-tickets-full.csv" && c.file != "servicenow.csv" && l.Tickets[0].Solved-l.Tickets[0].Opened != 2*3600*1e6 {
				t.Errorf("solved after %d s", (l.Tickets[0].Solved-l.Tickets[0].Opened)/1e6)
			}
		})
	}
	_, l := readOne(t, "servicenow.csv", books.Options{})
	if !l.Tickets[0].Reopened || l.Tickets[1].Reopened {
		t.Errorf("%+v", l.Tickets)
	}
	r, _ := readOne(t, "freshdesk.csv", books.Options{})
	if codes(r) != books.NoteUnknownChannel {
		t.Errorf("notes %s", codes(r))
	}
}

// The user confirms the channel map once; it is part of the mapping.
func TestOwnChannelMap(t *testing.T) {
	r, _ := readOne(t, "freshdesk.csv", books.Options{})
	m := *r.Mapping
	m.Origins = map[string]books.Origin{"carrier pigeon": books.OriginTechnician}
	_, l := readOne(t, "freshdesk.csv", books.Options{Mappings: map[string]*books.Mapping{r.Signature: &m}})
	if l.Tickets[1].Origin != books.OriginTechnician {
		t.Errorf("%+v", l.Tickets)
	}
}

func TestHoursExports(t *testing.T) {
	for _, c := range []struct {
		file    string
		minutes []int32
		people  string
		react   []int8
		bill    []int8
	}{
		{"harvest.csv", []int32{45, 150}, "Ina Berg|Tom Hale", []int8{1, -1}, []int8{1, -1}},
		{"toggl.csv", []int32{45, 90}, "Ina|Tom", []int8{0, 0}, []int8{1, -1}},
		{"syncro-labor.csv", []int32{45, 90}, "Ina|Tom", []int8{1, -1}, []int8{1, -1}},
		{"connectwise-time.csv", []int32{45, 150}, "Ina Berg|Tom Hale", []int8{1, -1}, []int8{1, -1}},
		{"autotask-time.csv", []int32{45, 150}, "Berg, Ina|Hale, Tom", []int8{1, -1}, []int8{1, -1}},
	} {
		t.Run(c.file, func(t *testing.T) {
			r, l := readOne(t, c.file, books.Options{})
			if r.Kind != books.KindHours || len(l.Hours) != 2 || strings.Join(l.People[1:], "|") != c.people || len(l.Clients) != 3 {
				t.Fatalf("%s %+v %v, columns %v", r.Kind, l.Hours, l.People, r.Mapping.Columns)
			}
			for i, h := range l.Hours {
				if h.Minutes != c.minutes[i] || h.Reactive != c.react[i] || h.Billable != c.bill[i] {
					t.Errorf("%+v", h)
				}
			}
			if l.Hours[0].Day != civil.MustDate(2024, 1, 2) {
				t.Errorf("day %s", l.Hours[0].Day)
			}
		})
	}
	if _, l := readOne(t, "harvest.csv", books.Options{}); len(l.Contacts) != 1 || !l.Contacts[0].Review {
		t.Errorf("contacts %+v", l.Contacts)
	}
}

func TestOtherExports(t *testing.T) {
	r, l := readOne(t, "itflow-recurring.csv", books.Options{})
	if r.Kind != books.KindTemplates || len(l.Templates) != 2 || l.Templates[0].Months != 1 || l.Templates[1].Months != 12 || l.Templates[1].Minor != 24000 || !l.Templates[0].Active {
		t.Errorf("%s %+v", r.Kind, l.Templates)
	}
	r, l = readOne(t, "itflow-assets.csv", books.Options{})
	if r.Kind != books.KindAssets || len(l.Assets) != 3 {
		t.Fatalf("%s %+v", r.Kind, l.Assets)
	}
	servers, endpoints := 0, 0
	for _, a := range l.Assets {
		if a.Server {
			servers++
		}
		if a.Endpoint {
			endpoints++
		}
	}
	if servers != 1 || endpoints != 2 {
		t.Errorf("%d servers, %d endpoints", servers, endpoints)
	}
	if r, l = readOne(t, "ninjaone-devices.csv", books.Options{}); r.Kind != books.KindAssets || len(l.Assets) != 2 || l.Assets[0].Server == l.Assets[1].Server {
		t.Errorf("%s %+v", r.Kind, l.Assets)
	}
	if r, _ = readOne(t, "itflow-contacts.csv", books.Options{}); r.Kind != books.KindPeople || r.Rows != 1 {
		t.Errorf("contacts are %s, columns %v", r.Kind, r.Mapping)
	}
	if r, _ = readOne(t, "itflow-clients.csv", books.Options{}); r.Kind != books.KindClients || r.Rows != 1 {
		t.Errorf("clients are %s, columns %v", r.Kind, r.Mapping)
	}
}
