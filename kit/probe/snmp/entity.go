// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"strconv"
	"strings"
)

// system is what a device says of itself first.
type system struct {
	descr, object, name, contact, place string
	uptime                              float64 // seconds
	services                            int     // bits: 2 = bridge, 4 = router
}

const (
	sysDescr    = ".1.3.6.1.2.1.1.1.0"
	sysObject   = ".1.3.6.1.2.1.1.2.0"
	sysUptime   = ".1.3.6.1.2.1.1.3.0"
	sysContact  = ".1.3.6.1.2.1.1.4.0"
	sysName     = ".1.3.6.1.2.1.1.5.0"
	sysLocation = ".1.3.6.1.2.1.1.6.0"
	sysServices = ".1.3.6.1.2.1.1.7.0"
	hrUptime    = ".1.3.6.1.2.1.25.1.1.0"
	enterprises = "1.3.6.1.4.1."
)

func (s *session) system() (system, error) {
	got, err := s.get(sysDescr, sysObject, sysUptime, sysContact, sysName, sysLocation, sysServices, hrUptime)
	if err != nil {
		return system{}, err
	}
	x := system{
		descr: clean(got[sysDescr].String(), 500), object: got[sysObject].text, name: clean(got[sysName].String(), 100), contact: clean(got[sysContact].String(), 100),
		place: clean(got[sysLocation].String(), 200), uptime: got[sysUptime].number / 100, services: int(got[sysServices].number),
	}
	// sysUpTime is how long the SNMP program runs; where the machine tells its own, that is meant.
	if v, ok := got[hrUptime]; ok && v.number/100 > x.uptime {
		x.uptime = v.number / 100
	}
	return x, nil
}

// makers are the private enterprise numbers of those who make what small firms have (IANA's registry, by hand).
var makers = map[int]string{
	9: "Cisco", 11: "HP", 43: "3Com", 171: "D-Link", 207: "Allied Telesis", 253: "Xerox", 318: "APC", 367: "Ricoh", 476: "Vertiv", 534: "Eaton", 641: "Lexmark",
	674: "Dell", 705: "Eaton", 890: "Zyxel", 1248: "Epson", 1347: "Kyocera", 1602: "Canon", 1916: "Extreme Networks", 2011: "Huawei", 2385: "Sharp", 2435: "Brother",
	2620: "Check Point", 2636: "Juniper", 3224: "Juniper", 3375: "F5", 3808: "CyberPower", 4413: "Broadcom", 4526: "Netgear", 6027: "Dell", 6486: "Alcatel-Lucent", 6574: "Synology",
	8072: "net-snmp", 8741: "SonicWall", 11863: "TP-Link", 12356: "Fortinet", 14179: "Cisco", 14823: "Aruba", 14988: "MikroTik", 18334: "Konica Minolta", 21067: "Sophos",
	24681: "QNAP", 25053: "Ruckus", 25461: "Palo Alto Networks", 25506: "H3C", 2604: "Sophos", 30065: "Arista", 41112: "Ubiquiti", 47196: "Aruba", 2606: "Rittal", 10418: "Vertiv",
	232: "HPE", 1588: "Brocade", 2001: "OKI", 236: "Samsung", 55062: "QNAP", 8744: "HP", 5951: "Citrix", 6876: "VMware", 3854: "Raritan", 13742: "Raritan", 1718: "Server Technology",
	3097: "WatchGuard", 2356: "LANCOM", 28458: "Teltonika", 48690: "Teltonika", 872: "AVM", 29671: "Meraki", 22626: "COMET",
}

// maker is who made a device, by its object identifier; "" = nobody whom we know.
func maker(object string) string {
	rest, ok := strings.CutPrefix(object, enterprises)
	if !ok {
		return ""
	}
	number, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n == 8072 { // net-snmp runs on anything
		return ""
	}
	return makers[n]
}

// entity reads vendor, model, serial number and firmware of the chassis (ENTITY-MIB) into d, and else what makers have of their own.
func (s *session) entity(d *Description) error {
	rows, err := s.table(entityNames, 5, 10, 11, 12, 13)
	if err != nil {
		return err
	}
	for _, r := range rows {
		// 3 = chassis, 11 = stack. The first that says something; a stack's first member is its name.
		if c := r.int(5); c != 3 && c != 11 {
			continue
		}
		first(&d.Model, r.str(13))
		first(&d.Serial, r.str(11))
		first(&d.Vendor, r.str(12))
		first(&d.Firmware, r.str(10))
	}
	const (
		printerSerial = ".1.3.6.1.2.1.43.5.1.1.17.1"
		printerName   = ".1.3.6.1.2.1.25.3.2.1.3.1" // hrDeviceDescr of the first device
		upsMaker      = ".1.3.6.1.2.1.33.1.1.1.0"
		upsModel      = ".1.3.6.1.2.1.33.1.1.2.0"
		upsFirmware   = ".1.3.6.1.2.1.33.1.1.3.0"
		apcModel      = ".1.3.6.1.4.1.318.1.1.1.1.1.1.0"
		apcSerial     = ".1.3.6.1.4.1.318.1.1.1.1.2.3.0"
		apcFirmware   = ".1.3.6.1.4.1.318.1.1.1.1.2.1.0"
		synoModel     = ".1.3.6.1.4.1.6574.1.5.1.0"
		synoSerial    = ".1.3.6.1.4.1.6574.1.5.2.0"
		synoVersion   = ".1.3.6.1.4.1.6574.1.5.3.0"
		fortiSerial   = ".1.3.6.1.4.1.12356.100.1.1.1.0"
		fortiVersion  = ".1.3.6.1.4.1.12356.101.4.1.1.0"
		tikSerial     = ".1.3.6.1.4.1.14988.1.1.7.3.0"
		tikVersion    = ".1.3.6.1.4.1.14988.1.1.7.4.0"
		tikModel      = ".1.3.6.1.4.1.14988.1.1.7.8.0"
	)
	got, err := s.get(printerSerial, upsMaker, upsModel, upsFirmware, apcModel, apcSerial, apcFirmware, synoModel, synoSerial, synoVersion, fortiSerial, fortiVersion, tikSerial, tikVersion, tikModel)
	if err != nil {
		return err
	}
	for _, o := range []string{upsModel, apcModel, synoModel, tikModel} {
		first(&d.Model, got[o].String())
	}
	for _, o := range []string{printerSerial, apcSerial, synoSerial, fortiSerial, tikSerial} {
		first(&d.Serial, got[o].String())
	}
	for _, o := range []string{upsFirmware, apcFirmware, synoVersion, fortiVersion, tikVersion} {
		first(&d.Firmware, got[o].String())
	}
	first(&d.Vendor, got[upsMaker].String())
	first(&d.Vendor, maker(d.ObjectID))
	if d.Printer != nil {
		got, err := s.get(printerName)
		if err != nil {
			return err
		}
		first(&d.Model, got[printerName].String())
	}
	return nil
}

// first sets what is not set yet.
func first(to *string, s string) {
	if s = clean(s, 100); *to == "" && s != "" && !strings.EqualFold(s, "n/a") && !strings.EqualFold(s, "unknown") {
		*to = s
	}
}
