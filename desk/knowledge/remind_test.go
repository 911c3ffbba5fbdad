// SPDX-License-Identifier: Apache-2.0

package knowledge_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

func (r *rig) record(t testing.TB, d knowledge.RecordDraft) ids.ID {
	t.Helper()
	if d.Name == "" {
		d.Name = "harbour.example"
	}
	if d.Type == "" {
		d.Type = knowledge.Domain
	}
	id, err := r.CreateRecord(r.ada, all, d)
	must(t, err)
	return id
}

func (r *rig) tickets(t testing.TB) []helpdesk.Ticket {
	t.Helper()
	p, err := r.desk.List(r.ada, all, helpdesk.Query{})
	must(t, err)
	slices.SortFunc(p.Rows, func(a, b helpdesk.Ticket) int { return cmp.Compare(a.Number, b.Number) })
	return p.Rows
}

func (r *rig) days(n int) { r.clock.Advance(time.Duration(n) * 24 * time.Hour) }

func (r *rig) remind(t testing.TB) {
	t.Helper()
	must(t, r.Remind(context.Background()))
	must(t, r.Remind(context.Background())) // the second changes nothing
}

// One ticket at the first reminder, notes at the later ones, and anew after the renewal.
func TestRemind(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ends := r.Today() + 70
		id := r.record(t, knowledge.RecordDraft{Client: r.harbour, Ends: ends, Fields: map[string]string{"registrar": "Porkbun"}})
		r.remind(t)
		if len(r.tickets(t)) != 0 {
			t.Fatal("reminded 70 days before")
		}
		r.days(9)
		r.remind(t)
		if len(r.tickets(t)) != 0 {
			t.Fatal("reminded 61 days before")
		}
		r.days(1)
		r.remind(t)
		list := r.tickets(t)
		if len(list) != 1 {
			t.Fatalf("%d tickets", len(list))
		}
		x := list[0]
		if x.Client != r.harbour || x.Origin != helpdesk.FromPlan || x.Kind != helpdesk.Maintenance || !strings.Contains(x.OriginNote, id.String()) || x.Subject != "Domain harbour.example: renew by May 11, 2026" || x.Channel != "plan" {
			t.Errorf("%+v", x)
		}
		said := func() int {
			t.Helper()
			thread, err := r.desk.Thread(r.ada, all, x.ID)
			must(t, err)
			n := 0
			for _, e := range thread {
				if e.Public {
					t.Error("the client reads it")
				}
				if e.Body != "" {
					n++
				}
			}
			return n
		}
		for _, step := range []struct{ days, entries int }{{29, 1}, {1, 2}, {22, 2}, {1, 3}, {30, 3}} {
			r.days(step.days)
			r.remind(t)
			if got := said(); got != step.entries || len(r.tickets(t)) != 1 {
				t.Errorf("after %d days %d entries, %d tickets", step.days, got, len(r.tickets(t)))
			}
		}
		found, err := r.RecordsOfTicket(r.ada, all, x.ID)
		if err != nil || len(found) != 1 || found[0].ID != id {
			t.Error(found, err)
		}
		// Renewed for a year: nothing until 60 days before, then a ticket of its own.
		rec, err := r.Record(r.ada, all, id)
		must(t, err)
		rec.Ends += 365
		must(t, r.UpdateRecord(r.ada, all, id, rec.Version, rec.RecordDraft))
		r.remind(t)
		if len(r.tickets(t)) != 1 {
			t.Error("reminded at once after the renewal")
		}
		r.days(int(rec.Ends-r.Today()) - 60)
		r.remind(t)
		if len(r.tickets(t)) != 2 || said() != 3 {
			t.Errorf("%d tickets after the renewal, %d entries", len(r.tickets(t)), said())
		}
		if rs, err := r.Reminders(r.ada, all, id); err != nil || len(rs) != 2 || rs[0].Told != 60 || rs[1].Told != 7 {
			t.Errorf("%+v %v", rs, err)
		}
	})
}

// A standstill over all reminders, the end included, is made up for by one ticket; what had ended before it was entered is
// no news.
func TestRemindAfterStandstill(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.record(t, knowledge.RecordDraft{Client: r.harbour, Ends: r.Today() + 100})
		r.record(t, knowledge.RecordDraft{Client: r.harbour, Name: "long-gone.example", Ends: r.Today() - 1})
		r.record(t, knowledge.RecordDraft{Client: r.harbour, Name: "no-end.example", Ends: civil.NoDate})
		away := r.record(t, knowledge.RecordDraft{Client: r.harbour, Name: "away.example", Ends: r.Today() + 100})
		must(t, r.ArchiveRecord(r.ada, all, away, true))
		r.days(140)
		r.remind(t)
		list := r.tickets(t)
		if len(list) != 1 || list[0].Priority > helpdesk.High {
			t.Fatalf("%+v", list)
		}
		thread, err := r.desk.Thread(r.ada, all, list[0].ID)
		must(t, err)
		if len(thread) != 1 || !strings.Contains(thread[0].Body, "40 days ago") {
			t.Errorf("%+v", thread)
		}
	})
}

// A contract must be given notice of before it ends: its due day is the end less the notice.
func TestNotice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r.SetLeads(r.ada, map[knowledge.RecordType]string{knowledge.Vendor: "10", knowledge.Warranty: ""}, 0))
		id := r.record(t, knowledge.RecordDraft{Client: r.kestrel, Type: knowledge.Vendor, Name: "Telco", Ends: r.Today() + 100, Notice: 90})
		r.record(t, knowledge.RecordDraft{Client: r.kestrel, Type: knowledge.Warranty, Name: "Server", Ends: r.Today() + 1})
		own := r.record(t, knowledge.RecordDraft{Type: knowledge.Vendor, Name: "Distributor", Ends: r.Today() + 5})
		r.remind(t)
		list := r.tickets(t)
		if len(list) != 1 || !strings.Contains(list[0].OriginNote, id.String()) {
			t.Fatalf("%+v", list)
		}
		// The firm's own has a ticket once a client stands for the firm.
		must(t, r.SetLeads(r.ada, nil, r.harbour))
		r.remind(t)
		if list = r.tickets(t); len(list) != 2 || list[1].Client != r.harbour || !strings.Contains(list[1].OriginNote, own.String()) {
			t.Errorf("%+v", list)
		}
		leads, err := r.Leads(r.ada)
		must(t, err)
		if len(leads[knowledge.Warranty]) != 0 || knowledge.FormatLeads(leads[knowledge.Vendor]) != "10" || knowledge.FormatLeads(leads[knowledge.Domain]) != "60, 30, 7" {
			t.Errorf("%+v", leads)
		}
		for _, bad := range []string{"soon", "-1", "9000", "1 2 3 4 5 6 7 8 9 10 11"} {
			if err := r.SetLeads(r.ada, map[knowledge.RecordType]string{knowledge.Domain: bad}, 0); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

// It dies after the ticket and before the row that says so, and the other way round: there is exactly one ticket.
func TestRemindDiesBetween(t *testing.T) {
	for _, table := range []string{"helpdesk_entries", "knowledge_reminders"} {
		each(t, func(t *testing.T, r *rig) {
			ctx := context.Background()
			r.record(t, knowledge.RecordDraft{Client: r.harbour, Ends: r.Today() + 20})
			must(t, r.exec("ALTER TABLE "+table+" RENAME TO away"))
			if err := r.Remind(ctx); err == nil {
				t.Fatal("it did not die")
			}
			must(t, r.exec("ALTER TABLE away RENAME TO "+table))
			var tickets, reminders int
			count := func() {
				t.Helper()
				must(t, r.db.Reader().QueryRowContext(ctx, "SELECT (SELECT count(*) FROM helpdesk_tickets), (SELECT count(*) FROM knowledge_reminders WHERE ticket_id <> 0)").Scan(&tickets, &reminders))
			}
			if count(); tickets != 0 || reminders != 0 {
				t.Errorf("%d tickets, %d reminders are left over", tickets, reminders)
			}
			r.remind(t)
			if count(); tickets != 1 || reminders != 1 {
				t.Errorf("%d tickets, %d reminders", tickets, reminders)
			}
		})
	}
}

// Several processes at once make one ticket.
func TestRemindByMany(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 5 {
			r.record(t, knowledge.RecordDraft{Client: r.harbour, Name: string(rune('a'+i)) + ".example", Ends: r.Today() + 20})
		}
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() { _ = r.Remind(context.Background()) })
		}
		wg.Wait()
		r.remind(t)
		if n := len(r.tickets(t)); n != 5 {
			t.Errorf("%d tickets for 5 domains", n)
		}
	})
}

func TestRecords(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.record(t, knowledge.RecordDraft{Client: r.harbour, Name: "HTTPS://Harbour.example/", Ends: r.Today() + 30, Fields: map[string]string{"nameservers": "ns1.x.example\n ns2.x.example"}})
		r.record(t, knowledge.RecordDraft{Client: r.kestrel, Type: knowledge.Warranty, Name: "SRV-1", Ends: r.Today() + 3, Fields: map[string]string{"serial": "ABC123"}})
		r.record(t, knowledge.RecordDraft{Type: knowledge.Licence, Name: "Office", Ends: civil.NoDate})
		x, err := r.Record(r.ada, all, id)
		must(t, err)
		if x.Name != "harbour.example" || x.Fields["nameservers"] != "ns1.x.example ns2.x.example" {
			t.Errorf("%+v", x)
		}
		for _, c := range []struct {
			q    knowledge.RecordQuery
			want string
		}{
			{knowledge.RecordQuery{}, "SRV-1 harbour.example Office"},
			{knowledge.RecordQuery{Before: r.Today() + 10}, "SRV-1"},
			{knowledge.RecordQuery{Client: r.harbour}, "harbour.example"},
			{knowledge.RecordQuery{House: true}, "Office"},
			{knowledge.RecordQuery{Type: knowledge.Warranty}, "SRV-1"},
			{knowledge.RecordQuery{Text: "abc1"}, "SRV-1"},
			{knowledge.RecordQuery{Archived: true}, ""},
		} {
			list, n, err := r.Records(r.ada, all, c.q)
			must(t, err)
			var names []string
			for _, x := range list {
				names = append(names, x.Name)
			}
			if got := strings.Join(names, " "); got != c.want || n != len(names) {
				t.Errorf("%+v: %q %d", c.q, got, n)
			}
		}
		scope := access.OneClient(r.harbour)
		if list, n, err := r.Records(r.ada, scope, knowledge.RecordQuery{}); err != nil || n != 1 || list[0].ID != id {
			t.Error(list, n, err)
		}
		if _, err := r.Record(r.ada, access.OneClient(r.kestrel), id); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if _, err := r.CreateRecord(r.ada, scope, knowledge.RecordDraft{Type: knowledge.Domain, Name: "x.example"}); !fault.Is(err, fault.Denied) {
			t.Error(err)
		}
		for name, d := range map[string]knowledge.RecordDraft{
			"kind": {Type: "boat", Name: "x"}, "name": {Type: knowledge.Vendor}, "domain": {Type: knowledge.Domain, Name: "not a domain"}, "url": {Type: knowledge.Vendor, Name: "x", Fields: map[string]string{"url": "javascript:x"}},
			"field": {Type: knowledge.Vendor, Name: "x", Fields: map[string]string{"boat": "y"}}, "ends": {Type: knowledge.Vendor, Name: "x", Ends: civil.MustDate(1900, 1, 1)}, "notice": {Type: knowledge.Vendor, Name: "x", Notice: -1},
		} {
			if _, err := r.CreateRecord(r.ada, all, d); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func makeCertificate(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(0xABCDEF), Subject: pkix.Name{CommonName: "www.harbour.example"}, DNSNames: []string{"www.harbour.example", "harbour.example"}, IPAddresses: []net.IP{net.ParseIP("192.0.2.7")},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 4, 1, 23, 59, 59, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestReadCertificate(t *testing.T) {
	text := makeCertificate(t)
	d, err := knowledge.ReadCertificate("subject=x\n" + text + text)
	must(t, err)
	if d.Name != "www.harbour.example" || d.Ends != civil.MustDate(2026, 4, 1) || d.Fields["hosts"] != "192.0.2.7 harbour.example www.harbour.example" || d.Fields["serial"] != "abcdef" || len(d.Fields["fingerprint"]) != 64 {
		t.Errorf("%+v", d)
	}
	for name, bad := range map[string]string{
		"nothing": "hello", "half": text[:len(text)/2], "key": "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n" + text, "damaged": strings.Replace(text, text[60:70], "AAAAAAAAAA", 1), "long": strings.Repeat("x", knowledge.MaxPEM+1),
	} {
		if _, err := knowledge.ReadCertificate(bad); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCertificate(f *testing.F) {
	f.Add(makeCertificate(f))
	f.Add("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := knowledge.ReadCertificate(s)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		if err == nil && (strings.ContainsAny(d.Name, "\n\x00") || len(d.Name) > 200) {
			t.Fatalf("%q", d.Name)
		}
	})
}
