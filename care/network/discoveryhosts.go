// SPDX-License-Identifier: Apache-2.0

package network

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe/discover"
	"mainstay/kit/probe/snmp"
)

// The states of a host that was found.
const (
	HostNew     = "new"     // nobody decided
	HostIgnored = "ignored" // it may be there
	HostDevice  = "device"  // it is one of the devices
)

// Host is a host that was found in a network.
type Host struct {
	ID         ids.ID
	Client     ids.ID
	Scan       ids.ID
	Key        string
	Address    string
	MAC        string
	Name       string
	NamedBy    string // snmp, netbios, mdns, dns
	Vendor     string
	Model      string
	Services   []string
	About      *snmp.Description // what it says of itself by SNMP, nil = nothing
	Credential ids.ID            // with which it answers
	State      string
	Device     ids.ID
	FirstRun   bool // it was there when the network was first looked into
	Missed     int64
	First      time.Time
	Seen       time.Time
	Reason     string
	Author     string
	Decided    time.Time
	Self       bool // the machine that looked; not kept
}

// Gone reports whether the host was not found any more.
func (h *Host) Gone() bool { return h.Missed >= goneAfter }

// Random reports whether the hardware address is one that a device made up, as phones do in each network anew.
func (h *Host) Random() bool {
	m, err := net.ParseMAC(h.MAC)
	return err == nil && len(m) == 6 && m[0]&2 != 0 && h.About == nil
}

// Title is what the host is called: its name, else its address.
func (h *Host) Title() string {
	if h.Name != "" {
		return h.Name
	}
	return h.Address
}

// Guess is what the host seems to be.
func (h *Host) Guess() devices.Kind {
	has := func(words ...string) bool {
		for _, s := range h.Services {
			name, _, _ := strings.Cut(s, "/")
			name, _, _ = strings.Cut(name, " ")
			for _, w := range words {
				if name == w {
					return true
				}
			}
		}
		return false
	}
	if h.About != nil {
		kind := kindTold(h.About.Kind)
		switch {
		case kind == devices.Power || kind == devices.Printer:
			return kind // they forward packets of a network card at times
		case h.About.Bridge || h.About.Router || kind == devices.NetworkGear:
			return devices.NetworkGear
		}
	}
	text := strings.ToLower(h.Vendor + " " + h.Model + " " + h.Name)
	contains := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("printing", "pdl-datastream", "ipp", "ipps", "printer") && !has("smb", "rdp"), contains("brother", "kyocera", "lexmark", "ricoh", "epson", "laserjet", "officejet"):
		return devices.Printer
	case contains("smart-ups", "back-ups", "uninterruptible", "usv"):
		return devices.Power
	case has("winbox"), contains("ubiquiti", "mikrotik", "fortinet", "lancom", "sophos", "aruba", "tp-link", "netgear", "zyxel", "avm", "fritz", "cisco", "switch", "firewall"):
		return devices.NetworkGear
	case has("proxmox", "nas"), contains("synology", "qnap", "vmware", "supermicro"):
		return devices.Server
	case has("rdp", "smb"):
		return devices.Workstation
	case contains("iphone", "ipad", "android", "galaxy", "pixel"):
		return devices.Phone
	case has("ssh") && has("http", "https"):
		return devices.Server
	}
	return devices.OtherKind
}

// found is what of a network is known, to find a host again.
type foundHosts struct {
	list []*Host
	by   map[string]*Host
}

// find finds a host again: by its key, else the one without hardware at the same address.
func (f *foundHosts) find(h *Host) *Host {
	if x := f.by[h.Key]; x != nil {
		return x
	}
	if x := f.by["ip:"+h.Address]; x != nil {
		return x
	}
	if h.MAC == "" { // its hardware cannot be told this time
		for _, x := range f.list {
			if x.Address == h.Address && !x.Gone() {
				return x
			}
		}
	}
	return nil
}

const hostColumns = `id, client_id, scan_id, host_key, address, mac, name, named_by, vendor, model, services, about, credential_id, state, device_id, first_run, missed, first_at, seen_at, reason, author, decided_at`

func scanHost(r row) (*Host, error) {
	var h Host
	var services, about string
	var firstRun, first, seen, decided int64
	err := r.Scan(&h.ID, &h.Client, &h.Scan, &h.Key, &h.Address, &h.MAC, &h.Name, &h.NamedBy, &h.Vendor, &h.Model, &services, &about, &h.Credential, &h.State, &h.Device, &firstRun, &h.Missed, &first, &seen,
		&h.Reason, &h.Author, &decided)
	if err != nil {
		return nil, err
	}
	if services != "" {
		h.Services = strings.Split(services, "\n")
	}
	if about != "" {
		d := &snmp.Description{}
		if json.Unmarshal([]byte(about), d) == nil {
			h.About = d
		}
	}
	h.FirstRun, h.First, h.Seen, h.Decided = firstRun != 0, instant(first), instant(seen), instant(decided)
	return &h, nil
}

// selectHosts reads hosts by their age, at most limit of them; 0 = all.
func (s *Service) selectHosts(ctx context.Context, where string, limit int, args ...any) ([]*Host, error) {
	query := "SELECT " + hostColumns + " FROM network_hosts WHERE " + where + " ORDER BY id"
	if limit > 0 {
		query += " LIMIT " + strconv.Itoa(limit)
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*Host
	for rows.Next() {
		h, err := scanHost(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

func (s *Service) hostsOf(ctx context.Context, scan ids.ID) (*foundHosts, error) {
	list, err := s.selectHosts(ctx, "scan_id = $1", 0, int64(scan))
	if err != nil {
		return nil, err
	}
	f := &foundHosts{list: list, by: map[string]*Host{}}
	for _, h := range list {
		f.by[h.Key] = h
	}
	return f, nil
}

// putHost writes a host that was found just now.
func putHost(ctx context.Context, tx *sql.Tx, h *Host, fresh bool) error {
	about := ""
	if h.About != nil {
		b, err := json.Marshal(h.About)
		if err != nil {
			return err
		}
		about = storable(string(b))
	}
	services := strings.Join(h.Services, "\n")
	if fresh {
		_, err := tx.ExecContext(ctx, "INSERT INTO network_hosts ("+hostColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, $18, '', '', 0) ON CONFLICT (scan_id, host_key) DO NOTHING",
			int64(h.ID), int64(h.Client), int64(h.Scan), h.Key, h.Address, h.MAC, h.Name, h.NamedBy, h.Vendor, h.Model, services, about, int64(h.Credential), h.State, int64(h.Device), flag(h.FirstRun),
			micros(h.First), micros(h.Seen))
		return err
	}
	// What could not be told this time stays as it was told before.
	keep := func(col string, n string) string {
		return col + " = CASE WHEN $" + n + " = '' THEN " + col + " ELSE $" + n + " END, "
	}
	_, err := tx.ExecContext(ctx, "UPDATE network_hosts SET address = $2, "+keep("mac", "3")+keep("name", "4")+keep("named_by", "5")+keep("vendor", "6")+keep("model", "7")+keep("services", "8")+keep("about", "9")+
		"host_key = $14, credential_id = CASE WHEN $10 = 0 THEN credential_id ELSE $10 END, state = $11, device_id = $12, missed = 0, seen_at = $13 WHERE id = $1",
		int64(h.ID), h.Address, h.MAC, h.Name, h.NamedBy, h.Vendor, h.Model, services, about, int64(h.Credential), h.State, int64(h.Device), micros(h.Seen), h.Key)
	return err
}

// Hosts lists what was found in the networks of a client; 0 = of all clients of the scope. state "" = all; limit 0 = all.
func (s *Service) Hosts(ctx context.Context, scope access.Scope, client ids.ID, state string, limit int) ([]*Host, error) {
	return s.HostsAfter(ctx, scope, client, state, 0, limit)
}

// HostsAfter is Hosts behind one of them, whatever became of that meanwhile.
func (s *Service) HostsAfter(ctx context.Context, scope access.Scope, client ids.ID, state string, after ids.ID, limit int) ([]*Host, error) {
	if client == 0 && !scope.All() {
		client = scope.Client()
	}
	if client != 0 && !scope.Covers(client) {
		return nil, nil
	}
	where, args := "id > $1", []any{int64(after)}
	if client != 0 {
		args = append(args, int64(client))
		where += " AND client_id = $" + strconv.Itoa(len(args))
	}
	if state != "" {
		args = append(args, state)
		where += " AND state = $" + strconv.Itoa(len(args))
	}
	return s.selectHosts(ctx, where, limit, args...)
}

// CountNew is how many hosts of the scope nobody decided about.
func (s *Service) CountNew(ctx context.Context, scope access.Scope) (n int64, err error) {
	query, args := "SELECT count(*) FROM network_hosts WHERE state = 'new' AND missed < 3", []any{}
	if !scope.All() {
		query, args = query+" AND client_id = $1", []any{int64(scope.Client())}
	}
	err = s.p.DB.Reader().QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// Host is a found host of the scope.
func (s *Service) Host(ctx context.Context, scope access.Scope, id ids.ID) (*Host, error) {
	h, err := scanHost(s.p.DB.Reader().QueryRowContext(ctx, "SELECT "+hostColumns+" FROM network_hosts WHERE id = $1", int64(id)))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !scope.Covers(h.Client) {
		return nil, fault.NewNotFound("There is no such host.")
	}
	return h, err
}

// HostOfDevice is where a device was found last, nil when it never was.
func (s *Service) HostOfDevice(ctx context.Context, device ids.ID) (*Host, error) {
	list, err := s.selectHosts(ctx, "device_id = $1", 0, int64(device))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	best := list[0]
	for _, h := range list {
		if h.Seen.After(best.Seen) {
			best = h
		}
	}
	return best, nil
}

// Adopt makes a device of a host. Where it answers by SNMP it is asked from then on, by whoever found it.
func (s *Service) Adopt(ctx context.Context, scope access.Scope, id ids.ID, name string, kind devices.Kind) (ids.ID, error) {
	h, err := s.Host(ctx, scope, id)
	if err != nil {
		return 0, err
	}
	if h.State == HostDevice {
		return 0, fault.NewConflict("This host is a device already.")
	}
	x, err := s.Scan(ctx, scope, h.Scan)
	if err != nil {
		return 0, err
	}
	if name = line(name); name == "" {
		name = h.Title()
	}
	if kind == "" {
		kind = h.Guess()
	}
	l := devices.Learned{Hostname: h.Name, Vendor: h.Vendor, Model: h.Model, Address: h.Address, MACs: macs(h.MAC)}
	if h.About != nil {
		l = learned(h.About, h.Address)
		l.MACs = append(macs(h.MAC), l.MACs...)
	}
	device, err := s.p.Devices.MakeFound(ctx, scope, h.Client, devices.Details{
		Name: name, Kind: kind, Site: x.Site, Vendor: l.Vendor, Model: l.Model, Serial: l.Serial, Address: h.Address,
	}, l)
	if err != nil {
		return 0, err
	}
	if err := s.decide(ctx, h, HostDevice, device, ""); err != nil {
		return 0, err
	}
	if h.Credential == 0 || h.About == nil {
		return device, nil
	}
	return device, s.SavePolled(ctx, scope, Polled{Device: device, Credential: h.Credential, Prober: x.Prober, Address: h.Address})
}

// Ignore says that a host may be there, and why.
func (s *Service) Ignore(ctx context.Context, scope access.Scope, id ids.ID, reason string) error {
	h, err := s.Host(ctx, scope, id)
	if err != nil {
		return err
	}
	if reason = cut(reason, 200); reason == "" {
		return fault.NewInvalid("Say why it may be there: somebody will ask.").On("reason")
	}
	return s.decide(ctx, h, HostIgnored, 0, reason)
}

// Undecide takes the decision about a host back.
func (s *Service) Undecide(ctx context.Context, scope access.Scope, id ids.ID) error {
	h, err := s.Host(ctx, scope, id)
	if err != nil {
		return err
	}
	return s.decide(ctx, h, HostNew, 0, "")
}

func (s *Service) decide(ctx context.Context, h *Host, state string, device ids.ID, reason string) error {
	err := s.change(ctx, "network.host-"+state, h.ID.String(), h.Title()+" "+reason, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE network_hosts SET state = $2, device_id = $3, reason = $4, author = $5, decided_at = $6 WHERE id = $1", int64(h.ID), state, int64(device), reason, author(ctx), micros(s.now()))
		return err
	})
	if err != nil {
		return err
	}
	s.p.Bus.Publish(Topic, h.Scan.String())
	return s.afterDecision(ctx, h.Scan)
}

// makerPrefix is the part of a hardware address that says who made it.
func makerPrefix(mac string) string {
	p := strings.ReplaceAll(mac, ":", "")
	if len(p) < 6 {
		return ""
	}
	return strings.ToUpper(p[:6])
}

// makersOf are the makers of hosts, by prefix.
func (s *Service) makersOf(ctx context.Context, list []discover.Host) (map[string]string, error) {
	want := map[string]bool{}
	for _, h := range list {
		if p := makerPrefix(h.MAC); p != "" {
			want[p] = true
		}
	}
	out := map[string]string{}
	for p := range want {
		var name string
		err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT name FROM network_makers WHERE prefix = $1", p).Scan(&name)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		out[p] = name
	}
	return out, nil
}

// The bounds of an import of makers.
const (
	maxMakers     = 100_000
	maxMakersFile = 32 << 20
)

// ImportMakers reads who made which hardware addresses: the registry of the IEEE as CSV (Registry,Assignment,Organization Name,…), or
// lines "AABBCC name" as nmap and Wireshark write them. It replaces what was read before.
func (s *Service) ImportMakers(ctx context.Context, r io.Reader) (int, error) {
	list, err := readMakers(io.LimitReader(r, maxMakersFile))
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, fault.NewInvalid("There is no list of makers in this file. Expected is oui.csv of the IEEE, or lines of a prefix and a name.").On("file")
	}
	err = s.change(ctx, "network.makers", "", "", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM network_makers"); err != nil {
			return err
		}
		for p, name := range list {
			if _, err := tx.ExecContext(ctx, "INSERT INTO network_makers (prefix, name) VALUES ($1, $2)", p, name); err != nil {
				return err
			}
		}
		return nil
	})
	return len(list), err
}

// CountMakers is how many prefixes are known.
func (s *Service) CountMakers(ctx context.Context) (n int64, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM network_makers").Scan(&n)
	return n, err
}

func readMakers(r io.Reader) (map[string]string, error) {
	b := bufio.NewReader(r)
	out := map[string]string{}
	put := func(prefix, name string) {
		prefix = strings.ToUpper(strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.TrimSpace(prefix)))
		if name = cut(name, 80); len(prefix) == 6 && strings.Trim(prefix, "0123456789ABCDEF") == "" && name != "" && len(out) < maxMakers {
			out[prefix] = name
		}
	}
	if head, _ := b.Peek(9); strings.EqualFold(string(head), "Registry,") {
		c := csv.NewReader(b)
		c.FieldsPerRecord, c.LazyQuotes = -1, true
		for {
			rec, err := c.Read()
			if errors.Is(err, io.EOF) {
				return out, nil
			}
			if err != nil {
				return nil, fault.NewInvalid("This file cannot be read as CSV.").On("file").Because(err)
			}
			if len(rec) >= 3 {
				put(rec[1], rec[2])
			}
		}
	}
	lines := bufio.NewScanner(b)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 2 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if f[1] == "(hex)" && len(f) > 2 { // oui.txt of the IEEE
			f = append(f[:1], f[2:]...)
		}
		put(f[0], strings.Join(f[1:], " "))
	}
	return out, nil
}
