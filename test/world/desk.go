// SPDX-License-Identifier: Apache-2.0

package world

import "time"

// Ticket is one of the tickets that lie on the desk today.
type Ticket struct {
	Client  string
	Subject string
	Ago     time.Duration // when it was opened
	Kind    string        // words of the helpdesk's own
	Origin  string
	Channel string
	Note    string // what shows the origin
	Impact  uint8
	Urgency uint8
	Taken   bool   // by the owner
	Status  string // code of a status
	Tags    []string
	Steps   []string
	Said    []Said // the first began it
	Worked  int    // minutes that the owner worked on it
	Work    string // code of the kind of work

	Rated   string // how the client found it was dealt with: good, middling, bad
	Comment string
	Asked   string // what the client was asked to approve
	Minor   int64  // and what it costs
	Agreed  bool   // it is approved
}

// Contact is a person of a client, who may come into the portal.
type Contact struct {
	Client, Name, Email string
	Decides             bool
}

// Contacts returns the people of clients who wrote on tickets.
func Contacts() []Contact {
	return []Contact{
		{"Harbour Dental Group", "Dr Mensah", "mensah@harbourdental.example", true},
		{"Lindqvist Interiors", "Ola Lindqvist", "ola@lindqvist.example", true},
		{"Fern & Vale Solicitors", "Helen Vale", "helen@fernvale.example", true},
		{"Zephyr Travel", "Sam Ortiz", "sam@zephyr.example", false},
		{"Redwood Veterinary", "Tom Reed", "tom@redwoodvet.example", false},
	}
}

// Said is one message. By is "" for the firm, otherwise the name of the client's person.
type Said struct {
	By       string
	Text     string
	Ago      time.Duration
	Internal bool
}

// Desk returns the tickets of the invented firm.
func Desk() []Ticket {
	const h, m = time.Hour, time.Minute
	return []Ticket{
		{Client: "Harbour Dental Group", Subject: "Outlook keeps asking for the password", Worked: 50, Work: "remote", Ago: 26 * h, Kind: "incident", Origin: "client", Channel: "phone", Note: "phone", Impact: 2, Urgency: 2, Taken: true, Status: "in-progress", Tags: []string{"outlook"}, Said: []Said{
			{By: "Dr Mensah", Text: "Since the update last night Outlook asks for the password every few minutes, on all three computers in reception."},
			{Text: "Token cache looks stale on RCP-02. Clearing it helped there, doing the other two next.", Ago: 25 * h, Internal: true},
			{Text: "We know what it is and have mended the first computer. The other two follow within the hour.\n\nYou can go on using webmail meanwhile: https://outlook.example.com", Ago: 24 * h},
			{By: "Dr Mensah", Text: "Thank you, RCP-02 is quiet now. RCP-01 still asks.", Ago: 22 * h},
		}},
		{Client: "Kestrel Academy Trust", Subject: "Switch SW-3 port errors rising", Ago: 5 * h, Kind: "incident", Origin: "monitor", Channel: "monitor", Note: "SNMP ifInErrors on SW-3 port 14", Impact: 1, Urgency: 2, Taken: true, Status: "new", Tags: []string{"network"}, Said: []Said{{Text: "ifInErrors on port 14 rose from 0 to 412 in an hour. The port carries the uplink of the library."}}},
		{Client: "Tidewater Marine", Subject: "Disk C: at 94% on DC-01", Ago: 3 * h, Kind: "incident", Origin: "monitor", Channel: "monitor", Note: "disk rule, 90 %", Impact: 1, Urgency: 3, Status: "new", Tags: []string{"server"}, Said: []Said{{Text: "5.8 GB are free. At the present rate the disk is full in 3 days."}}},
		{Client: "Bluegate Logistics", Subject: "VPN drops every 20 minutes from the Leeds depot", Worked: 35, Work: "remote", Ago: 50 * h, Kind: "incident", Origin: "client", Channel: "portal", Note: "portal", Impact: 2, Urgency: 1, Taken: true, Status: "waiting-supplier", Said: []Said{
			{By: "Priya Nair", Text: "All six people in the depot lose the connection about every 20 minutes. They have to sign in again each time."},
			{Text: "The line's provider sees packet loss on the last mile and has opened a fault (ref 88-1204). They promise an engineer tomorrow morning.", Ago: 47 * h},
		}},
		{Client: "Lindqvist Interiors", Subject: "Quote for replacing 14 ageing laptops", Ago: 30 * h, Kind: "request", Origin: "client", Channel: "mail", Note: "<14@lindqvist.example>", Impact: 2, Urgency: 3, Taken: true, Status: "waiting-client", Tags: []string{"hardware", "quote"}, Asked: "14 laptops with three years of service on site, delivered and set up.\nWithout them the old ones are out of support in October.", Minor: 1_890_000, Said: []Said{
			{By: "Ola Lindqvist", Text: "Could you send us a price for 14 new laptops? The old ones are from 2020."},
			{Text: "Gladly. Do your people need the larger screens in the showroom as well, or only in the office?", Ago: 27 * h},
		}},
		{Client: "Maple Court Surgery", Subject: "Scan to e-mail stopped working", Ago: 90 * m, Kind: "incident", Origin: "client", Channel: "mail", Note: "<77@maplecourt.example>", Impact: 2, Urgency: 2, Status: "new", Tags: []string{"printer"}, Said: []Said{{By: "Jo Brandt", Text: "The big scanner says \"server error 535\" since this morning. Referrals go out by fax now, which nobody enjoys."}}},
		{Client: "Fern & Vale Solicitors", Subject: "New starter on Monday: laptop, mailbox and phone", Ago: 20 * h, Kind: "request", Origin: "client", Channel: "portal", Note: "portal", Impact: 3, Urgency: 2, Taken: true, Status: "scheduled", Tags: []string{"onboarding"}, Asked: "A second monitor for Marcus Webb, as everybody in litigation has.", Minor: 21_900, Agreed: true, Steps: []string{"Mailbox and licence", "Laptop from stock, encrypted", "Phone extension", "Groups: litigation, all-staff", "Hand-over at 9:00"}, Said: []Said{{By: "Helen Vale", Text: "Marcus Webb joins us on Monday in litigation. He needs the usual."}}},
		{Client: "Marchetti Foods", Subject: "Security patch pending reboot on 6 machines", Ago: 8 * h, Kind: "maintenance", Origin: "planned", Channel: "plan", Note: "patch window of the week", Impact: 2, Urgency: 3, Taken: true, Status: "scheduled", Said: []Said{{Text: "Reboot between 20:00 and 22:00. The packing line's terminal comes last."}}},
		{Client: "Okonkwo Architects", Subject: "Plotter prints only half the sheet", Ago: 4 * h, Kind: "incident", Origin: "client", Channel: "phone", Note: "phone", Impact: 3, Urgency: 2, Status: "new", Said: []Said{{By: "Ada Okonkwo", Text: "The A1 plotter stops in the middle of the sheet since the driver was updated."}}},
		{Client: "Sallow & Finch Accountants", Subject: "Suspicious sign-in blocked, please review", Worked: 40, Work: "remote", Ago: 2 * h, Kind: "incident", Origin: "monitor", Channel: "monitor", Note: "identity protection", Impact: 1, Urgency: 2, Taken: true, Status: "in-progress", Tags: []string{"security"}, Said: []Said{
			{Text: "A sign-in of m.finch from an unknown country was refused by the second factor."},
			{Text: "Called Mr Finch: he is at his desk. Sessions revoked, password changed.", Ago: 80 * m, Internal: true},
		}},
		{Client: "Corvid Security", Subject: "Backup of FS-02 failed twice", Worked: 75, Work: "remote", Ago: 10 * h, Kind: "problem", Origin: "monitor", Channel: "monitor", Note: "backup result: exit 3", Impact: 1, Urgency: 2, Taken: true, Status: "in-progress", Tags: []string{"backup", "server"}, Said: []Said{{Text: "Two nights in a row the job ended with \"repository is locked\"."}, {Text: "Stale lock from the power cut removed; test run goes on.", Ago: 9 * h, Internal: true}}},
		{Client: "Zephyr Travel", Subject: "Teams calls stutter in the boardroom", Worked: 90, Work: "on-site", Ago: 70 * h, Kind: "incident", Origin: "client", Channel: "mail", Note: "<9@zephyr.example>", Impact: 2, Urgency: 3, Taken: true, Status: "solved", Rated: "good", Comment: "Quiet calls at last, thank you.", Said: []Said{{By: "Sam Ortiz", Text: "Every call in the boardroom stutters; at the desks all is well."}, {Text: "The access point in the boardroom sat on a crowded channel. We moved it, and three test calls were clean.", Ago: 66 * h}}},
		{Client: "Haldane Engineering", Subject: "Replace the certificate of the CAD licence server", Worked: 25, Work: "maintenance", Ago: 60 * h, Kind: "change", Origin: "technician", Channel: "", Impact: 1, Urgency: 3, Taken: true, Status: "scheduled", Tags: []string{"certificate"}, Steps: []string{"Order", "Install out of hours", "Check three clients"}, Said: []Said{{Text: "The certificate ends in nine days; noticed while looking at the logs.", Internal: true}}},
		{Client: "Redwood Veterinary", Subject: "Shared calendar missing for two users", Worked: 20, Work: "remote", Ago: 100 * h, Kind: "incident", Origin: "client", Channel: "phone", Note: "phone", Impact: 3, Urgency: 3, Taken: true, Status: "closed", Rated: "middling", Comment: "It works, but it took two calls until somebody looked at it.", Said: []Said{{By: "Tom Reed", Text: "Lena and I do not see the surgery's calendar any more."}, {Text: "You were missing from the group after the move. Both see it again.", Ago: 96 * h}}},
	}
}
