// SPDX-License-Identifier: Apache-2.0

package world

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"mainstay/kit/civil"
)

// Trouble is what is wrong with a machine.
type Trouble string

// The troubles of the estate.
const (
	Fills   Trouble = "fills"   // its data volume is nearly full, and fuller every day
	Tight   Trouble = "tight"   // too little memory for what runs
	Gone    Trouble = "gone"    // it was heard last two hours ago
	Warning Trouble = "warning" // one of its drives says that it is failing
)

// Machine is a device that the firm looks after, as its agent would tell of it.
type Machine struct {
	Client, Name, Kind, System, Product, Version, Vendor, Model, Serial, Address, MAC, User string
	Bought                                                                                  civil.Date
	Cores                                                                                   int
	Memory, Disk, Data                                                                      uint64 // bytes; Data 0: no second volume
	Agent                                                                                   bool
	Away                                                                                    bool // a laptop that is off at the moment
	Trouble                                                                                 Trouble
}

// looked are the clients whose machines have agents, with how many of their workstations.
var looked = map[string]int{"Harbour Dental Group": 5, "Maple Court Surgery": 4, "Sallow & Finch Accountants": 4, "Osprey Outdoor": 4}

var troubles = map[string]Trouble{"HDG-SRV-02": Fills, "SFA-SRV-01": Tight, "OO-SRV-02": Gone, "MCS-SRV-01": Warning}

// Estate returns the machines that the firm looks after: those of its assets that belong to some of its clients.
func Estate(end civil.Date) []Machine {
	w, _ := begin(end)
	var out []Machine
	took := map[string]int{}
	for _, a := range w.assets {
		most, ours := looked[a[7]]
		kind := map[string]string{"Server": "server", "Laptop": "laptop", "Desktop": "workstation", "Firewall": "network"}[a[1]]
		if !ours || kind == "laptop" && took[a[7]] >= most || kind == "workstation" && took[a[7]] >= most {
			continue
		}
		if kind == "laptop" || kind == "workstation" {
			took[a[7]]++
		}
		out = append(out, machine(a, kind, len(out)))
	}
	return out
}

func machine(a []string, kind string, n int) Machine {
	h := fnv.New32a()
	_, _ = h.Write([]byte(a[0]))
	x := h.Sum32()
	m := Machine{
		Client: a[7], Name: a[0], Kind: kind, System: a[5], Vendor: a[2], Model: a[3], Serial: a[4], Cores: 4, Memory: 16 << 30, Disk: 512 << 30, Agent: kind != "network",
		Address: fmt.Sprintf("10.%d.0.%d", 20+slices.Index([]string{"Harbour Dental Group", "Maple Court Surgery", "Sallow & Finch Accountants", "Osprey Outdoor"}, a[7]), 10+n),
		MAC:     fmt.Sprintf("02:54:%02x:%02x:%02x:%02x", byte(x>>24), byte(x>>16), byte(x>>8), byte(x)), Trouble: troubles[a[0]],
	}
	if d, err := civil.Parse(a[6]); err == nil {
		m.Bought = d
	}
	switch {
	case strings.HasPrefix(m.System, "Windows Server"):
		m.Product, m.Version = "windows-server", "10.0.20348"
		m.Cores, m.Memory, m.Disk, m.Data = 8, 32<<30, 240<<30, 2<<40
	case m.System == "Windows 11 Pro":
		m.Product, m.Version = "windows", "10.0.22631"
	case m.System == "Windows 10 Pro":
		m.Product, m.Version = "windows", "10.0.19045"
	case strings.HasPrefix(m.System, "macOS"):
		m.Product, m.Version = "macos", "15.7"
	}
	if kind != "server" && m.Agent {
		m.User = pickBy(x, "amelia", "jonas", "sofia", "marcus", "ines", "oskar", "ruth")
	}
	m.Away = kind == "laptop" && x%3 == 0
	return m
}

func pickBy(n uint32, list ...string) string { return list[int(n%uint32(len(list)))] }
