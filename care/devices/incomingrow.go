// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"cmp"
	"context"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// importColumns are the headings under which common programs write the fields, the surest first, as headingKey makes them.
var importColumns = map[string][]string{
	"id":       {"id", "deviceid", "mainstayid"},
	"client":   {"client", "customer", "company", "organization", "organisation", "account", "kunde", "firma", "clientname", "customername", "companyname", "organizationname", "accountname", "mandant"},
	"site":     {"site", "location", "branch", "standort", "sitename", "locationname", "office"},
	"name":     {"name", "device", "devicename", "computername", "hostname", "assetname", "configurationname", "gerat", "geratename", "displayname", "systemname", "bezeichnung", "computer", "asset", "title"}, //nolint:misspell // Gerät
	"kind":     {"kind", "type", "devicetype", "assettype", "configurationtype", "category", "class", "deviceclass", "deviceclassification", "art", "typ", "gerateart", "geratetyp", "role", "chassistype"},
	"serial":   {"serial", "serialnumber", "serialno", "sn", "seriennummer", "servicetag", "biosserialnumber", "assetserial", "deviceserial"},
	"tag":      {"assettag", "inventorynumber", "assetid", "assetnumber", "tagnumber", "inventarnummer", "inventarnr"},
	"vendor":   {"vendor", "maker", "manufacturer", "make", "brand", "hersteller"},
	"model":    {"model", "modelnumber", "modell", "product", "devicemodel"},
	"os":       {"os", "operatingsystem", "osname", "betriebssystem", "system", "ostype", "osversion"},
	"address":  {"address", "ip", "ipaddress", "ipadresse", "ipv4", "ipv4address", "primaryip", "privateip", "lanip", "localip", "internalip", "intipaddress", "lastip"},
	"mac":      {"mac", "macaddress", "macaddresses", "macadresse", "macs", "physicaladdress"},
	"person":   {"person", "user", "primaryuser", "assigneduser", "assignedto", "owner", "contact", "contactname", "contactemail", "benutzer", "ansprechpartner", "useremail"},
	"place":    {"place", "room", "raum", "building", "rack", "ort", "physicallocation"},
	"warranty": {"warranty", "warrantyends", "warrantyuntil", "warrantyexpiration", "warrantyexpires", "warrantyexpirydate", "warrantyexpirationdate", "warrantyend", "warrantyenddate", "warrantydate", "garantiebis", "garantie", "garantieende", "warrantyexpiry"},
	"bought":   {"bought", "purchased", "purchasedate", "purchasedon", "kaufdatum", "acquisitiondate", "datepurchased", "dateofpurchase", "installdate", "anschaffung"},
	"tags":     {"tags", "labels", "schlagworte"},
	"note":     {"note", "notes", "comments", "comment", "description", "notiz", "notizen", "bemerkung", "kommentar", "beschreibung"},
}

// headingKey brings a heading into the form in which it is looked up: small letters without accents, and nothing else.
func headingKey(s string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case strings.ContainsRune("äàâá", c):
			b.WriteByte('a')
		case strings.ContainsRune("öôó", c):
			b.WriteByte('o')
		case strings.ContainsRune("üùú", c):
			b.WriteByte('u')
		case strings.ContainsRune("éèê", c):
			b.WriteByte('e')
		}
	}
	return b.String()
}

// columnOf returns the field that a heading means, and how sure it is, 0 the surest.
func columnOf(key string) (field string, rank int) {
	for f, list := range importColumns {
		if i := slices.Index(list, key); i >= 0 {
			return f, i
		}
	}
	return "", 0
}

// kindWords tell the kind of a device by what its type is called; the first that stands in it counts.
var kindWords = []struct {
	word string
	kind Kind
}{
	{"laptop", Laptop},
	{"notebook", Laptop},
	{"macbook", Laptop},
	{"portable", Laptop},
	{"convertible", Laptop},
	{"workstation", Workstation},
	{"desktop", Workstation},
	{"arbeitsplatz", Workstation},
	{"thin client", Workstation},
	{"imac", Workstation},
	{"printer", Printer},
	{"drucker", Printer},
	{"mfp", Printer},
	{"plotter", Printer},
	{"copier", Printer},
	{"scanner", Printer},
	{"switch", NetworkGear},
	{"router", NetworkGear},
	{"firewall", NetworkGear},
	{"access point", NetworkGear},
	{"wireless", NetworkGear},
	{"gateway", NetworkGear},
	{"network", NetworkGear},
	{"netzwerk", NetworkGear},
	{"modem", NetworkGear},
	{"ups", Power},
	{"usv", Power},
	{"pdu", Power},
	{"uninterruptible", Power},
	{"unterbrechungsfrei", Power},
	{"server", Server},
	{"hypervisor", Server},
	{"virtual machine", Server},
	{"nas", Server},
	{"esx", Server},
	{"san", Server},
	{"voip", Phone},
	{"phone", Phone},
	{"telefon", Phone},
	{"mobile", Phone},
	{"tablet", Phone},
	{"ipad", Phone},
	{"computer", Workstation},
	{"pc", Workstation},
}

// kindNamed guesses a kind by the words of a type and, where they tell nothing, of the operating system.
func kindNamed(kind, os string) Kind {
	kind = strings.ToLower(kind)
	if slices.Contains(Kinds(), Kind(kind)) {
		return Kind(kind)
	}
	words := strings.FieldsFunc(kind, func(r rune) bool { return r < 'a' || r > 'z' })
	for _, k := range kindWords {
		if len(k.word) > 3 && strings.Contains(kind, k.word) || slices.Contains(words, k.word) {
			return k.kind
		}
	}
	switch os = strings.ToLower(os); {
	case strings.Contains(os, "server"), strings.Contains(os, "esxi"):
		return Server
	case strings.Contains(os, "windows"), strings.Contains(os, "mac"):
		return Workstation
	}
	return OtherKind
}

// of returns what is known of a client.
func (r *importer) of(ctx context.Context, client ids.ID) (*clientDevices, error) {
	if c := r.known[client]; c != nil {
		return c, nil
	}
	c := &clientDevices{serial: map[string]*Device{}, mac: map[string]*Device{}, tag: map[string]*Device{}, named: map[string]*Device{}}
	r.known[client] = c
	if client == 0 {
		return c, nil
	}
	var err error
	if c.full, err = r.s.p.Clients.Get(ctx, r.scope, client); err != nil {
		return nil, err
	}
	list, err := r.s.Find(ctx, r.scope, client, Query{})
	if err != nil {
		return nil, err
	}
	put := func(m map[string]*Device, key string, d *Device) {
		if key = strings.ToLower(key); key == "" {
			return
		}
		if _, twice := m[key]; twice {
			d = nil // it names two: it tells neither
		}
		m[key] = d
	}
	for _, d := range list {
		put(c.serial, cleanSerial(d.Serial), d)
		put(c.tag, d.AssetTag, d)
		put(c.named, d.Name, d)
		if !strings.EqualFold(d.Name, d.Hostname) {
			put(c.named, d.Hostname, d)
		}
		for _, m := range d.MACs {
			put(c.mac, m, d)
		}
	}
	return c, nil
}

// row reads one row of the file.
func (r *importer) row(ctx context.Context, x importLine) error {
	cell := func(f string) string { return x.cells[f] }
	out := ImportRow{Line: x.line, Named: clientCell(x)}
	if out.Client = r.o.Client; out.Client == 0 {
		if clients.NameKey(out.Named) == "" {
			return fault.NewInvalid("It names no client. Choose one for the whole file, or fill in its column of clients.")
		}
		out.Client = r.named[clients.NameKey(out.Named)]
		if out.Client == 0 && (!r.o.Make || r.others[clients.NameKey(out.Named)]) {
			return fault.NewInvalid("There is no client %q. Make it first, or let the import make it.", out.Named)
		}
	}
	c, err := r.of(ctx, out.Client)
	if err != nil {
		return err
	}
	if out.MACs, err = macsOf(cell("mac")); err != nil {
		return err
	}
	out.serial = cleanSerial(cell("serial"))
	known := r.find(c, &out, x)
	base := Details{Kind: kindNamed(cell("kind"), cell("os")), Warranty: civil.NoDate, Bought: civil.NoDate}
	if known != nil {
		out.Device, base = known.ID, DetailsOf(known)
		if was, twice := r.seen[known.ID]; twice {
			return fault.NewInvalid("It is the same device as line %d: %s.", was, known.Name)
		}
		r.seen[known.ID] = x.line
		if cell("kind") != "" && known.Agent == "" {
			base.Kind = kindNamed(cell("kind"), cell("os"))
		}
	}
	out.Details = base
	if err := r.fill(&out, c, cell); err != nil {
		return err
	}
	if known == nil {
		return r.add(ctx, out)
	}
	return r.compare(ctx, known, out)
}

// find knows a device again.
func (r *importer) find(c *clientDevices, x *ImportRow, l importLine) *Device {
	if id, err := ids.Parse(l.cells["id"]); err == nil {
		if d, ok := r.s.roster.look(id); ok && d.Client == x.Client && d.Active() {
			return d
		}
	}
	if x.serial != "" {
		if d := c.serial[strings.ToLower(x.serial)]; d != nil {
			return d
		}
	}
	for _, m := range x.MACs {
		if d := c.mac[m]; d != nil {
			return d
		}
	}
	differs := func(d *Device) bool {
		return x.serial != "" && d.Serial != "" && !strings.EqualFold(x.serial, cleanSerial(d.Serial))
	}
	if t := strings.ToLower(line(l.cells["tag"], 60)); t != "" {
		if d := c.tag[t]; d != nil && !differs(d) {
			return d
		}
	}
	if d := c.named[strings.ToLower(line(l.cells["name"], maxName))]; d != nil && !differs(d) {
		return d
	}
	return nil
}

// fill takes over what a row says; an empty cell says nothing.
func (r *importer) fill(out *ImportRow, c *clientDevices, cell func(string) string) error {
	x := &out.Details
	for f, to := range map[string]*string{
		"name": &x.Name, "tag": &x.AssetTag, "vendor": &x.Vendor, "model": &x.Model, "serial": &x.Serial, "os": &x.OS, "address": &x.Address, "place": &x.Location, "note": &x.Note,
	} {
		if v := cell(f); v != "" {
			*to = v
		}
	}
	if v := cell("tags"); v != "" {
		x.Tags = append(slices.Clone(x.Tags), v)
	}
	for f, to := range map[string]*civil.Date{"warranty": &x.Warranty, "bought": &x.Bought} {
		if v := cell(f); v != "" {
			d, ok := importDay(v, r.o.Days == MonthFirst)
			if !ok {
				return fault.NewInvalid("%q is not a day.", line(v, 40))
			}
			*to = d
		}
	}
	r.where(x, c, cell("site"))
	if v := cell("person"); v != "" {
		for i := range c.full.People {
			if p := &c.full.People[i]; strings.EqualFold(p.Name, v) || strings.EqualFold(p.Email, v) {
				x.Person = p.ID
			}
		}
	}
	for key := range r.own {
		if v := cell("field-" + key); v != "" {
			if x.Custom == nil {
				x.Custom = map[string]string{}
			} else {
				x.Custom = cloneMap(x.Custom)
			}
			x.Custom[key] = v
		}
	}
	return nil
}

func cloneMap(m map[string]string) map[string]string {
	out := make(map[string]string, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

// where takes over the site; one that the client does not have is noted as the device's place.
func (r *importer) where(x *Details, c *clientDevices, site string) {
	if site == "" {
		return
	}
	for i := range c.full.Sites {
		if strings.EqualFold(c.full.Sites[i].Name, site) {
			x.Site = c.full.Sites[i].ID
			return
		}
	}
	if x.Location == "" {
		x.Location = site
	}
	if !slices.Contains(r.in.Sites, site) && len(r.in.Sites) < 50 {
		r.in.Sites = append(r.in.Sites, line(site, 60))
	}
}

// add notes a new device, if the file does not describe it twice.
func (r *importer) add(ctx context.Context, out ImportRow) error {
	owner := out.Client.String()
	if out.Client == 0 {
		owner = "new " + clients.NameKey(out.Named)
		if !slices.ContainsFunc(r.in.NewClients, func(n string) bool { return clients.NameKey(n) == clients.NameKey(out.Named) }) {
			r.in.NewClients = append(r.in.NewClients, out.Named)
		}
		if err := r.s.cleanNewcomer(ctx, &out.Details); err != nil {
			return err
		}
	} else if err := r.s.cleanDetails(ctx, r.scope, out.Client, &out.Details); err != nil {
		return err
	}
	keys := []string{}
	if out.serial != "" {
		keys = append(keys, owner+" serial "+strings.ToLower(out.serial))
	} else {
		keys = append(keys, owner+" name "+strings.ToLower(out.Details.Name))
	}
	for _, m := range out.MACs {
		keys = append(keys, owner+" mac "+m)
	}
	for _, k := range keys {
		if was, twice := r.fresh[k]; twice {
			return fault.NewInvalid("It is the same device as line %d: %s.", was, out.Details.Name)
		}
	}
	for _, k := range keys {
		r.fresh[k] = out.Line
	}
	r.in.New = append(r.in.New, out)
	return nil
}

// cleanNewcomer is cleanDetails for a client that does not exist yet.
func (s *Service) cleanNewcomer(ctx context.Context, x *Details) error {
	x.Site, x.Person, x.Parent = 0, 0, 0
	return s.cleanPlain(ctx, x)
}

// compare notes what would change of a device that is here.
func (r *importer) compare(ctx context.Context, known *Device, out ImportRow) error {
	if err := r.s.cleanDetails(ctx, r.scope, out.Client, &out.Details); err != nil {
		return err
	}
	after := *known
	out.Details.put(&after)
	if known.Agent == "" && len(out.MACs) > 0 {
		after.MACs = out.MACs
	}
	own := slices.SortedFunc(maps.Values(r.fields), func(a, b Field) int { return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID)) })
	w := words{r.s.namesIn(&r.known[out.Client].full), own}
	out.Changes = w.changes(ctx, known, &after)
	if len(out.Changes) == 0 {
		r.in.Same++
		return nil
	}
	r.in.Changed = append(r.in.Changed, out)
	return nil
}

// macsOf reads hardware addresses in any of their forms.
func macsOf(s string) ([]string, error) {
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '|' || r == '\n' }) {
		text := w
		if len(w) == 12 && !strings.ContainsAny(w, ":-.") {
			text = w[:2] + ":" + w[2:4] + ":" + w[4:6] + ":" + w[6:8] + ":" + w[8:10] + ":" + w[10:]
		}
		m, err := net.ParseMAC(text)
		if err != nil || len(m) != 6 {
			return nil, fault.NewInvalid("%q is not a hardware address (MAC).", line(w, 40))
		}
		if !slices.Contains(out, m.String()) && len(out) < 16 {
			out = append(out, m.String())
		}
	}
	return out, nil
}

// daysDecided finds out by the file's days whether the day or the month comes first in them.
func (r *importer) daysDecided() {
	if r.o.Days != DaysFound {
		return
	}
	for _, x := range r.rows {
		for _, f := range []string{"warranty", "bought"} {
			if a, b, _, ok := slashed(x.cells[f]); ok && a <= 12 && b > 12 {
				r.o.Days = MonthFirst
			} else if ok && a > 12 {
				r.o.Days = DayFirst
				return
			}
		}
	}
}

// slashed takes 3/4/2026 apart, whatever may follow it.
func slashed(s string) (a, b, year int, ok bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return 0, 0, 0, false
	}
	var n [3]int
	for i, p := range parts {
		var err error
		if n[i], err = strconv.Atoi(p); err != nil {
			return 0, 0, 0, false
		}
	}
	if n[2] < 100 {
		n[2] += 2000
	}
	return n[0], n[1], n[2], n[0] <= 31
}

// importDay reads a day as common programs write it: 2026-04-03, 2026/4/3, 3.4.2026, 3/4/2026 or 4/3/2026, Apr 3, 2026, each with or without
// a time of day behind it.
func importDay(s string, monthFirst bool) (civil.Date, bool) {
	s = strings.TrimSpace(s)
	if len(s) >= 10 {
		if d, err := civil.Parse(s[:10]); err == nil {
			return d, true
		}
	}
	if a, b, y, ok := slashed(s); ok {
		if monthFirst {
			a, b = b, a
		}
		return civil.NewDate(y, b, a)
	}
	word, _, _ := strings.Cut(s, " ")
	if p := strings.Split(word, "/"); len(p) == 3 && len(p[0]) == 4 {
		return civilOf(p[0], p[1], p[2])
	}
	if p := strings.Split(word, "."); len(p) == 3 {
		return civilOf(p[2], p[1], p[0])
	}
	return dayInWords(s)
}

// dayInWords reads Apr 3, 2026 and 3 Apr 2026, in English.
func dayInWords(s string) (civil.Date, bool) {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == ',' || r == '-' })
	if len(words) < 3 {
		return civil.NoDate, false
	}
	month := func(w string) string {
		if i := strings.Index("jan feb mar apr may jun jul aug sep oct nov dec", w[:min(len(w), 3)]); len(w) >= 3 && i >= 0 && i%4 == 0 {
			return strconv.Itoa(i/4 + 1)
		}
		return ""
	}
	if m := month(words[0]); m != "" {
		return civilOf(words[2], m, words[1])
	}
	return civilOf(words[2], month(words[1]), words[0])
}

func civilOf(year, month, day string) (civil.Date, bool) {
	var n [3]int
	for i, s := range []string{year, month, day} {
		var err error
		if n[i], err = strconv.Atoi(s); err != nil {
			return civil.NoDate, false
		}
	}
	if n[0] < 100 {
		n[0] += 2000
	}
	return civil.NewDate(n[0], n[1], n[2])
}
