// SPDX-License-Identifier: Apache-2.0

package snmp_test

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"

	"mainstay/kit/probe/snmp"
	"mainstay/kit/wire"
)

// liar is a device that answers every question as answer likes: variables for the object identifiers asked, or raw bytes.
func liar(t testing.TB, answer func(ask []string, bulk bool) ([]gosnmp.SnmpPDU, []byte)) int {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = c.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 65536)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			p, err := (&gosnmp.GoSNMP{}).SnmpDecodePacket(buf[:n])
			if err != nil {
				continue
			}
			var ask []string
			for _, v := range p.Variables {
				ask = append(ask, v.Name)
			}
			vars, raw := answer(ask, p.PDUType == gosnmp.GetBulkRequest)
			if raw == nil {
				p.Variables, p.PDUType, p.Error, p.MaxRepetitions, p.NonRepeaters = vars, gosnmp.GetResponse, 0, 0, 0
				if raw, err = p.MarshalMsg(); err != nil {
					continue
				}
			}
			_, _ = c.WriteTo(raw, from)
		}
	}()
	return c.LocalAddr().(*net.UDPAddr).Port
}

func text(s string) any { return []byte(s) }

func TestHostile(t *testing.T) {
	n := 0
	system := func(ask []string) []gosnmp.SnmpPDU {
		var out []gosnmp.SnmpPDU
		for _, a := range ask {
			if strings.HasPrefix(a, ".1.3.6.1.2.1.1.") && strings.HasSuffix(a, ".5.0") {
				out = append(out, gosnmp.SnmpPDU{Name: a, Type: gosnmp.OctetString, Value: text("liar")})
			} else {
				out = append(out, gosnmp.SnmpPDU{Name: a, Type: gosnmp.NoSuchObject})
			}
		}
		return out
	}
	each := func(ask []string, times int, next func(oid string, i int) gosnmp.SnmpPDU) []gosnmp.SnmpPDU {
		var out []gosnmp.SnmpPDU
		for i := range times {
			for _, a := range ask {
				out = append(out, next(a, i))
			}
		}
		return out
	}
	single := func(ask []string) bool { return strings.HasSuffix(ask[0], ".0") }
	for name, answer := range map[string]func(ask []string, bulk bool) ([]gosnmp.SnmpPDU, []byte){
		"the same row for ever": func(ask []string, _ bool) ([]gosnmp.SnmpPDU, []byte) {
			if single(ask) {
				return system(ask), nil
			}
			return each(ask, 2, func(oid string, _ int) gosnmp.SnmpPDU {
				return gosnmp.SnmpPDU{Name: oid + ".1", Type: gosnmp.Integer, Value: 1}
			}), nil
		},
		"rows go back": func(ask []string, _ bool) ([]gosnmp.SnmpPDU, []byte) {
			if single(ask) {
				return system(ask), nil
			}
			return each(ask, 3, func(oid string, i int) gosnmp.SnmpPDU {
				return gosnmp.SnmpPDU{Name: oid + "." + strconv.Itoa(9-i), Type: gosnmp.Integer, Value: 1}
			}), nil
		},
		"rows without end": func(ask []string, _ bool) ([]gosnmp.SnmpPDU, []byte) {
			if single(ask) {
				return system(ask), nil
			}
			n++
			return each(ask, 5, func(oid string, i int) gosnmp.SnmpPDU {
				parts := strings.Split(oid, ".")
				if len(parts) > 10 && (strings.HasPrefix(oid, ".1.3.6.1.2.1.2.2.1.") && len(parts) == 12 || len(parts) == 13) {
					oid = strings.Join(parts[:len(parts)-1], ".")
				}
				return gosnmp.SnmpPDU{Name: fmt.Sprintf("%s.%d", oid, n*10+i), Type: gosnmp.OctetString, Value: text(strings.Repeat("x", 100))}
			}), nil
		},
		"long words": func(ask []string, _ bool) ([]gosnmp.SnmpPDU, []byte) {
			var out []gosnmp.SnmpPDU
			for _, a := range ask[:1] {
				out = append(out, gosnmp.SnmpPDU{Name: a, Type: gosnmp.OctetString, Value: text(strings.Repeat("\x01\xff", 20000))})
			}
			return out, nil
		},
		"no variables": func([]string, bool) ([]gosnmp.SnmpPDU, []byte) { return nil, nil },
		"no SNMP": func([]string, bool) ([]gosnmp.SnmpPDU, []byte) {
			return nil, []byte("HTTP/1.1 400 Bad Request\r\n\r\n")
		},
		"cut short": func([]string, bool) ([]gosnmp.SnmpPDU, []byte) { return nil, []byte{0x30, 0x82, 0xff, 0xff, 2, 1, 1} },
	} {
		t.Run(name, func(t *testing.T) {
			port := liar(t, answer)
			for _, mode := range []string{"", snmp.ModeDescribe} {
				o := snmp.Run(context.Background(), probe(port, v2c, map[string]string{snmp.ParamMode: mode}), nil, &snmp.Memory{})
				if len(o.Measures) > wire.MaxMeasures || len(o.Found) > wire.MaxFound || len(o.Text) > wire.MaxResultText {
					t.Errorf("%d measures, %d found, %d text", len(o.Measures), len(o.Found), len(o.Text))
				}
				list := wire.Observations{List: []wire.Observation{o}}
				b, err := list.Pack()
				if err == nil {
					_, err = wire.UnpackObservations(b)
				}
				if err != nil {
					t.Errorf("the protocol refuses what was read: %v", err)
				}
			}
		})
	}
}

// A counter of 32 bits goes on growing over its end; one that was cleared or whose device started again does not.
func TestWrap(t *testing.T) {
	uptime, octets := 100, uint(4294967000)
	port := liar(t, func(ask []string, _ bool) ([]gosnmp.SnmpPDU, []byte) {
		var out []gosnmp.SnmpPDU
		for _, a := range ask {
			v := gosnmp.SnmpPDU{Name: a, Type: gosnmp.NoSuchObject}
			if a == ".1.3.6.1.2.1.1.3.0" {
				v = gosnmp.SnmpPDU{Name: a, Type: gosnmp.TimeTicks, Value: uint32(uptime)} //nolint:gosec // small
			}
			for col, x := range map[string]gosnmp.SnmpPDU{
				"2": {Type: gosnmp.OctetString, Value: text("wan")}, "7": {Type: gosnmp.Integer, Value: 1}, "8": {Type: gosnmp.Integer, Value: 1},
				"10": {Type: gosnmp.Counter32, Value: octets}, "5": {Type: gosnmp.Gauge32, Value: uint(800)}, // bits in a second
			} {
				if a == ".1.3.6.1.2.1.2.2.1."+col {
					v = x
					v.Name = a + ".1"
				}
			}
			out = append(out, v)
		}
		return out, nil
	})
	mem := &snmp.Memory{}
	usage := -1.0
	read := func() float64 {
		o := snmp.Run(context.Background(), probe(port, v2c, map[string]string{snmp.ParamHas: "interfaces"}), nil, mem)
		usage = -1
		if v, ok := valuesOf(o)[`network_interface_utilization_ratio{direction="receive",interface="wan"}`]; ok {
			usage = v
		}
		return valuesOf(o)[`system_network_io_bytes_total{direction="receive",interface="wan"}`]
	}
	for _, x := range []struct {
		uptime int
		octets uint
		want   float64
		usage  float64 // 1,000 bytes in 60 s at 100 bytes a second: a sixth; -1 = cannot be told
	}{
		{100, 4294967000, 4294967000, -1},
		{6100, 704, 4294968000, 1000.0 / 60 / 100}, // over the end
		{12100, 1704, 4294969000, 1000.0 / 60 / 100},
		{18100, 100, 100, -1}, // cleared by somebody
		{24100, 4294967295, 4294967295, 1},
		{500, 9, 9, -1}, // started again
	} {
		uptime, octets = x.uptime, x.octets
		if got := read(); got != x.want || usage < x.usage-1e-9 || usage > x.usage+1e-9 {
			t.Errorf("uptime %d, counter %d: %v, usage %v, want %v, %v", x.uptime, x.octets, got, usage, x.want, x.usage)
		}
	}
}
