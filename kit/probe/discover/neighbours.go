// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// neighbours is the table of the machine: addresses in its own networks whose hardware answered lately.
func neighbours(ctx context.Context) map[netip.Addr]string {
	if runtime.GOOS == "linux" {
		f, err := os.Open("/proc/net/arp")
		if err != nil {
			return nil
		}
		defer func() { _ = f.Close() }()
		b, _ := io.ReadAll(io.LimitReader(f, 4<<20))
		return linuxTable(string(b))
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, arp(), "-a").Output()
	if err != nil {
		return nil
	}
	return printedTable(string(out))
}

// arp is the system's own command, not whatever a path leads to.
func arp() string {
	if runtime.GOOS == "windows" {
		root := os.Getenv("SystemRoot")
		if root == "" {
			root = `C:\Windows`
		}
		return filepath.Join(root, "System32", "arp.exe")
	}
	return "/usr/sbin/arp"
}

// linuxTable reads /proc/net/arp. Entries without the flag 2 are questions that nobody answered.
func linuxTable(text string) map[netip.Addr]string {
	out := map[netip.Addr]string{}
	for line := range strings.Lines(text) {
		c := strings.Fields(line)
		if len(c) < 6 {
			continue
		}
		a, err := netip.ParseAddr(c[0])
		if err == nil && c[2] != "0x0" {
			if mac := hardware(c[3]); mac != "" {
				out[a] = mac
			}
		}
	}
	return out
}

// An address and a hardware address on one line, whatever the language of the words between.
var printed = regexp.MustCompile(`(\d{1,3}(?:\.\d{1,3}){3})\)?\s+(?:\S+\s+)?([0-9a-fA-F]{1,2}(?:[:-][0-9a-fA-F]{1,2}){5})\b`)

// printedTable reads what arp -a prints on Windows and macOS.
func printedTable(text string) map[netip.Addr]string {
	out := map[netip.Addr]string{}
	for line := range strings.Lines(text) {
		m := printed.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		a, err := netip.ParseAddr(m[1])
		if mac := hardware(m[2]); err == nil && mac != "" {
			out[a] = mac
		}
	}
	return out
}

// hardware is a hardware address as it is written everywhere here; "" where it is none, or belongs to many.
func hardware(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '-' })
	for i, p := range parts { // macOS leaves out leading zeros
		if len(p) == 1 {
			parts[i] = "0" + p
		}
	}
	m, err := net.ParseMAC(strings.Join(parts, ":"))
	if err != nil || len(m) != 6 || m[0]&1 != 0 || m.String() == "00:00:00:00:00:00" {
		return ""
	}
	return m.String()
}
