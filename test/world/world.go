// SPDX-License-Identifier: Apache-2.0

// Package world is one small invented firm, Tidegate IT, with three years of books: for the demo, the
// tests, the screenshots and the documentation. It exists as the exports that a firm's old tools would
// give, so that everything seen in the demo has gone through the real importers.
//
// The same end date gives the same bytes.
package world

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/money"
)

// FirmName, FirmCurrency are the firm's own settings.
const (
	FirmName     = "Tidegate IT"
	FirmCurrency = money.Currency("USD")
	Months       = 36
)

// File is one export.
type File struct {
	Name string
	Data []byte
}

// stage is where a client stands with the firm.
type stage int

const (
	breakFix   stage = iota // time and materials only
	hybrid                  // some services by subscription, support by the hour
	transition              // moved to an agreement during the three years
	managed                 // under agreement from the start
)

type client struct {
	name    string
	stage   stage
	seats   int
	servers int
	moved   int // month (0–35) from which a transition client has its agreement
	from    int // first month as a client
	until   int // last month
	agree   float64
	people  []string
}

var roster = []client{
	{name: "Harbour Dental Group", stage: transition, seats: 58, servers: 4, moved: 20},
	{name: "Kestrel Academy Trust", stage: hybrid, seats: 110, servers: 7},
	{name: "Bluegate Logistics", stage: transition, seats: 64, servers: 5, moved: 30},
	{name: "Lindqvist Interiors", stage: breakFix, seats: 24, servers: 1},
	{name: "Maple Court Surgery", stage: managed, seats: 32, servers: 2},
	{name: "Tidewater Marine", stage: hybrid, seats: 41, servers: 3},
	{name: "Fern & Vale Solicitors", stage: transition, seats: 27, servers: 2, moved: 27},
	{name: "Okonkwo Architects", stage: hybrid, seats: 19, servers: 1},
	{name: "Redwood Veterinary", stage: breakFix, seats: 21, servers: 1},
	{name: "Sallow & Finch Accountants", stage: managed, seats: 36, servers: 2},
	{name: "Pinehurst Golf Club", stage: breakFix, seats: 19, servers: 1},
	{name: "Cobalt Components", stage: breakFix, seats: 63, servers: 5},
	{name: "Northfield Parish Council", stage: breakFix, seats: 12, servers: 1, from: 6},
	{name: "Zephyr Travel", stage: hybrid, seats: 16, servers: 1},
	{name: "Marchetti Foods", stage: transition, seats: 44, servers: 3, moved: 32},
	{name: "Stonebridge Housing", stage: breakFix, seats: 72, servers: 5, from: 9},
	{name: "Alder Print Works", stage: breakFix, seats: 28, servers: 2},
	{name: "Quayside Gallery", stage: breakFix, seats: 9, servers: 0, from: 13},
	{name: "Brightwell Nurseries", stage: hybrid, seats: 23, servers: 1},
	{name: "Haldane Engineering", stage: hybrid, seats: 51, servers: 4},
	{name: "Corvid Security", stage: transition, seats: 22, servers: 1, moved: 24, from: 3},
	{name: "Lantern Theatre", stage: breakFix, seats: 17, servers: 1},
	{name: "Weir & Daughters", stage: hybrid, seats: 13, servers: 1, until: 28},
	{name: "Osprey Outdoor", stage: managed, seats: 29, servers: 2, from: 18},
}

var technicians = []string{"Ada Moreau", "Tom Okafor", "Lena Fischer", "Priya Nair"}

const hourlyRate = 120

// world collects the rows while the months pass.
type world struct {
	rng    *rand.Rand
	first  civil.Month
	end    civil.Date
	num    int
	ticket int

	invoices, tickets, hours, assets, people, templates [][]string
	total                                               int64
}

// Files returns the firm's exports for the months that end with the one before end's, and the present
// one up to end.
func Files(end civil.Date) []File {
	w, cast := begin(end)
	for m := range Months + 1 {
		for i := range cast {
			if c := &cast[i]; m >= c.from && m <= c.until {
				w.month(c, m)
			}
		}
	}
	return w.files()
}

// begin has the clients, with their people and what they own.
func begin(end civil.Date) (*world, []client) {
	w := &world{rng: rand.New(rand.NewPCG(20260301, 7)), first: end.Month() - Months, end: end, num: 1001, ticket: 41000}
	cast := slices.Clone(roster)
	for i := range cast {
		c := &cast[i]
		if c.until == 0 {
			c.until = Months
		}
		c.agree = float64(99 + 10*w.rng.IntN(5))
		w.addPeople(c)
		w.addAssets(c)
		w.addTemplate(c)
	}
	return w, cast
}

func (c *client) underAgreement(m int) bool {
	return c.stage == managed || c.stage == transition && m >= c.moved
}

// month writes one month of a client: what was billed, what was asked, what was worked.
func (w *world) month(c *client, m int) {
	month := w.first + civil.Month(m)
	day := func(d int) civil.Date { return month.First() + civil.Date(min(d, civil.DaysIn(month.Civil()))-1) }
	growth := 1 + 0.003*float64(m)
	seats := int(math.Round(float64(c.seats) * growth))
	var lines []line
	switch {
	case c.underAgreement(m):
		lines = append(lines,
			line{"Managed support", fmt.Sprintf("Care Plus managed service agreement, per user, %s", name(month)), float64(seats), c.agree},
			line{"Managed servers", fmt.Sprintf("Server care and monitoring, monthly, %s", name(month)), float64(c.servers), 145},
			line{"Backup", fmt.Sprintf("Cloud backup subscription %s", name(month)), float64(c.servers + 2), 48})
		if c.seats > 30 {
			lines = append(lines, line{"Security", fmt.Sprintf("Endpoint security per device %s", name(month)), float64(seats + c.servers), 6.5})
		}
	case c.stage == hybrid:
		lines = append(lines,
			line{"Mail security", fmt.Sprintf("Mail security subscription per mailbox %s", name(month)), float64(seats), 4.5},
			line{"Backup", fmt.Sprintf("Cloud backup subscription %s", name(month)), float64(c.servers + 1), 48})
	}
	if c.stage == hybrid && w.rng.Float64() < 0.7 { // what only the firm can tell: the journey asks
		memo := pick(w.rng, "IT services", "Platform charges", "Sundry technical services")
		lines = append(lines, line{"Services", memo + " " + name(month), 1, float64(140 + 20*w.rng.IntN(14))})
	}
	if c.stage == hybrid && m%12 == 4 {
		lines = append(lines, line{"Antivirus", "Antivirus licences, 12 months prepaid", float64(seats), 38})
	}
	reactive := w.work(c, m, month)
	if !c.underAgreement(m) && reactive > 0 {
		rate := float64(hourlyRate)
		lines = append(lines, line{"Labour", pick(w.rng, "On-site support, hours as per timesheet", "Remote support call-outs", "Break/fix labour, hourly", "Emergency call-out and repair"), math.Round(reactive*4) / 4, rate})
	}
	if w.rng.Float64() < map[bool]float64{true: 0.05, false: 0.16}[c.underAgreement(m)] {
		q := float64(1 + w.rng.IntN(6))
		lines = append(lines, line{"Hardware", pick(w.rng, "Laptop 14\" with dock", "Replacement switch 24 port", "Workstation i7 32 GB", "UPS battery set"), q, float64(240 + 130*w.rng.IntN(8))})
	}
	if w.rng.Float64() < 0.07 {
		days := float64(2 + w.rng.IntN(7))
		lines = append(lines, line{"Project", pick(w.rng, "Server migration project", "Office move, network cabling", "Mail migration to the cloud", "Wireless survey and installation"), days, 890})
		w.hour(c, day(12), "Project", days*7.5, "Project work")
	}
	if len(lines) == 0 || day(28) > w.end {
		return
	}
	w.invoice(c, day(28), lines)
}

type line struct {
	item, memo string
	qty, price float64
}

func (w *world) invoice(c *client, on civil.Date, lines []line) {
	num := fmt.Sprint(w.num)
	w.num++
	for _, l := range lines {
		if l.qty == 0 {
			continue
		}
		minor := int64(math.Round(l.qty * l.price * 100))
		w.total += minor
		w.invoices = append(w.invoices, []string{us(on), "Invoice", num, c.name, l.item, l.memo, trim(l.qty), fmt.Sprintf("%.2f", l.price), money.FormatMinor(minor, 2)})
	}
	if w.rng.Float64() < 0.012 {
		minor := int64(12000)
		w.total -= minor
		w.invoices = append(w.invoices, []string{us(on), "Credit Memo", "C" + num, c.name, "Labour", "Goodwill credit for a missed appointment", "-1", "120.00", money.FormatMinor(-minor, 2)})
	}
}

// work writes the tickets and hours of a month and returns the reactive hours.
func (w *world) work(c *client, m int, month civil.Month) (reactive float64) {
	perSeat := map[stage]float64{breakFix: 1.35, hybrid: 0.95, transition: 1.1, managed: 0.26}[c.stage]
	if c.stage == transition && m >= c.moved {
		perSeat = 0.26 + 0.6*math.Exp(-float64(m-c.moved)/5)
	}
	n := poisson(w.rng, perSeat*float64(c.seats)*0.45)
	if c.stage == breakFix && w.rng.Float64() < 0.12 { // the month in which the server dies
		n += 6 + w.rng.IntN(12)
	}
	for range n {
		source := pick(w.rng, "Phone", "Email", "Email", "Portal", "Phone")
		if w.rng.Float64() < w.monitoredShare(c, m) {
			source = pick(w.rng, "Monitoring alert", "RMM")
		}
		on := month.First() + civil.Date(w.rng.IntN(28))
		h := 0.25 * float64(1+poisson(w.rng, 2.6))
		if w.addTicket(c, on, source, h) {
			reactive += h
		}
	}
	if c.underAgreement(m) {
		on := month.First() + 9
		h := 0.25*float64(c.seats)*0.25 + 1.2*float64(c.servers)
		w.addTicket(c, on, "Scheduled maintenance", 0)
		w.hour(c, on, "Planned maintenance", math.Round(h*4)/4, "Patching and health checks")
		if m%3 == 1 {
			w.hour(c, on+5, "Business review", 1.5, "Quarterly business review")
		}
	}
	return reactive
}

func (w *world) monitoredShare(c *client, m int) float64 {
	switch {
	case c.stage == managed:
		return 0.42 + 0.006*float64(m)
	case c.underAgreement(m):
		return math.Min(0.5, 0.12+0.03*float64(m-c.moved))
	case c.stage == hybrid:
		return 0.08
	}
	return 0
}

// addTicket reports whether the ticket was reactive work that took place up to the end.
func (w *world) addTicket(c *client, on civil.Date, source string, hours float64) bool {
	if on > w.end {
		return false
	}
	w.ticket++
	subject := pick(w.rng, "Outlook keeps asking for the password", "Printer in reception offline", "VPN drops every 20 minutes", "New starter: laptop, mailbox and phone",
		"Shared calendar missing for two users", "Line-of-business app slow since the update", "Scan to email stopped working", "Suspicious sign-in blocked, please review")
	switch source {
	case "Monitoring alert", "RMM":
		subject = pick(w.rng, "Disk C: at 94% on DC-01", "Backup job failed on FS-02", "Switch SW-3 port errors rising", "Security patch pending reboot on 6 machines", "Certificate expires in 6 days")
	case "Scheduled maintenance":
		subject = "Monthly maintenance window"
	}
	who := technicians[w.rng.IntN(len(technicians))]
	open := fmt.Sprintf("%s %02d:%02d:00", on, 7+w.rng.IntN(11), w.rng.IntN(60))
	solved := fmt.Sprintf("%s %02d:%02d:00", on+civil.Date(w.rng.IntN(3)), 18+w.rng.IntN(3), w.rng.IntN(60))
	w.tickets = append(w.tickets, []string{
		fmt.Sprint(w.ticket), subject, "Closed", pick(w.rng, "Low", "Medium", "Medium", "High", "Urgent"), source, c.name,
		c.people[w.rng.IntN(len(c.people))], who, "Helpdesk", open, "", solved,
	})
	if hours > 0 {
		w.hours = append(w.hours, []string{on.String(), c.name, "Support", "", "Support (reactive)", subject, trim(hours), "Yes", who})
	}
	return source != "Scheduled maintenance"
}

func (w *world) hour(c *client, on civil.Date, task string, hours float64, notes string) {
	if on <= w.end {
		w.hours = append(w.hours, []string{on.String(), c.name, task, "", task, notes, trim(hours), "Yes", technicians[w.rng.IntN(len(technicians))]})
	}
}

func (w *world) addPeople(c *client) {
	given := []string{"Amelia", "Noah", "Ines", "Yusuf", "Clara", "Ravi", "Sofia", "Marek", "Joan", "Theo", "Hana", "Luca"}
	family := []string{"Whitlock", "Adeyemi", "Berger", "Castellano", "Dunmore", "Eklund", "Farouk", "Greaves", "Holm", "Ivanov", "Jessop", "Kaur"}
	titles := []string{"Managing director", "Office manager", "Finance lead"}
	for i := range 3 {
		n := given[w.rng.IntN(len(given))] + " " + family[w.rng.IntN(len(family))]
		c.people = append(c.people, n)
		w.people = append(w.people, []string{n, titles[i], slug(n) + "@" + slug(c.name) + ".example", fmt.Sprintf("+1 555 01%02d", w.rng.IntN(100)), c.name, map[bool]string{true: "Yes", false: "No"}[i == 0]})
	}
}

func (w *world) addAssets(c *client) {
	monitored := c.stage == managed || c.stage == transition
	yes := func(p float64) string {
		if w.rng.Float64() < p {
			return "Yes"
		}
		return "No"
	}
	share := map[bool]float64{true: 0.96, false: 0.15}[monitored]
	for i := range c.servers {
		w.assets = append(w.assets, []string{fmt.Sprintf("%s-SRV-%02d", code(c.name), i+1), "Server", "Dell", "PowerEdge R350", fmt.Sprintf("S%07d", w.rng.IntN(1e7)), "Windows Server 2022", (w.end - civil.Date(w.rng.IntN(1800))).String(), c.name, yes(share), yes(share * .95)})
	}
	for i := range c.seats {
		kind := pick(w.rng, "Laptop", "Laptop", "Desktop")
		w.assets = append(w.assets, []string{fmt.Sprintf("%s-PC-%03d", code(c.name), i+1), kind, pick(w.rng, "Lenovo", "Dell", "HP"), pick(w.rng, "ThinkPad L14", "Latitude 5440", "EliteDesk 800"), fmt.Sprintf("P%07d", w.rng.IntN(1e7)), pick(w.rng, "Windows 11 Pro", "Windows 11 Pro", "Windows 10 Pro", "macOS 15"), (w.end - civil.Date(w.rng.IntN(2200))).String(), c.name, yes(share), yes(share * .9)})
	}
	w.assets = append(w.assets, []string{code(c.name) + "-FW-01", "Firewall", "Fortinet", "60F", fmt.Sprintf("F%07d", w.rng.IntN(1e7)), "", (w.end - civil.Date(w.rng.IntN(1500))).String(), c.name, yes(share), "No"})
}

func (w *world) addTemplate(c *client) {
	if !c.underAgreement(Months) || c.until < Months {
		return
	}
	from := w.first + civil.Month(max(c.from, c.moved))
	w.templates = append(w.templates, []string{
		fmt.Sprintf("REC-%03d", len(w.templates)+1), "Care Plus managed service agreement, per user",
		fmt.Sprintf("%.2f", c.agree*math.Round(float64(c.seats)*1.1)), "Monthly", from.First().String(), c.name,
	})
}

func (w *world) files() []File {
	byDay := func(a, b []string) int { return cmp.Compare(a[9], b[9]) }
	slices.SortStableFunc(w.tickets, byDay)
	report := [][]string{
		{FirmName},
		{"Sales by Customer Detail"},
		{"All Dates"},
		{},
		{"Date", "Transaction Type", "Num", "Customer", "Product/Service", "Memo/Description", "Qty", "Sales Price", "Amount"},
	}
	report = append(append(report, w.invoices...), []string{"TOTAL", "", "", "", "", "", "", "", money.FormatMinor(w.total, 2)})
	return []File{
		{"sales-by-customer-detail.csv", encode(report)},
		{"recurring-invoices.csv", encode(append([][]string{{"Recurring Number", "Scope", "Amount", "Frequency", "Date Created", "Client"}}, w.templates...))},
		{"tickets.csv", encode(append([][]string{{"Ticket Id", "Subject", "Status", "Priority", "Source", "Customer", "Requester", "Agent", "Group", "Created Time", "Due by Time", "Resolved Time"}}, w.tickets...))},
		{"time-report.csv", encode(append([][]string{{"Date", "Client", "Project", "Project Code", "Task", "Notes", "Hours", "Billable?", "Employee"}}, w.hours...))},
		{"assets.csv", encode(append([][]string{{"Name", "Type", "Make", "Model", "Serial Number", "Operating System", "Purchase Date", "Client", "Monitored", "Patched"}}, w.assets...))},
		{"contacts.csv", encode(append([][]string{{"Contact Name", "Title", "Email", "Phone", "Client", "Decision Maker"}}, w.people...))},
	}
}

func encode(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // a bytes.Buffer does not fail
	return b.Bytes()
}
