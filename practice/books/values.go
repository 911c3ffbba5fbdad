// SPDX-License-Identifier: Apache-2.0

package books

import (
	"strings"
)

// The channel map: what a ticket's source says about who started it. The user can confirm
// and change it ([Mapping.Origins]).
var originWords = map[Origin]string{
	OriginClient: "phone|telephone|telefon|anruf|call|phone call|phone call inbound|call inbound|email|e mail|mail|portal|customer portal|client portal|end user portal|web|web form|web widget|webform|website|web portal|self service|self service portal|selfservice|" +
		"chat|live chat|messaging|walk in|walkin|walk up|in person|direct|customer|client|user|end user|voicemail|fax|letter|sms|text message|whatsapp|slack|teams|microsoft teams|facebook|twitter|social|feedback widget|mobile|mobile app|mobile sdk|client call|help center|" +
		"outlook add in|email connector|inbound email|incoming email|vor ort|persönlich|kundenportal|web api form|customer email|agreement customer|virtual agent|on site|onsite|ticket sharing|sipgate|talk|video call|user request|contact form|closed ticket",
	OriginMonitor: "alert|alerts|monitor|monitoring|monitoring alert|rmm|rmm alert|api|web service api|web service|event|event management|system|machine|automated|automatic|automation|auto|sensor|snmp|nagios|zabbix|prtg|datto|datto rmm|ninja|ninjaone|ninjarmm|n able|n central|ncentral|" +
		"kaseya|vsa|connectwise automate|labtech|automate|atera|level|tactical|tactical rmm|veeam|backup|backup alert|edr|soc|siem|huntress|sentinelone|antivirus|uptime|health check|alarm|überwachung|system alert|device alert|integration|log monitoring|probe|syslog|webhook|api alert|liongard|auvik|barracuda|insight rmm|managed workplace|syncro rmm|screenconnect|splunk|datadog",
	OriginPlanned:    "planned|scheduled|schedule|recurring|recurring ticket|change|change request|project|maintenance|planned maintenance|scheduled maintenance|regular maintenance|maintenance window|scheduled task|scheduled ticket|scheduled work|planned work|geplante wartung|proactive|geplant|wartung|projekt|recurrence|template|periodic|calendar|task|maintenance plan|preventive|preventive maintenance|patching|onboarding|audit|review|wiederkehrend",
	OriginTechnician: "technician|tech|internal|agent|staff|engineer|techniker|intern|created by technician|manual by technician|noticed|observation|discovered|support agent|mitarbeiter",
}

// workWords says which words in a category of work mean reacting to trouble and which
// mean planned work.
var workWords = map[int8]string{
	1: "support bug bugs incident incidents fix fixes repair break breakfix emergency reactive troubleshooting troubleshoot helpdesk störung stoerung fehler reparatur notfall outage failure problem remote ticket tickets service-request desk virus malware hotline entstörung",
	-1: "project projects projekt enhancement enhancements development release meeting meetings training testing documentation marketing management planned maintenance patching patch proactive consultancy consulting specification research conversion " +
		"recruitment admin administration internal intern audit review onboarding deployment migration implementation scheduled wartung schulung beratung installation install rollout upgrade sales travel reisezeit vacation planning design strategy monitoring backup",
}

// serviceAccounts are found in the address of a requester that is a machine.
var serviceAccounts = []string{"noreply", "no-reply", "donotreply", "do-not-reply", "alert@", "alerts@", "monitoring@", "monitor@", "rmm@", "nagios", "zabbix", "prtg", "icinga", "veeam", "datto", "ninjarmm", "backup@", "notifications@", "postmaster@", "mailer-daemon"}

// vocabulary holds the look-ups of one reading, answers cached by the raw value.
type vocabulary struct {
	origins map[string]Origin
	works   map[string]int8
	own     *Mapping

	originOf map[string]Origin
	workOf   map[string]int8
}

func newVocabulary(m *Mapping) *vocabulary {
	v := &vocabulary{origins: map[string]Origin{}, works: map[string]int8{}, own: m, originOf: map[string]Origin{}, workOf: map[string]int8{}}
	for o, words := range originWords {
		for _, w := range strings.Split(words, "|") {
			v.origins[w] = o
		}
	}
	for s, words := range workWords {
		for _, w := range strings.Fields(words) {
			v.works[w] = s
		}
	}
	return v
}

const maxCached = 1 << 16

// origin classifies a channel's value.
func (v *vocabulary) origin(raw []byte) Origin {
	if o, ok := v.originOf[string(raw)]; ok {
		return o
	}
	s := strings.ToLower(strings.TrimSpace(string(raw)))
	o, said := v.own.Origins[s]
	if !said {
		o = v.origins[normHeader(string(raw))]
	}
	if len(v.originOf) < maxCached {
		v.originOf[string(raw)] = o
	}
	return o
}

// work classifies a category: 1 reactive, −1 planned, 0 cannot be told. The more words of one
// side, the clearer; a draw tells nothing.
func (v *vocabulary) work(raw []byte) int8 {
	if s, ok := v.workOf[string(raw)]; ok {
		return s
	}
	lower := strings.ToLower(strings.TrimSpace(string(raw)))
	s, said := v.own.Works[lower]
	if !said {
		sum := 0
		for _, w := range strings.Fields(normHeader(string(raw))) {
			sum += int(v.works[w])
		}
		s = int8(max(-1, min(1, sum)))
	}
	if len(v.workOf) < maxCached {
		v.workOf[string(raw)] = s
	}
	return s
}

func isServiceAccount(requester string) bool {
	r := strings.ToLower(requester)
	for _, s := range serviceAccounts {
		if strings.Contains(r, s) {
			return true
		}
	}
	return false
}

// yesNo reads a flag: 1 yes, −1 no, 0 not said.
func yesNo(raw []byte) int8 {
	switch strings.ToLower(string(raw)) {
	case "yes", "y", "true", "1", "ja", "wahr", "billable", "x", "on", "covered", "installed", "compliant", "active", "online", "up to date", "patched", "monitored", "managed", "offline", "ok", "aktiv":
		return 1
	case "no", "n", "false", "0", "nein", "falsch", "non-billable", "non billable", "nonbillable", "not billable", "off", "none", "not installed", "not compliant", "non-compliant", "inactive", "unmanaged", "not monitored", "do not bill", "no charge", "inaktiv":
		return -1
	}
	return 0
}

// leftOut tells the states of an invoice in which it was never, or is no longer, a claim.
func leftOutStatus(s string) bool {
	switch normHeader(s) {
	case "void", "voided", "draft", "deleted", "cancelled", "canceled", "storniert", "entwurf", "gelöscht", "annulliert", "proforma", "pro forma", "quote", "estimate", "rejected", "declined", "archived draft", "pending approval", "reversed", "discarded":
		return true
	}
	return false
}

// Types of transactions: what is revenue, what is a credit, and what is neither.
const (
	typeSale = iota
	typeCredit
	typeOther
)

func transactionType(s string) int {
	n := normHeader(s)
	switch n {
	case "", "invoice", "sales invoice", "sales receipt", "rechnung", "journal entry", "journal", "general journal", "statement charge", "charge", "accrec", "standard", "inv", "receipt sale", "finance charge", "delayed charge", "ausgangsrechnung", "accpay", "si":
		return typeSale
	case "payment", "receive payment", "deposit", "transfer", "bill", "bill payment", "bill payment check", "bill payment cheque", "check", "cheque", "expense", "estimate", "quote", "purchase order", "sales order", "zahlung", "angebot", "auftrag", "lieferschein",
		"purchase invoice", "purchase credit note", "receive money", "spend money", "bank transfer", "prepayment", "overpayment", "credit card credit", "credit card expense", "inventory qty adjust", "item receipt", "time charge", "time activity", "pledge", "statement", "refund receipt payment", "sales tax payment", "credit card charge":
		return typeOther
	}
	if strings.Contains(n, "credit") || strings.Contains(n, "refund") || strings.Contains(n, "gutschrift") || strings.Contains(n, "storno") || n == "cn" || n == "sc" {
		return typeCredit
	}
	return typeSale
}

// accountWords mark ledger accounts that are no income: the other side of a sale.
var accountWords = []string{
	"receivable", "payable", "bank", "checking", "savings", "undeposited", "sales tax", "vat control", "vat liability", "gst", "tax payable", "inventory asset", "cost of goods", "cost of sales", "equity", "petty cash", "cash on hand",
	"credit card", "forderung", "verbindlichkeit", "umsatzsteuer", "kasse", "retained earnings", "accumulated", "prepaid", "expense", "asset", "liability", "liabilities",
}

// ledgerAccount reports whether a name is that of an account of the books.
func ledgerAccount(s string) bool {
	n := strings.ToLower(s)
	for _, w := range []string{"income", "revenue", "sales", "erlös", "consulting", "services", "hosting", "support", "licen", "fees", "hardware", "software", "other", "travel"} {
		if strings.Contains(n, w) {
			return true
		}
	}
	return !incomeAccount(s)
}

func incomeAccount(s string) bool {
	n := strings.ToLower(s)
	if strings.Contains(n, "income") || strings.Contains(n, "revenue") || strings.Contains(n, "sales") && !strings.Contains(n, "tax") && !strings.Contains(n, "cost") || strings.Contains(n, "erlös") {
		return true
	}
	for _, w := range accountWords {
		if strings.Contains(n, w) {
			return false
		}
	}
	return true
}

// itemTold reads the type of an item.
func itemTold(s string) Told {
	switch normHeader(s) {
	case "labor", "labour", "hourly", "hours", "time", "dienstleistung stunden", "arbeitszeit":
		return ToldLabour
	case "hardware", "goods", "good", "inventory", "inventory part", "ware", "handelsware", "material", "non inventory", "part", "parts":
		return ToldResale
	}
	return ToldNothing
}

// months reads an interval: 1, 3, 6, 12, 24; 0 where it is none of them.
func months(s string) uint8 {
	switch n := normHeader(s); n {
	case "month", "monthly", "every month", "1 month", "every 1 month", "monatlich", "1 monat", "1", "months", "m", "per month":
		return 1
	case "quarter", "quarterly", "every 3 months", "3 months", "3", "quartalsweise", "vierteljährlich", "every quarter", "three months":
		return 3
	case "half yearly", "semi annually", "semiannually", "biannually", "every 6 months", "6 months", "6", "halbjährlich", "six months", "half year":
		return 6
	case "year", "yearly", "annual", "annually", "every year", "12 months", "every 12 months", "12", "jährlich", "1 year", "1 jahr", "y", "per year":
		return 12
	case "2 years", "24 months", "biennially", "every 2 years", "24":
		return 24
	case "3 years", "36 months", "36":
		return 36
	case "2 months", "every 2 months", "2", "bimonthly":
		return 2
	}
	return 0
}

var (
	reviewWords  = []string{"business review", "qbr", "quarterly review", "annual review", "account review", "roadmap", "strategy review", "strategiegespräch", "jahresgespräch", "quartalsgespräch", "service review", "vcio", "budget meeting"}
	contactWords = []string{"client meeting", "customer meeting", "account meeting", "site visit", "client visit", "kundentermin", "kundengespräch", "kundenbesuch", "client demo"}
)

// plannedContact tells the texts of a planned contact with a client.
func plannedContact(text string) (contact, review bool) {
	t := strings.ToLower(text)
	for _, w := range reviewWords {
		if strings.Contains(t, w) {
			return true, true
		}
	}
	for _, w := range contactWords {
		if strings.Contains(t, w) {
			return true, false
		}
	}
	return false, false
}

var (
	serverWords   = []string{"server", "hypervisor", "esxi", "vmware", "proxmox", "hyper-v", "ubuntu server", "domain controller", "rhel", "red hat enterprise", "debian"}
	endpointWords = []string{"workstation", "laptop", "desktop", "notebook", "pc", "computer", "windows", "macos", "mac os", "imac", "macbook", "linux", "ubuntu", "tablet", "thin client", "arbeitsplatz", "all in one", "surface"}
	otherDevices  = []string{"printer", "drucker", "switch", "router", "firewall", "access point", "ups", "phone", "telefon", "camera", "kamera", "monitor", "display", "nas", "mobile", "iphone", "android", "ipad", "scanner", "modem"}
)

// deviceClass says what a device is by its type and operating system.
func deviceClass(kind, system string) (server, endpoint bool) {
	k, s := strings.ToLower(kind), strings.ToLower(system)
	has := func(t string, words []string) bool {
		for _, w := range words {
			if strings.Contains(t, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has(k, serverWords):
		return true, true
	case has(k, endpointWords):
		return false, true
	case has(k, otherDevices):
		return false, false
	case has(s, serverWords):
		return true, true
	case has(s, endpointWords):
		return false, true
	}
	return false, false
}
