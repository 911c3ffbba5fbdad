// SPDX-License-Identifier: Apache-2.0

package world

// Article is an article, or a document of the client that it names.
type Article struct {
	Client, Title, Folder, Body string
	Tags                        []string
	Shared, Draft               bool
}

// Credential is an invented one; nothing of it opens anything.
type Credential struct {
	Client, Name, Username, Secret, TOTP, Notes, URL, Device, Site string
}

// Expiring is something that runs out a number of days from today. Client "" = the firm's own.
type Expiring struct {
	Client, Kind, Name string
	In, Notice         int
	Fields             map[string]string
}

// Articles returns what the invented firm has written down.
func Articles() []Article {
	return []Article{
		{Title: "Outlook keeps asking for the password", Folder: "E-mail", Tags: []string{"outlook", "password"}, Shared: true, Body: `# What you see

Outlook asks for the password again and again, although it is right.

# What helps

1. Close Outlook.
2. Open **Credential Manager** and remove every entry that begins with ` + "`MicrosoftOffice16`" + `.
3. Start Outlook again and sign in once.

If it asks again, restart the computer. You can go on with webmail meanwhile.
`},
		{Title: "Scan to e-mail stops with server error 535", Folder: "Printing", Tags: []string{"printer", "scanner"}, Body: `The scanner signs in with a password that no longer holds, or the provider has switched basic sign-in off.

- [ ] Try the account in webmail.
- [ ] Make an *app password* and enter it at the device.
- [ ] Send a test page from the device, not from its web page.

| maker | where |
|---|---|
| Brother | Network → E-mail → SMTP |
| Ricoh | System settings → File transfer |
`},
		{Title: "New starter: what we need from you", Folder: "People", Tags: []string{"onboarding"}, Shared: true, Body: `Tell us five working days before:

- full name and job
- the day, and where they will sit
- whose rights they should have (somebody with the same work)
- laptop or desktop, phone or not

Then everything lies on the desk on the first morning.
`},
		{Title: "A suspicious e-mail: what to do", Folder: "E-mail", Tags: []string{"phishing", "security"}, Shared: true, Body: `Do not open the attachment, do not follow the link, and do not answer.

# If you have not clicked

1. Send it to us **as an attachment**, so that we see where it came from.
2. Delete it.

# If you have clicked or entered a password

Call us at once, at any hour. Leave the computer on, but take it off the network.

> We never ask for your password, neither by e-mail nor on the phone.
`},
		{Title: "VPN drops every few minutes", Folder: "Network", Tags: []string{"vpn"}, Body: "First look whether the line loses packets:\n\n```\nping -n 200 gateway.example\n```\n\nMore than 1 % lost: it is the line, open a fault with the provider. Otherwise lower the MTU of the adapter to 1350.\n"},
		{Title: "Restore a single file from the backup", Folder: "Backup", Tags: []string{"backup"}, Draft: true, Body: "To be written: screenshots are missing.\n"},
		{Client: "Harbour Dental Group", Title: "How the practice is wired", Folder: "Network", Tags: []string{"network"}, Body: `# Lines

Fibre 250/50 from Tidegate Telecom into the cellar, LTE as a fallback in the rack.

# Rack

| unit | what |
|---|---|
| 1 | FW-01, firewall |
| 2 | SW-01, 24 ports with PoE |
| 4 | NAS-01, X-ray archive |

The X-ray computer must **not** be restarted between 8 and 18 o'clock.
`},
		{Client: "Harbour Dental Group", Title: "Whom to call", Folder: "Contacts", Shared: true, Body: "Dr Mensah decides. In holidays reception has the keys to the cellar.\n"},
	}
}

// Credentials returns invented credentials.
func Credentials() []Credential {
	return []Credential{
		{Client: "Harbour Dental Group", Name: "Firewall", Username: "admin", Secret: "not-a-real-secret-Harbour7", TOTP: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", URL: "https://fw.harbour.example", Device: "FW-01", Site: "Cellar", Notes: "Serial console: 9600 8N1. The recovery code lies in the safe."},
		{Client: "Bluegate Logistics", Name: "Domain administrator", Username: "BLUEGATE\\tidegate-adm", Secret: "not-a-real-secret-Bluegate3", Device: "DC-01"},
	}
}

// RunningOut returns what of the invented firm and its clients runs out.
func RunningOut() []Expiring {
	return []Expiring{
		{Client: "Harbour Dental Group", Kind: "domain", Name: "harbour-dental.example", In: 24, Fields: map[string]string{"registrar": "Porthole Domains", "nameservers": "ns1.porthole.example ns2.porthole.example"}},
		{Client: "Kestrel Academy Trust", Kind: "domain", Name: "kestrel-trust.example", In: 212, Fields: map[string]string{"registrar": "Porthole Domains"}},
		{Client: "Tidewater Marine", Kind: "certificate", Name: "mail.tidewater.example", In: 9, Fields: map[string]string{"hosts": "autodiscover.tidewater.example mail.tidewater.example", "issuer": "Lighthouse CA R3", "installed": "EX-01"}},
		{Client: "Bluegate Logistics", Kind: "warranty", Name: "DC-01", In: 71, Fields: map[string]string{"device": "DC-01", "serial": "7XK2P13", "vendor": "Dell"}},
		{Client: "Fern & Vale Solicitors", Kind: "licence", Name: "Document management, 25 users", In: 44, Notice: 30, Fields: map[string]string{"vendor": "Quillworks", "quantity": "25"}},
		{Client: "Lindqvist Interiors", Kind: "vendor", Name: "Tidegate Telecom", In: 150, Notice: 90, Fields: map[string]string{"account": "TT-88213", "phone": "+44 20 7946 0321", "url": "https://portal.tidegate-telecom.example"}},
		{Kind: "vendor", Name: "Northquay Distribution", In: 120, Notice: 60, Fields: map[string]string{"account": "4410-7"}},
	}
}
