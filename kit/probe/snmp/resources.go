// SPDX-License-Identifier: Apache-2.0

package snmp

import "strings"

const (
	hrStorage   = ".1.3.6.1.2.1.25.2.3.1"
	hrProcessor = ".1.3.6.1.2.1.25.3.3.1"
	fixedDisk   = "1.3.6.1.2.1.25.2.1.4"
	ram         = "1.3.6.1.2.1.25.2.1.2"
	swap        = "1.3.6.1.2.1.25.2.1.3"
	sensors     = ".1.3.6.1.2.1.99.1.1.1"
	entityNames = ".1.3.6.1.2.1.47.1.1.1.1"
)

// measureStorage puts volumes, memory and swap of HOST-RESOURCES-MIB into m.
func (s *session) measureStorage(m *measures) (found bool, err error) {
	rows, err := s.table(hrStorage, 2, 3, 4, 5, 6)
	if err != nil {
		return false, err
	}
	var memory, used, cache float64
	for _, r := range rows {
		unit, _ := r.num(4)
		size, ok := r.num(5)
		part, okPart := r.num(6)
		if !ok || !okPart || unit <= 0 {
			continue
		}
		// A volume of more than 2^31 units does not fit the columns: devices that do not make the unit larger show it negative.
		size, part = unsign(size)*unit, unsign(part)*unit
		name := clean(r.str(3), 80)
		switch r.cells[2].text {
		case fixedDisk:
			if size > 0 {
				m.share("system_filesystem_utilization_ratio", part, size, "mountpoint", name)
				m.set("system_filesystem_usage_bytes", part, "mountpoint", name)
				m.set("system_filesystem_limit_bytes", size, "mountpoint", name)
				found = true
			}
		case ram:
			memory, used = max(memory, size), max(used, part)
		case swap:
			if strings.Contains(strings.ToLower(name), "swap") {
				m.share("system_paging_utilization_ratio", part, size)
			}
		}
		// Linux counts what it uses as cache as used.
		if n := strings.ToLower(name); n == "cached memory" || n == "memory buffers" {
			cache += part
		}
	}
	if memory > 0 {
		if used-cache > 0 {
			used -= cache
		}
		m.share("system_memory_utilization_ratio", used, memory)
		m.set("system_memory_usage_bytes", used)
		m.set("system_memory_limit_bytes", memory)
	}
	return found || memory > 0, nil
}

func unsign(v float64) float64 {
	if v < 0 {
		return v + 1<<32
	}
	return v
}

// measureProcessor puts the processors' load into m: HOST-RESOURCES-MIB, and else what makers have of their own.
func (s *session) measureProcessor(m *measures) error {
	rows, err := s.table(hrProcessor, 2)
	if err != nil {
		return err
	}
	sum, n := 0.0, 0
	for _, r := range rows {
		if v, ok := r.num(2); ok && v >= 0 && v <= 100 {
			sum, n = sum+v, n+1
		}
	}
	if n > 0 {
		m.share("system_cpu_utilization_ratio", sum/float64(n), 100)
		return nil
	}
	const (
		ucdIdle     = ".1.3.6.1.4.1.2021.11.11.0"
		hpCPU       = ".1.3.6.1.4.1.11.2.14.11.5.1.9.6.1.0"
		fortinetCPU = ".1.3.6.1.4.1.12356.101.4.1.3.0"
		fortinetMem = ".1.3.6.1.4.1.12356.101.4.1.4.0"
		ciscoCPU    = ".1.3.6.1.4.1.9.9.109.1.1.1.1"
		ciscoOld    = ".1.3.6.1.4.1.9.2.1.58.0" // avgBusy5
	)
	got, err := s.get(ucdIdle, hpCPU, fortinetCPU, fortinetMem, ciscoOld)
	if err != nil {
		return err
	}
	percent := func(oid string) (float64, bool) {
		v, ok := got[oid]
		return v.number, ok && v.is == isNumber && v.number >= 0 && v.number <= 100
	}
	if v, ok := percent(fortinetMem); ok {
		m.share("system_memory_utilization_ratio", v, 100)
	}
	for _, oid := range []string{hpCPU, fortinetCPU, ciscoOld} {
		if v, ok := percent(oid); ok {
			m.share("system_cpu_utilization_ratio", v, 100)
			return nil
		}
	}
	if v, ok := percent(ucdIdle); ok {
		m.share("system_cpu_utilization_ratio", 100-v, 100)
		return nil
	}
	rows, err = s.table(ciscoCPU, 8)
	if err != nil || len(rows) == 0 {
		return err
	}
	if v, ok := rows[0].num(8); ok && v >= 0 && v <= 100 {
		m.share("system_cpu_utilization_ratio", v, 100)
	}
	return nil
}

// measureSensors puts temperatures of ENTITY-SENSOR-MIB into m.
func (s *session) measureSensors(m *measures) error {
	rows, err := s.table(sensors, 1, 2, 3, 4, 5)
	if err != nil || len(rows) == 0 {
		return err
	}
	names, err := s.table(entityNames, 7, 2)
	if err != nil {
		return err
	}
	called := map[int]string{}
	for _, r := range names {
		if len(r.index) == 1 {
			if called[r.index[0]] = r.str(7); called[r.index[0]] == "" {
				called[r.index[0]] = r.str(2)
			}
		}
	}
	for _, r := range rows {
		v, ok := r.num(4)
		if !ok || len(r.index) != 1 || r.int(1) != 8 || r.int(5) != 1 { // celsius, working
			continue
		}
		// scale: 9 = units, each step a thousand; precision: decimals.
		for range clamp(r.int(2)-9, 0, 5) {
			v *= 1000
		}
		for range clamp(9-r.int(2), 0, 8) {
			v /= 1000
		}
		for range clamp(r.int(3), 0, 9) {
			v /= 10
		}
		if v > -100 && v < 1000 {
			m.set("system_temperature_celsius", v, "sensor", called[r.index[0]])
		}
	}
	return nil
}

func clamp(n, low, high int) int { return max(low, min(n, high)) }
