// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"bytes"
	"encoding/binary"

	"mainstay/kit/wire"
)

// smbios is what the firmware's table tells (DMTF DSP0134): the machine, its board, its chassis, its memory.
type smbios struct {
	vendor, model, serial string
	board, bios           string
	chassis               byte
	modules               []wire.Module
}

// parseSMBIOS reads structures that follow one another, as Windows hands them out and as Linux has them in
// /sys/firmware/dmi/tables/DMI. What is broken ends it; what was read before stays.
func parseSMBIOS(table []byte) smbios {
	var s smbios
	for len(table) >= 4 {
		kind, size := table[0], int(table[1])
		if size < 4 || size > len(table) || kind == 127 {
			break
		}
		body := table[:size]
		rest := table[size:]
		end := bytes.Index(rest, []byte{0, 0})
		if end < 0 {
			break
		}
		s.take(kind, body, bytes.Split(rest[:end], []byte{0}))
		table = rest[end+2:]
	}
	return s
}

func (s *smbios) take(kind byte, body []byte, texts [][]byte) {
	at := func(offset int) string {
		if offset >= len(body) || body[offset] == 0 || int(body[offset]) > len(texts) {
			return ""
		}
		return told(string(texts[body[offset]-1]))
	}
	word := func(offset int) uint64 {
		if offset+2 > len(body) {
			return 0
		}
		return uint64(binary.LittleEndian.Uint16(body[offset:]))
	}
	switch kind {
	case 0:
		s.bios = text(at(5) + " " + at(8))
	case 1:
		s.vendor, s.model, s.serial = at(4), at(5), at(7)
	case 2:
		if s.board == "" {
			s.board = text(at(4) + " " + at(5))
		}
	case 3:
		if len(body) > 5 && s.chassis == 0 {
			s.chassis = body[5] & 0x7f
		}
	case 17:
		size := word(0x0C)
		bytes := size << 20
		switch {
		case size == 0 || size == 0xFFFF:
			return // an empty slot
		case size == 0x7FFF && len(body) >= 0x20:
			bytes = uint64(binary.LittleEndian.Uint32(body[0x1C:])&0x7fffffff) << 20
		case size&0x8000 != 0:
			bytes = (size & 0x7fff) << 10
		}
		m := wire.Module{Slot: at(0x10), Bytes: bytes, MHz: int(word(0x15))}
		if len(body) > 0x12 {
			m.Kind = memoryKinds[body[0x12]]
		}
		if len(s.modules) < 128 {
			s.modules = append(s.modules, m)
		}
	}
}

// memoryKinds are the usual values of table 79 of the standard.
var memoryKinds = map[byte]string{
	0x12: "DDR", 0x13: "DDR2", 0x14: "DDR2", 0x18: "DDR3", 0x1A: "DDR4", 0x1B: "LPDDR", 0x1C: "LPDDR2", 0x1D: "LPDDR3", 0x1E: "LPDDR4", 0x20: "HBM", 0x21: "HBM2",
	0x22: "DDR5", 0x23: "LPDDR5", 0x24: "HBM3",
}

// chassis returns the kind of a machine by the value of table 17 of the standard.
func chassis(kind byte) string {
	switch kind {
	case 3, 4, 5, 6, 7, 13, 15, 16, 24, 35, 36:
		return "desktop"
	case 8, 9, 10, 14, 31, 32:
		return "laptop"
	case 30, 11:
		return "tablet"
	case 17, 23, 25, 28, 29:
		return "server"
	case 33, 34:
		return "embedded"
	}
	return ""
}
