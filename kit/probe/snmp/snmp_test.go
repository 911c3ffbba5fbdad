// SPDX-License-Identifier: Apache-2.0

package snmp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"mainstay/kit/probe/snmp"
	"mainstay/kit/wire"
	"mainstay/test/snmpd"
)

var v2c = snmp.Credentials{Version: "2c", Community: snmpd.Community}

func probe(port int, c snmp.Credentials, params map[string]string) wire.Probe {
	return wire.Probe{ID: "p1", Kind: snmp.Kind, Target: fmt.Sprintf("127.0.0.1:%d", port), Secret: c.Secret(), Params: params, Timeout: 20}
}

func valuesOf(o wire.Observation) map[string]float64 {
	m := map[string]float64{}
	for _, x := range o.Measures {
		m[x.Series] = x.Value
	}
	return m
}

func want(t *testing.T, got map[string]float64, want map[string]float64) {
	t.Helper()
	for name, v := range want {
		if g, ok := got[name]; !ok || g < v-1e-9 || g > v+1e-9 {
			t.Errorf("%s = %v (there: %v), want %v", name, g, ok, v)
		}
	}
}

func TestSwitch(t *testing.T) {
	port := snmpd.Start(t, "127.0.0.1", snmpd.Switch)
	ctx := context.Background()
	o := snmp.Run(ctx, probe(port, v2c, map[string]string{snmp.ParamMode: snmp.ModeDescribe}), nil, nil)
	if o.State != wire.StateOK {
		t.Fatal(o.Text)
	}
	var d snmp.Description
	if err := json.Unmarshal(o.Found, &d); err != nil {
		t.Fatal(err)
	}
	if d.Name != "sw-keller" || d.Vendor != "HP" || d.Model != "2530-24G" || d.Serial != "CN12FP0001" || d.Firmware != "YA.16.11" || d.MAC != "00:11:22:33:44:55" || d.Kind != "network" || !d.Bridge {
		t.Errorf("description = %+v", d)
	}
	if len(d.Neighbours) != 1 || d.Neighbours[0] != (snmp.Neighbour{By: "lldp", Local: "1", MAC: "00:aa:bb:cc:dd:01", Name: "sw-buero", Port: "24", Address: "10.7.0.9", Bridge: true}) {
		t.Errorf("neighbours = %+v", d.Neighbours)
	}
	if fmt.Sprint(d.Forwards) != "[{02:00:00:00:00:10 1} {02:00:00:00:00:11 2} {02:00:00:00:00:12 2}]" {
		t.Errorf("forwards = %v", d.Forwards)
	}
	var one snmp.Interface
	for _, p := range d.Interfaces {
		if p.Name == "1" {
			one = p
		}
	}
	if one.Alias != "Uplink Büro" || !one.Up || !one.Admin {
		t.Errorf("interface = %+v", one)
	}
	if !strings.Contains(d.Has(), "sensors") || strings.Contains(d.Has(), "printer") {
		t.Errorf("has = %q", d.Has())
	}

	o = snmp.Run(ctx, probe(port, v2c, map[string]string{snmp.ParamHas: d.Has(), snmp.ParamWatch: "1\n2"}), nil, nil)
	if o.State != wire.StateOK {
		t.Fatal(o.Text)
	}
	got := valuesOf(o)
	want(t, got, map[string]float64{
		`network_interface_up{interface="1"}`: 1, `network_interface_up{interface="2"}`: 0,
		`network_uplink_up{interface="1"}`: 1, `network_uplink_up{interface="2"}`: 0,
		`system_network_io_bytes_total{direction="receive",interface="1"}`: 4294967000, `system_network_io_bytes_total{direction="transmit",interface="1"}`: 17,
		`system_network_errors_total{direction="receive",interface="1"}`: 5,
		`system_temperature_celsius{sensor="Chassis"}`:                   41.5,
	})
	if _, there := got[`system_network_io_bytes_total{direction="receive",interface="2"}`]; there {
		t.Error("a port that nobody ever used has series")
	}
	for _, x := range o.Measures {
		if _, _, err := wire.ParseSeries(x.Series); err != nil {
			t.Errorf("%s: %v", x.Series, err)
		}
	}
	if v := got["system_uptime_seconds"]; v <= 0 {
		t.Errorf("uptime = %v", v)
	}
}

func TestHost(t *testing.T) {
	port := snmpd.Start(t, "127.0.0.1", "sysName fileserver")
	got := valuesOf(snmp.Run(context.Background(), probe(port, v2c, nil), nil, nil))
	for _, name := range []string{`system_filesystem_utilization_ratio{mountpoint="/"}`, "system_memory_utilization_ratio", "system_memory_limit_bytes"} {
		if v, ok := got[name]; !ok || v <= 0 {
			t.Errorf("%s = %v, %v", name, v, ok)
		}
	}
}

func TestPrinter(t *testing.T) {
	port := snmpd.Start(t, "127.0.0.1", snmpd.Printer)
	d, err := snmp.Describe(context.Background(), snmp.Target{Host: "127.0.0.1", Port: port, Credentials: v2c})
	if err != nil {
		t.Fatal(err)
	}
	if d.Kind != "printer" || d.Vendor != "Kyocera" || d.Serial != "VCF1234567" || d.Model != "ECOSYS M5526cdw" {
		t.Errorf("description = %+v", d)
	}
	p := d.Printer
	if len(p.Supplies) != 3 || p.Supplies[0] != (snmp.Supply{Name: "Toner TK-5240K", Color: "black", Level: .04}) || p.Supplies[1].Level != .75 || p.Supplies[2].Level != -1 || !p.Supplies[2].Waste {
		t.Errorf("supplies = %+v", p.Supplies)
	}
	if len(p.Console) != 1 || p.Console[0] != "Papier nachfüllen" || fmt.Sprint(p.Troubles) != "[no paper low toner]" {
		t.Errorf("printer = %+v", p)
	}
	o := snmp.Run(context.Background(), probe(port, v2c, map[string]string{snmp.ParamHas: d.Has()}), nil, nil)
	want(t, valuesOf(o), map[string]float64{`printer_supply_ratio{supply="Toner TK-5240K"}`: .04, "printer_pages_total": 48211, "printer_trouble": 2})
	if o.Text != "The printer says: no paper, low toner." {
		t.Errorf("text = %q", o.Text)
	}
}

func TestUPS(t *testing.T) {
	port := snmpd.Start(t, "127.0.0.1", snmpd.UPS)
	o := snmp.Run(context.Background(), probe(port, v2c, nil), nil, nil)
	want(t, valuesOf(o), map[string]float64{
		"ups_on_battery": 1, "ups_battery_low": 1, "ups_battery_replace": 0, "ups_battery_charge_ratio": .41, "ups_battery_runtime_seconds": 720, "ups_load_ratio": .33,
		"ups_battery_celsius": 27, "ups_input_volts": 229, "ups_output_volts": 231, "ups_battery_volts": 48.2,
	})
	if o.Text != "The battery is low." {
		t.Errorf("text = %q", o.Text)
	}
	port = snmpd.Start(t, "127.0.0.1", snmpd.APC)
	d, err := snmp.Describe(context.Background(), snmp.Target{Host: "127.0.0.1", Port: port, Credentials: v2c})
	if err != nil {
		t.Fatal(err)
	}
	if d.Kind != "ups" || d.Model != "Smart-UPS 750" || d.Serial != "AS1234" || d.UPS.Source != "normal" || !d.UPS.Replace {
		t.Errorf("description = %+v %+v", d, d.UPS)
	}
	want(t, valuesOf(snmp.Run(context.Background(), probe(port, v2c, nil), nil, nil)), map[string]float64{"ups_battery_runtime_seconds": 1800, "ups_load_ratio": .18, "ups_on_battery": 0, "ups_battery_replace": 1})
}

func TestCredentials(t *testing.T) {
	port := snmpd.Start(t, "127.0.0.1", "sysName v3")
	v3 := snmp.Credentials{Version: "3", User: snmpd.User, Auth: "sha256", AuthKey: snmpd.AuthKey, Priv: "aes", PrivKey: snmpd.PrivKey}
	hasher := snmp.Credentials{Version: "3", User: snmpd.Hasher, Auth: "sha", AuthKey: snmpd.AuthKey}
	good := map[string]snmp.Credentials{"v1": {Version: "1", Community: snmpd.Community}, "v2c": v2c, "v3 sha-256 aes": v3, "v3 sha": hasher}
	for name, c := range good {
		o := snmp.Run(context.Background(), probe(port, c, map[string]string{snmp.ParamHas: "storage interfaces"}), nil, nil)
		if o.State != wire.StateOK || valuesOf(o)["system_memory_limit_bytes"] <= 0 {
			t.Errorf("%s: %s %v", name, o.Text, len(o.Measures))
		}
	}
	wrong := map[string]struct {
		c    snmp.Credentials
		text string
	}{}
	add := func(name, text string, change func(c *snmp.Credentials)) {
		c := v3
		change(&c)
		wrong[name] = struct {
			c    snmp.Credentials
			text string
		}{c, text}
	}
	add("user", "refuses the SNMP user", func(c *snmp.Credentials) { c.User = "nobody" })
	add("password", "refuses the SNMP user", func(c *snmp.Credentials) { c.AuthKey = "wrong-pass-1" })
	add("community", "No answer by SNMP", func(c *snmp.Credentials) { *c = snmp.Credentials{Version: "2c", Community: "wrong"} })
	add("short", "at least 8 characters", func(c *snmp.Credentials) { c.AuthKey = "short" })
	for name, x := range wrong {
		o := snmp.Run(context.Background(), probe(port, x.c, nil), nil, nil)
		if o.State != wire.StateCritical || !strings.Contains(o.Text, x.text) {
			t.Errorf("%s: %d %q", name, o.State, o.Text)
		}
		if strings.Contains(o.Text, "wrong-pass") || len(o.Measures) > 0 {
			t.Errorf("%s: says too much: %q", name, o.Text)
		}
	}
}

func TestOwnValues(t *testing.T) {
	port := snmpd.Start(t, "127.0.0.1", `
override .1.3.6.1.4.1.6574.1.2.0 integer 47
override .1.3.6.1.4.1.6574.9.1.3.1 integer 10
override .1.3.6.1.4.1.6574.9.1.3.2 integer 20
override .1.3.6.1.4.1.6574.9.2.0 octet_str " 12.5 "`)
	oids := "1.3.6.1.4.1.6574.1.2.0 snmp_temperature_celsius 1 Board\n.1.3.6.1.4.1.6574.9.1.3 snmp_rows 0.1\n1.3.6.1.4.1.6574.9.2.0 snmp_text\n1.3.6.1.4.1.1.1.0 snmp_missing"
	o := snmp.Run(context.Background(), probe(port, v2c, map[string]string{snmp.ParamHas: "cpu", snmp.ParamOIDs: oids}), nil, nil)
	got := valuesOf(o)
	want(t, got, map[string]float64{`snmp_temperature_celsius{name="Board"}`: 47, `snmp_rows{index="1"}`: 1, `snmp_rows{index="2"}`: 2, "snmp_text": 12.5})
	for name := range got {
		if strings.HasPrefix(name, "snmp_missing") {
			t.Errorf("%s is there", name)
		}
	}
	for _, bad := range []string{"1.3.6", "1.3.6.1.x snmp_a", "1.3.6.1.2 a", "1.3.6.1.2 snmp_A", "1.3.6.1.2 snmp_a 0", "3.1.1.1 snmp_a", "1.3.6.1.99999999999 snmp_a"} {
		if _, err := snmp.ParseOIDs(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// The guard is asked for the address behind a name, before anything is sent.
func TestControl(t *testing.T) {
	asked := ""
	p := probe(1, v2c, nil)
	p.Target = "localhost:161"
	o := snmp.Run(context.Background(), p, func(_, address string, _ syscall.RawConn) error {
		asked = address
		return errors.New("not there")
	}, nil)
	host, _, err := net.SplitHostPort(asked)
	if err != nil || net.ParseIP(host) == nil || o.State != wire.StateCritical || !strings.Contains(o.Text, "not there") {
		t.Errorf("asked %q, %q", asked, o.Text)
	}
}
