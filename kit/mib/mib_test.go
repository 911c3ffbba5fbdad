// SPDX-License-Identifier: Apache-2.0

package mib_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"mainstay/kit/mib"
)

const file = `EXAMPLE-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises, OBJECT-TYPE FROM SNMPv2-SMI;  -- a comment
example MODULE-IDENTITY
    LAST-UPDATED "202601010000Z"
    ORGANIZATION "Example, Inc. ::= { nobody 9 }"
    DESCRIPTION  "What it is
        about."
    ::= { enterprises 99999 }
sensors OBJECT IDENTIFIER ::= { example 1 }
deep    OBJECT IDENTIFIER ::= { iso org(3) dod(6) 1 4 1 4242 }
boardTemp OBJECT-TYPE
    SYNTAX      Integer32 (0..100)
    UNITS       "degrees"
    MAX-ACCESS  read-only
    STATUS      current
    DESCRIPTION "Temperature of the board -- in Celsius."
    ::= { sensors 2 }
diskTable OBJECT-TYPE
    SYNTAX SEQUENCE OF DiskEntry
    MAX-ACCESS not-accessible STATUS current DESCRIPTION "Disks." ::= { sensors 3 }
diskEntry OBJECT-TYPE
    SYNTAX DiskEntry MAX-ACCESS not-accessible STATUS current
    DESCRIPTION "One." INDEX { diskIndex } ::= { diskTable 1 }
DiskEntry ::= SEQUENCE { diskIndex Integer32, diskState INTEGER }
diskState OBJECT-TYPE
    SYNTAX INTEGER { normal(1), failed(2) }
    ACCESS read-only STATUS mandatory
    DESCRIPTION "State." ::= { diskEntry 5 }
orphan OBJECT-TYPE SYNTAX Counter32 ACCESS read-only STATUS mandatory DESCRIPTION "?" ::= { elsewhere 7 }
END`

func TestRead(t *testing.T) {
	list := mib.Read(file)
	got := map[string]mib.Object{}
	for _, o := range list {
		got[o.Name] = o
	}
	for name, oid := range map[string]string{
		"example": "1.3.6.1.4.1.99999", "sensors": "1.3.6.1.4.1.99999.1", "deep": "1.3.6.1.4.1.4242", "boardTemp": "1.3.6.1.4.1.99999.1.2", "diskState": "1.3.6.1.4.1.99999.1.3.1.5", "orphan": "",
	} {
		if o, ok := got[name]; !ok || o.OID != oid || o.Module != "EXAMPLE-MIB" {
			t.Errorf("%s = %+v (%v), want %s", name, o, ok, oid)
		}
	}
	if o := got["boardTemp"]; o.Syntax != "Integer32" || o.Units != "degrees" || o.Descr != "Temperature of the board -- in Celsius." || o.Table {
		t.Errorf("boardTemp: %+v", o)
	}
	if !got["diskTable"].Table || !got["diskEntry"].Table || got["diskState"].Table || len(list) != 8 {
		t.Errorf("%d objects: %+v", len(list), list)
	}
	mib.Resolve(list, map[string]string{"elsewhere": "1.3.6.1.4.1.5"})
	if o := list[len(list)-1]; o.Name != "orphan" || o.OID != "1.3.6.1.4.1.5.7" {
		t.Errorf("completed: %+v", o)
	}
}

// net-snmp's own file, where it is installed.
func TestInstalled(t *testing.T) {
	b, err := os.ReadFile("/usr/share/snmp/mibs/UCD-SNMP-MIB.txt")
	if err != nil {
		t.Skip("net-snmp's files are not installed")
	}
	for _, o := range mib.Read(string(b)) {
		if o.Name == "ssCpuIdle" && o.OID == "1.3.6.1.4.1.2021.11.11" && strings.Contains(o.Descr, "idle") {
			return
		}
	}
	t.Error("ssCpuIdle is not found")
}

// Files that are made to be slow to read or large in memory.
func TestBounds(t *testing.T) {
	var chain strings.Builder
	chain.WriteString("a0 OBJECT IDENTIFIER ::= { enterprises 1 }\n")
	for i := range 20000 {
		fmt.Fprintf(&chain, "a%d OBJECT IDENTIFIER ::= { a%d 1234567 }\n", i+1, i)
	}
	for _, o := range mib.Read(chain.String()) {
		if len(o.OID) > 500 {
			t.Fatalf("an identifier of %d bytes", len(o.OID))
		}
	}
	mib.Read(strings.Repeat("--a", 1<<20))
	mib.Read(strings.Repeat("x OBJECT-TYPE ", 1<<18))
	mib.Read(strings.Repeat("x MODULE-IDENTITY ", 1<<18))
}

func FuzzRead(f *testing.F) {
	f.Add(file)
	f.Add(`a OBJECT-TYPE ::= { b 1 } b OBJECT IDENTIFIER ::= { a 2 }`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range mib.Read(s) {
			if o.Name == "" || len(o.Descr) > 1300 || len(o.OID) > 1<<20 {
				t.Errorf("%+v", o)
			}
		}
	})
}
