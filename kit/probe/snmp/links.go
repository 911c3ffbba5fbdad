// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"encoding/hex"
	"net"
	"net/netip"
	"strconv"
)

// Neighbour is a device that another one sees at the end of a cable: it said so itself, by LLDP or CDP.
type Neighbour struct {
	By      string `json:"by"` // lldp, cdp
	Local   string `json:"local"`
	MAC     string `json:"mac,omitempty"`
	Name    string `json:"name,omitempty"`
	Port    string `json:"port,omitempty"` // its port
	Address string `json:"address,omitempty"`
	Descr   string `json:"descr,omitempty"`
	Bridge  bool   `json:"bridge,omitempty"` // it hands on what others send
}

// Forward is a hardware address that a bridge saw at one of its ports.
type Forward struct {
	MAC   string `json:"mac"`
	Local string `json:"local"`
}

const (
	lldpRemote    = ".1.0.8802.1.1.2.1.4.1.1"
	lldpManage    = ".1.0.8802.1.1.2.1.4.2.1"
	lldpLocalPort = ".1.0.8802.1.1.2.1.3.7.1"
	lldpChassis   = ".1.0.8802.1.1.2.1.3.2.0"
	cdpCache      = ".1.3.6.1.4.1.9.9.23.1.2.1.1"
	bridgePorts   = ".1.3.6.1.2.1.17.1.4.1"
	bridgeFDB     = ".1.3.6.1.2.1.17.4.3.1"
	vlanFDB       = ".1.3.6.1.2.1.17.7.1.2.2.1"
	bridgeMAC     = ".1.3.6.1.2.1.17.1.1.0"
	ipNetToMedia  = ".1.3.6.1.2.1.4.22.1"
	ipAddresses   = ".1.3.6.1.2.1.4.20.1"

	maxNeighbours = 300
	maxForwards   = 1500
	maxSeen       = 1000
)

// links reads whom the device sees into d.
func (s *session) links(d *Description) error {
	names := map[int]string{}
	for _, p := range d.Interfaces {
		names[p.Index] = p.Name
	}
	if err := s.lldp(d, names); err != nil {
		return err
	}
	rows, err := s.table(cdpCache, 4, 6, 7, 8)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if len(r.index) == 2 && len(d.Neighbours) < maxNeighbours {
			n := Neighbour{By: "cdp", Local: named(names, r.index[0]), Name: clean(r.str(6), 100), Port: clean(r.str(7), 60), Descr: clean(r.str(8), 200)}
			if a, ok := netip.AddrFromSlice(r.cells[4].raw); ok {
				n.Address = a.Unmap().String()
			}
			d.Neighbours = append(d.Neighbours, n)
		}
	}
	if err := s.forwards(d, names); err != nil {
		return err
	}
	return s.seen(d)
}

func named(names map[int]string, index int) string {
	if n := names[index]; n != "" {
		return n
	}
	return strconv.Itoa(index)
}

func (s *session) lldp(d *Description, names map[int]string) error {
	rows, err := s.table(lldpRemote, 4, 5, 6, 7, 8, 9, 10, 12)
	if err != nil || len(rows) == 0 {
		return err
	}
	ports, err := s.table(lldpLocalPort, 2, 3, 4)
	if err != nil {
		return err
	}
	local := map[int]string{}
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	for _, r := range ports {
		if len(r.index) != 1 {
			continue
		}
		// The number of a port is its own here. Its identifier or its description is the interface's name, as a rule.
		switch id, descr := r.str(3), r.str(4); {
		case known[id]:
			local[r.index[0]] = id
		case known[descr]:
			local[r.index[0]] = descr
		}
	}
	addresses, err := s.table(lldpManage, 3)
	if err != nil {
		return err
	}
	at := map[[3]int]string{}
	for _, r := range addresses { // index: time, port, number, subtype, length, address
		if len(r.index) >= 9 && r.index[3] == 1 && r.index[4] == 4 {
			if a, ok := addressOf(r.index[5:9]); ok {
				at[[3]int{r.index[0], r.index[1], r.index[2]}] = a
			}
		}
	}
	for _, r := range rows {
		if len(r.index) != 3 || len(d.Neighbours) >= maxNeighbours {
			continue
		}
		n := Neighbour{
			By: "lldp", Name: clean(r.str(9), 100), Port: clean(r.str(8), 60), Descr: clean(r.str(10), 200), Address: at[[3]int{r.index[0], r.index[1], r.index[2]}],
		}
		if n.Local = local[r.index[1]]; n.Local == "" {
			n.Local = named(names, r.index[1])
		}
		if r.int(4) == 4 { // the chassis is named by its hardware address
			n.MAC = r.cells[5].mac()
		}
		if n.Port == "" || r.int(6) != 3 && clean(r.str(7), 60) != "" && r.int(6) != 7 {
			first(&n.Port, r.str(7))
		}
		if bits := r.cells[12].raw; len(bits) > 0 { // bit 2 = bridge, 3 = access point, 4 = router
			n.Bridge = bits[0]&0x38 != 0
		}
		d.Neighbours = append(d.Neighbours, n)
	}
	return nil
}

// forwards reads which hardware addresses a bridge saw at which port.
func (s *session) forwards(d *Description, names map[int]string) error {
	ports, err := s.table(bridgePorts, 2)
	if err != nil || len(ports) == 0 {
		return err
	}
	of := map[int]string{}
	for _, r := range ports {
		if len(r.index) == 1 {
			of[r.index[0]] = named(names, r.int(2))
		}
	}
	seen := map[string]bool{}
	add := func(index []int, port int) {
		mac := macOf(index)
		if mac == "" || of[port] == "" || seen[mac] || len(d.Forwards) >= maxForwards {
			return
		}
		seen[mac] = true
		d.Forwards = append(d.Forwards, Forward{MAC: mac, Local: of[port]})
	}
	rows, err := s.table(bridgeFDB, 2)
	if err != nil {
		return err
	}
	for _, r := range rows {
		add(r.index, r.int(2))
	}
	if rows, err = s.table(vlanFDB, 2); err != nil { // index: vlan and address
		return err
	}
	for _, r := range rows {
		if len(r.index) == 7 {
			add(r.index[1:], r.int(2))
		}
	}
	return nil
}

// seen reads which addresses belong to which hardware, as a router knows it, and the device's own addresses.
func (s *session) seen(d *Description) error {
	rows, err := s.table(ipNetToMedia, 2)
	if err != nil {
		return err
	}
	for _, r := range rows { // index: interface and address
		mac := r.cells[2].mac()
		if len(r.index) != 5 || mac == "" || len(d.Seen) >= maxSeen {
			continue
		}
		if a, ok := addressOf(r.index[1:]); ok {
			d.Seen = append(d.Seen, Host{Address: a, MAC: mac})
		}
	}
	if rows, err = s.table(ipAddresses, 2); err != nil {
		return err
	}
	for _, r := range rows {
		if a, ok := addressOf(r.index); ok && len(d.Addresses) < 100 {
			if x := netip.MustParseAddr(a); !x.IsLoopback() && !x.IsUnspecified() {
				d.Addresses = append(d.Addresses, a)
			}
		}
	}
	return nil
}

// addressOf is an IPv4 address that stands in an index.
func addressOf(index []int) (string, bool) {
	if len(index) != 4 {
		return "", false
	}
	var b [4]byte
	for i, n := range index {
		if n < 0 || n > 255 {
			return "", false
		}
		b[i] = byte(n)
	}
	return netip.AddrFrom4(b).String(), true
}

// macOf is a hardware address that stands in an index; "" where it is none, or one of many receivers.
func macOf(index []int) string {
	if len(index) != 6 {
		return ""
	}
	b := make([]byte, 6)
	for i, n := range index {
		if n < 0 || n > 255 {
			return ""
		}
		b[i] = byte(n)
	}
	if b[0]&1 != 0 || allZero(b) {
		return ""
	}
	return net.HardwareAddr(b).String()
}

// chassisMAC is the hardware address by which the device calls itself to its neighbours, else as a bridge, else of its first port.
func (s *session) chassisMAC(d *Description) error {
	got, err := s.get(lldpChassis, bridgeMAC)
	if err != nil {
		return err
	}
	for _, o := range []string{bridgeMAC, lldpChassis} {
		if d.MAC == "" {
			d.MAC = got[o].mac()
		}
	}
	for _, p := range d.Interfaces {
		if d.MAC == "" && p.MAC != "" {
			d.MAC = p.MAC
		}
	}
	if d.MAC != "" {
		if _, err := hex.DecodeString(d.MAC[:2]); err != nil {
			d.MAC = ""
		}
	}
	return nil
}
