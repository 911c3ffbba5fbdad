// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"fmt"
	"math/rand/v2"

	"mainstay/kit/civil"
	"mainstay/practice/books"
)

// generated makes a believable ledger: clients under agreement with monthly and
// annual lines, clients by the hour, projects and hardware.
func generated(clients, lines, tickets int, seed uint64) *books.Ledger {
	rng := rand.New(rand.NewPCG(seed, 1))
	l := &books.Ledger{
		Currency: "EUR", Clients: []string{""}, Texts: []string{""}, Docs: []string{""}, People: []string{""},
		Sources: []books.Source{{Name: "invoices.csv", Kind: books.KindLines, Rows: lines}, {Name: "tickets.csv", Kind: books.KindTickets, Rows: tickets}},
	}
	for i := range clients {
		l.Clients = append(l.Clients, fmt.Sprintf("Client %05d", i))
	}
	kinds := []string{
		"Managed workstation, monthly", "Managed server per month", "Microsoft 365 Business Premium", "Backup 500 GB monthly", "Annual antivirus licence",
		"On-site labour, per hour", "Remote support hours", "Laptop ThinkPad", "Server migration", "Firewall setup", "Wartungsvertrag Server", "Nextcloud", "Sonderposten",
	}
	for i := range 5000 {
		l.Texts = append(l.Texts, fmt.Sprintf("%s %c%c", kinds[i%len(kinds)], 'a'+i/26%26, 'a'+i%26))
	}
	first := civil.MustDate(2021, 1, 1)
	for i := range lines {
		c := int32(1 + rng.IntN(clients))
		managed := c%3 != 0
		t := int32(1 + rng.IntN(len(l.Texts)-1))
		if managed && rng.IntN(4) > 0 {
			t = 1 + int32(int(c)*7%300)/13*13 + int32(rng.IntN(5))
		}
		l.Docs = append(l.Docs, "")
		l.Lines = append(l.Lines, books.Line{Row: books.Row{Number: int64(i + 2)}, Client: c, Text: t, Day: first + civil.Date(rng.IntN(1461)), Minor: int64(1000 + rng.IntN(50000))})
	}
	l.Docs = l.Docs[:1]
	for i := range tickets {
		o := books.Origin(1 + rng.IntN(4))
		l.Tickets = append(l.Tickets, books.Ticket{
			Row: books.Row{Source: 1, Number: int64(i + 2)}, Client: int32(1 + rng.IntN(clients)),
			Opened: int64(first+civil.Date(rng.IntN(1461))) * microsPerDay, Origin: o, Covered: int8(rng.IntN(3) - 1),
		})
	}
	return l
}
