// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"mainstay/kit/wire"
)

func TestParse(t *testing.T) {
	got, err := Parse("192.168.1.7/24, 10.0.0.0/20\n10.9.0.3")
	if err != nil || fmt.Sprint(got) != "[192.168.1.0/24 10.0.0.0/20 10.9.0.3/32]" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"8.8.8.0/24", "10.0.0.0/19", "192.168.0.0/16", "192.0.0.0/20", "x", "fe80::/64", "0.0.0.0/0", "172.15.0.0/20", "169.254.0.0/24", "127.0.0.0/24"} {
		if got, err := Parse(bad); err == nil {
			t.Errorf("%s is taken as %v", bad, got)
		}
	}
	for _, x := range []struct {
		network string
		n       int
		first   string
		last    string
	}{{"10.0.0.0/20", 4094, "10.0.0.1", "10.0.15.254"}, {"10.0.0.8/30", 2, "10.0.0.9", "10.0.0.10"}, {"10.0.0.8/31", 2, "10.0.0.8", "10.0.0.9"}, {"10.0.0.8/32", 1, "10.0.0.8", "10.0.0.8"}} {
		list := hosts(netip.MustParsePrefix(x.network))
		if len(list) != x.n || list[0].String() != x.first || list[len(list)-1].String() != x.last {
			t.Errorf("%s: %d hosts, %v to %v", x.network, len(list), list[0], list[len(list)-1])
		}
	}
}

// A probe looks only into what it is allowed to.
func TestBounds(t *testing.T) {
	s := &scan{own: []netip.Prefix{netip.MustParsePrefix("192.168.5.0/24")}}
	if err := s.prepare(wire.Probe{Target: "192.168.5.0/25"}); err != nil {
		t.Error(err)
	}
	if err := s.prepare(wire.Probe{Target: "10.1.0.0/24"}); err == nil || !strings.Contains(err.Error(), "10.1.0.0/24") {
		t.Errorf("a network beyond is taken: %v", err)
	}
	if err := s.prepare(wire.Probe{Target: "10.1.0.0/24", Params: map[string]string{ParamBeyond: "yes"}}); err != nil {
		t.Error(err)
	}
	if err := s.prepare(wire.Probe{Target: "1.1.1.0/24", Params: map[string]string{ParamBeyond: "yes"}}); err == nil {
		t.Error("a public network is taken")
	}
}

func TestTables(t *testing.T) {
	got := linuxTable(`IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0
192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0
192.0.2.10       0x1         0x2         01:00:5e:00:00:fb     *        eth0
`)
	if fmt.Sprint(got) != "map[192.0.2.1:02:fc:00:00:00:05]" {
		t.Errorf("linux: %v", got)
	}
	got = printedTable(`
Schnittstelle: 192.168.178.20 --- 0x5
  Internetadresse       Physische Adresse     Typ
  192.168.178.1         3c-a6-2f-11-22-33     dynamisch
  192.168.178.255       ff-ff-ff-ff-ff-ff     statisch
? (10.0.0.1) at 0:1b:21:a:b:c on en0 ifscope [ethernet]
? (10.0.0.7) at (incomplete) on en0 ifscope [ethernet]
? (10.0.0.9) auf 4:5:6:7:8:9 [ether] auf eth0
`)
	want := "map[10.0.0.1:00:1b:21:0a:0b:0c 10.0.0.9:04:05:06:07:08:09 192.168.178.1:3c:a6:2f:11:22:33]"
	if fmt.Sprint(got) != want {
		t.Errorf("printed: %v, want %s", got, want)
	}
}

func TestNetBIOS(t *testing.T) {
	b := append(make([]byte, 0, 200), 0x4d, 0x53, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0)
	b = append(b, make([]byte, 44)...)
	b = append(b, 2)
	b = append(b, []byte("WORKGROUP      \x00\x84\x00")...)
	b = append(b, []byte("PC-EMPFANG     \x00\x04\x00")...)
	b = append(b, 0x3c, 0xa6, 0x2f, 1, 2, 3)
	name, mac := readNetBIOS(b)
	if name != "PC-EMPFANG" || mac != "3c:a6:2f:01:02:03" {
		t.Errorf("%q %q", name, mac)
	}
	for n := range b {
		readNetBIOS(b[:n])
	}
}

func announcement(t testing.TB) []byte {
	name := dnsmessage.MustNewName
	head := func(n string) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: name(n), Class: dnsmessage.ClassINET, TTL: 120}
	}
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Answers: []dnsmessage.Resource{
		{Header: head("_ipp._tcp.local."), Body: &dnsmessage.PTRResource{PTR: name("Brother\\032HL._ipp._tcp.local.")}},
	}, Additionals: []dnsmessage.Resource{
		{Header: head("Brother\\032HL._ipp._tcp.local."), Body: &dnsmessage.SRVResource{Target: name("BRW123.local."), Port: 631}},
		{Header: head("Brother\\032HL._ipp._tcp.local."), Body: &dnsmessage.TXTResource{TXT: []string{"txtvers=1", "ty=Brother HL-L2350DW series"}}},
		{Header: head("BRW123.local."), Body: &dnsmessage.AResource{A: [4]byte{192, 168, 5, 30}}},
	}}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newSaid() *said {
	return &said{map[string]bool{}, map[string]string{}, map[string]string{}, map[string][]netip.Addr{}, map[netip.Addr]string{}, map[netip.Addr]map[string]bool{}}
}

func TestAnnounced(t *testing.T) {
	s := newSaid()
	s.take(netip.MustParseAddr("192.168.5.30"), announcement(t))
	list := map[netip.Addr]*Host{}
	s.put(func(a netip.Addr) *Host {
		if list[a] == nil {
			list[a] = &Host{Address: a.String()}
		}
		return list[a]
	}, func(netip.Addr) bool { return true })
	h := list[netip.MustParseAddr("192.168.5.30")]
	if h == nil || h.Name != "BRW123.local" || h.Model != "Brother HL-L2350DW series" || fmt.Sprint(h.Services) != "[ipp (mDNS)]" {
		t.Errorf("%+v of %v", h, slices.Collect(maps.Keys(list)))
	}
}

// What is found is cut to what the protocol takes.
func TestPack(t *testing.T) {
	f := &Found{}
	for i := range 4096 {
		f.Hosts = append(f.Hosts, Host{Address: fmt.Sprintf("10.0.%d.%d", i/256, i%256), MAC: "00:11:22:33:44:55", Name: strings.Repeat("n", 60), Services: []string{"http/80", "ssh/22"}})
	}
	b := f.pack()
	var back Found
	if err := json.Unmarshal(b, &back); err != nil || len(b) > wire.MaxFound || !back.Cut || len(back.Hosts) < 1000 {
		t.Errorf("%v: %d bytes, %d hosts", err, len(b), len(back.Hosts))
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(announcement(f))
	f.Add([]byte{0x4d, 0x53, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newSaid()
		for range 3 {
			s.take(netip.MustParseAddr("192.168.5.30"), b)
		}
		if len(s.types)+len(s.instances)+len(s.hosts)+len(s.addresses) > maxSaid+8 {
			t.Error("it remembers without bounds")
		}
		if name, _ := readNetBIOS(b); len(name) > 60 {
			t.Errorf("name %q", name)
		}
		printedTable(string(b))
		linuxTable(string(b))
	})
}
