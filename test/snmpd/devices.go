// SPDX-License-Identifier: Apache-2.0

package snmpd

// Lines of the invented devices.
const (
	// Switch is a switch with two ports of its own, a neighbour by LLDP at port 1 and three hosts seen.
	Switch = `
sysName sw-keller
sysLocation Keller, Schrank 2
sysServices 2
override .1.3.6.1.2.1.1.1.0 octet_str "ExampleOS switch, version 4.2"
override .1.3.6.1.2.1.1.2.0 object_id .1.3.6.1.4.1.11.2.3.7.11.160
override .1.3.6.1.2.1.17.1.1.0 octet_str 0x001122334455
override .1.3.6.1.2.1.2.2.1.2.901 octet_str "1"
override .1.3.6.1.2.1.2.2.1.3.901 integer 6
override .1.3.6.1.2.1.2.2.1.5.901 uinteger 1000000000
override .1.3.6.1.2.1.2.2.1.7.901 integer 1
override .1.3.6.1.2.1.2.2.1.8.901 integer 1
override .1.3.6.1.2.1.2.2.1.10.901 counter 4294967000
override .1.3.6.1.2.1.2.2.1.16.901 counter 17
override .1.3.6.1.2.1.2.2.1.14.901 counter 5
override .1.3.6.1.2.1.2.2.1.20.901 counter 0
override .1.3.6.1.2.1.2.2.1.2.902 octet_str "2"
override .1.3.6.1.2.1.2.2.1.3.902 integer 6
override .1.3.6.1.2.1.2.2.1.7.902 integer 1
override .1.3.6.1.2.1.2.2.1.8.902 integer 2
override .1.3.6.1.2.1.2.2.1.10.902 counter 0
override .1.3.6.1.2.1.2.2.1.16.902 counter 0
override .1.3.6.1.2.1.31.1.1.1.18.901 octet_str "Uplink Büro"
override .1.3.6.1.2.1.47.1.1.1.1.5.1 integer 3
override .1.3.6.1.2.1.47.1.1.1.1.11.1 octet_str "CN12FP0001"
override .1.3.6.1.2.1.47.1.1.1.1.13.1 octet_str "2530-24G"
override .1.3.6.1.2.1.47.1.1.1.1.10.1 octet_str "YA.16.11"
override .1.3.6.1.2.1.47.1.1.1.1.7.9 octet_str "Chassis"
override .1.3.6.1.2.1.99.1.1.1.1.9 integer 8
override .1.3.6.1.2.1.99.1.1.1.2.9 integer 9
override .1.3.6.1.2.1.99.1.1.1.3.9 integer 1
override .1.3.6.1.2.1.99.1.1.1.4.9 integer 415
override .1.3.6.1.2.1.99.1.1.1.5.9 integer 1
override .1.0.8802.1.1.2.1.3.7.1.3.1 octet_str "1"
override .1.0.8802.1.1.2.1.4.1.1.4.0.1.1 integer 4
override .1.0.8802.1.1.2.1.4.1.1.5.0.1.1 octet_str 0x00aabbccdd01
override .1.0.8802.1.1.2.1.4.1.1.6.0.1.1 integer 5
override .1.0.8802.1.1.2.1.4.1.1.7.0.1.1 octet_str "24"
override .1.0.8802.1.1.2.1.4.1.1.9.0.1.1 octet_str "sw-buero"
override .1.0.8802.1.1.2.1.4.1.1.12.0.1.1 octet_str 0x20
override .1.0.8802.1.1.2.1.4.2.1.3.0.1.1.1.4.10.7.0.9 integer 2
override .1.3.6.1.2.1.17.1.4.1.2.1 integer 901
override .1.3.6.1.2.1.17.1.4.1.2.2 integer 902
override .1.3.6.1.2.1.17.4.3.1.2.2.0.0.0.0.16 integer 1
override .1.3.6.1.2.1.17.4.3.1.2.2.0.0.0.0.17 integer 2
override .1.3.6.1.2.1.17.7.1.2.2.1.2.10.2.0.0.0.0.18 integer 2
`
	// Printer is a printer that is short of black and has no paper.
	Printer = `
sysName mfp-empfang
override .1.3.6.1.2.1.1.1.0 octet_str "Example MFP"
override .1.3.6.1.2.1.1.2.0 object_id .1.3.6.1.4.1.1347.41
override .1.3.6.1.2.1.25.3.2.1.3.1 octet_str "ECOSYS M5526cdw"
override .1.3.6.1.2.1.25.3.5.1.1.1 integer 4
override .1.3.6.1.2.1.25.3.5.1.2.1 octet_str 0x60
override .1.3.6.1.2.1.43.5.1.1.17.1 octet_str "VCF1234567"
override .1.3.6.1.2.1.43.10.2.1.4.1.1 counter 48211
override .1.3.6.1.2.1.43.11.1.1.3.1.1 integer 1
override .1.3.6.1.2.1.43.11.1.1.4.1.1 integer 3
override .1.3.6.1.2.1.43.11.1.1.6.1.1 octet_str "Toner TK-5240K"
override .1.3.6.1.2.1.43.11.1.1.8.1.1 integer 4000
override .1.3.6.1.2.1.43.11.1.1.9.1.1 integer 160
override .1.3.6.1.2.1.43.11.1.1.3.1.2 integer 2
override .1.3.6.1.2.1.43.11.1.1.4.1.2 integer 3
override .1.3.6.1.2.1.43.11.1.1.6.1.2 octet_str "Toner TK-5240C"
override .1.3.6.1.2.1.43.11.1.1.8.1.2 integer 3000
override .1.3.6.1.2.1.43.11.1.1.9.1.2 integer 2250
override .1.3.6.1.2.1.43.11.1.1.4.1.3 integer 4
override .1.3.6.1.2.1.43.11.1.1.6.1.3 octet_str "Waste Toner Box"
override .1.3.6.1.2.1.43.11.1.1.8.1.3 integer -2
override .1.3.6.1.2.1.43.11.1.1.9.1.3 integer -3
override .1.3.6.1.2.1.43.12.1.1.4.1.1 octet_str "black"
override .1.3.6.1.2.1.43.12.1.1.4.1.2 octet_str "cyan"
override .1.3.6.1.2.1.43.16.5.1.2.1.1 octet_str "Papier nachfüllen"
`
	// UPS is a power supply by RFC 1628 that runs on battery.
	UPS = `
sysName usv-1
override .1.3.6.1.2.1.1.1.0 octet_str "Example UPS"
override .1.3.6.1.2.1.33.1.1.1.0 octet_str "Eaton"
override .1.3.6.1.2.1.33.1.1.2.0 octet_str "5PX 1500"
override .1.3.6.1.2.1.33.1.2.1.0 integer 3
override .1.3.6.1.2.1.33.1.2.3.0 integer 12
override .1.3.6.1.2.1.33.1.2.4.0 integer 41
override .1.3.6.1.2.1.33.1.2.5.0 integer 482
override .1.3.6.1.2.1.33.1.2.7.0 integer 27
override .1.3.6.1.2.1.33.1.3.3.1.3.1 integer 229
override .1.3.6.1.2.1.33.1.4.1.0 integer 5
override .1.3.6.1.2.1.33.1.4.4.1.2.1 integer 231
override .1.3.6.1.2.1.33.1.4.4.1.5.1 integer 33
`
	// APC is a power supply of APC on line, whose battery is to be replaced.
	APC = `
sysName apc-1
override .1.3.6.1.4.1.318.1.1.1.1.1.1.0 octet_str "Smart-UPS 750"
override .1.3.6.1.4.1.318.1.1.1.2.1.1.0 integer 2
override .1.3.6.1.4.1.318.1.1.1.2.2.1.0 uinteger 100
override .1.3.6.1.4.1.318.1.1.1.2.2.2.0 uinteger 24
override .1.3.6.1.4.1.318.1.1.1.2.2.3.0 uinteger 180000
override .1.3.6.1.4.1.318.1.1.1.2.2.4.0 integer 2
override .1.3.6.1.4.1.318.1.1.1.4.1.1.0 integer 2
override .1.3.6.1.4.1.318.1.1.1.4.2.3.0 uinteger 18
override .1.3.6.1.4.1.318.1.1.1.1.2.3.0 octet_str "AS1234"
`
)
