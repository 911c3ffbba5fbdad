// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/wire"
)

// services asks systemd, or OpenRC.
func (f *factsOf) services(ctx context.Context) ([]wire.Service, error) {
	if !exists("/run/systemd/system") {
		return openRC(ctx)
	}
	units, exit, err := run(ctx, 30*time.Second, "systemctl", "list-units", "--type=service", "--all", "--plain", "--no-legend", "--no-pager", "--full")
	if err == nil && exit != 0 {
		err = fmt.Errorf("systemctl ends with %d", exit)
	}
	if err != nil {
		return nil, err
	}
	files, exit, err := run(ctx, 30*time.Second, "systemctl", "list-unit-files", "--type=service", "--plain", "--no-legend", "--no-pager", "--full")
	if err == nil && exit != 0 {
		err = fmt.Errorf("systemctl ends with %d", exit)
	}
	if err != nil {
		return nil, err
	}
	return parseSystemd(units, files), nil
}

// parseSystemd reads lines of "unit load active sub description" and of "unit state preset".
func parseSystemd(units, files []byte) []wire.Service {
	start := map[string]string{}
	for line := range strings.Lines(string(files)) {
		w := strings.Fields(line)
		if len(w) < 2 {
			continue
		}
		switch w[1] {
		case "enabled", "enabled-runtime", "generated":
			start[w[0]] = "auto"
		case "disabled", "static", "indirect", "linked", "alias", "transient":
			start[w[0]] = "manual"
		case "masked", "masked-runtime":
			start[w[0]] = "disabled"
		}
	}
	var out []wire.Service
	for line := range strings.Lines(string(units)) {
		w := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "● "))
		if len(w) < 4 || w[1] == "not-found" || len(out) == maxServices {
			continue
		}
		s := wire.Service{Name: text(strings.TrimSuffix(w[0], ".service")), Title: text(strings.Join(w[4:], " ")), Start: start[w[0]]}
		switch {
		case w[2] == "failed":
			s.State = "failed"
		case w[2] == "active" && w[3] == "running":
			s.State = "running"
		case w[2] == "active": // did its work and stays "active": oneshot units
			s.State = "other"
		case w[2] == "inactive":
			s.State = "stopped"
		default:
			s.State = "other"
		}
		if template, instance, ok := strings.Cut(w[0], "@"); ok && s.Start == "" {
			_, suffix, _ := strings.Cut(instance, ".")
			s.Start = start[template+"@."+suffix]
		}
		out = append(out, s)
	}
	return out
}

func openRC(ctx context.Context) ([]wire.Service, error) {
	out, exit, err := run(ctx, 30*time.Second, "rc-status", "-a", "-f", "ini")
	if errors.Is(err, errMissing) {
		return nil, errors.New("neither systemd nor OpenRC runs on this machine")
	}
	if err == nil && exit != 0 {
		err = fmt.Errorf("rc-status ends with %d", exit)
	}
	if err != nil {
		return nil, err
	}
	var list []wire.Service
	level := ""
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			level = strings.Trim(line, "[]")
			continue
		}
		name, state, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		s := wire.Service{Name: text(name), Start: "manual", State: "other"}
		switch strings.TrimSpace(state) {
		case "started":
			s.State = "running"
		case "stopped":
			s.State = "stopped"
		case "crashed":
			s.State = "failed"
		}
		if level != "" && level != "manual" && !strings.HasPrefix(level, "hotplugged") && !strings.HasPrefix(level, "needed") {
			s.Start = "auto"
		}
		if !slices.ContainsFunc(list, func(o wire.Service) bool { return o.Name == s.Name }) {
			list = append(list, s)
		}
	}
	return list, nil
}

// users are root and the accounts of people.
func (f *factsOf) users(context.Context) ([]wire.User, error) {
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return nil, err
	}
	group, _ := os.ReadFile("/etc/group")
	shadow, _ := os.ReadFile("/etc/shadow") // root's alone: without it nobody is said to be disabled
	return parseUsers(passwd, group, shadow), nil
}

func parseUsers(passwd, group, shadow []byte) []wire.User {
	admins, adminGroups := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(group)) {
		w := strings.Split(strings.TrimSpace(line), ":")
		if len(w) == 4 && slices.Contains([]string{"sudo", "wheel", "admin", "root"}, w[0]) {
			adminGroups[w[2]] = true
			for name := range strings.SplitSeq(w[3], ",") {
				admins[name] = true
			}
		}
	}
	locked := map[string]bool{}
	for line := range strings.Lines(string(shadow)) {
		w := strings.Split(line, ":")
		if len(w) > 1 && (strings.HasPrefix(w[1], "!") || strings.HasPrefix(w[1], "*")) {
			locked[w[0]] = true
		}
	}
	var out []wire.User
	for line := range strings.Lines(string(passwd)) {
		w := strings.Split(strings.TrimSpace(line), ":")
		if len(w) != 7 || len(out) == maxUsers {
			continue
		}
		uid, err := strconv.Atoi(w[2])
		if err != nil || uid != 0 && (uid < 1000 || uid >= 65534 && uid < 100_000) {
			continue
		}
		full, _, _ := strings.Cut(w[4], ",")
		shut := strings.HasSuffix(w[6], "/nologin") || strings.HasSuffix(w[6], "/false")
		out = append(out, wire.User{Name: text(w[0]), Full: text(full), Admin: uid == 0 || admins[w[0]] || adminGroups[w[3]], Disabled: locked[w[0]] || shut, Shell: text(w[6])})
	}
	return out
}

// utmp's records are the same on 32 and 64 bits of Linux with glibc: 384 bytes.
const (
	utmpSize    = 384
	utmpUser    = 7
	maxSessionB = 4096 * utmpSize
)

type utmpRecord struct {
	kind             int
	line, user, host string
	since            int64 // microseconds
}

func utmp(b []byte) []utmpRecord {
	var out []utmpRecord
	cstring := func(b []byte) string {
		b, _, _ = bytes.Cut(b, []byte{0})
		return text(string(b))
	}
	le := func(b []byte) int64 {
		return int64(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24)
	}
	for ; len(b) >= utmpSize; b = b[utmpSize:] {
		out = append(out, utmpRecord{kind: int(b[0]) | int(b[1])<<8, line: cstring(b[8:40]), user: cstring(b[44:76]), host: cstring(b[76:332]), since: le(b[340:])*1_000_000 + le(b[344:])})
	}
	return out
}

func (f *factsOf) sessions(context.Context) ([]wire.Session, error) {
	b, err := readEnd("/run/utmp", maxSessionB)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errNone // Debian 13 and others keep none any more
	}
	if err != nil {
		return nil, err
	}
	var out []wire.Session
	for _, r := range utmp(b) {
		if r.kind != utmpUser || r.user == "" || len(out) == maxSessions {
			continue
		}
		s := wire.Session{User: r.user, From: r.host, Since: r.since}
		switch {
		case strings.HasPrefix(r.line, "tty") || strings.HasPrefix(r.host, ":"):
			s.Kind = "console"
		case strings.HasPrefix(r.line, "pts/") && r.host != "":
			s.Kind = "ssh"
		}
		out = append(out, s)
	}
	return out, nil
}

// lastUser returns who signed in last, by the newest records of wtmp.
func lastUser() string {
	b, err := readEnd("/var/log/wtmp", 512*utmpSize)
	if err != nil {
		return ""
	}
	all := utmp(b)
	for _, r := range slices.Backward(all) {
		if r.kind == utmpUser && r.user != "" {
			return r.user
		}
	}
	return ""
}

// readEnd returns the last whole records of a file.
func readEnd(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size() / utmpSize * utmpSize
	from := max(size-most/utmpSize*utmpSize, 0)
	b := make([]byte, size-from)
	if _, err := file.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

const (
	maxLinks   = 50_000 // file descriptors looked at for whose socket is whose
	stateOpen  = "0A"   // LISTEN in /proc/net/tcp
	stateClose = "07"   // an unconnected UDP socket
)

// ports reads the kernel's tables of sockets, then looks whose they are.
func (f *factsOf) ports(ctx context.Context) ([]wire.Port, error) {
	byInode := map[string]wire.Port{}
	for _, table := range []struct{ file, protocol, state string }{
		{"tcp", "tcp", stateOpen}, {"tcp6", "tcp", stateOpen}, {"udp", "udp", stateClose}, {"udp6", "udp", stateClose},
	} {
		if err := socketTable(table.file, table.protocol, table.state, byInode); err != nil {
			return nil, err
		}
	}
	f.owners(ctx, byInode)
	out := make([]wire.Port, 0, len(byInode))
	for _, p := range byInode {
		// Ports that a client of UDP holds for a moment are no offer.
		if p.Protocol == "udp" && p.Port >= 32768 {
			continue
		}
		out = append(out, p)
	}
	return out, nil
}

func socketTable(file, protocol, state string, into map[string]wire.Port) error {
	t, err := os.Open("/proc/net/" + file)
	if errors.Is(err, os.ErrNotExist) {
		return nil // no IPv6
	}
	if err != nil {
		return err
	}
	defer t.Close()
	for in := bufio.NewScanner(t); in.Scan(); {
		w := strings.Fields(in.Text())
		if len(w) < 10 || w[3] != state || len(into) >= 2*maxPorts {
			continue
		}
		addr, port, ok := socketAddress(w[1])
		if _, remote, ok2 := socketAddress(w[2]); !ok || !ok2 || remote != 0 || port == 0 {
			continue
		}
		into[w[9]] = wire.Port{Protocol: protocol, Address: addr.String(), Port: port}
	}
	return nil
}

// socketAddress reads 0100007F:0277: each group of four bytes stands in the processor's own order.
func socketAddress(s string) (netip.Addr, int, bool) {
	host, port, ok := strings.Cut(s, ":")
	p, err := strconv.ParseUint(port, 16, 16)
	b, err2 := hex.DecodeString(host)
	if !ok || err != nil || err2 != nil || len(b) != 4 && len(b) != 16 {
		return netip.Addr{}, 0, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4]) // all that Go builds of this program run on is little-endian
	}
	a, _ := netip.AddrFromSlice(b)
	return a.Unmap(), int(p), true
}

// owners finds the processes whose sockets these are, as far as the program may look.
func (f *factsOf) owners(ctx context.Context, ports map[string]wire.Port) {
	dirs, _ := filepath.Glob("/proc/[1-9]*/fd")
	left, links := len(ports), 0
	for _, dir := range dirs {
		if left == 0 || links > maxLinks || ctx.Err() != nil {
			return
		}
		d, err := os.Open(dir)
		if err != nil {
			continue
		}
		names, _ := d.Readdirnames(maxLinks)
		_ = d.Close()
		comm := ""
		for _, n := range names {
			links++
			to, err := os.Readlink(dir + "/" + n)
			if err != nil || !strings.HasPrefix(to, "socket:[") {
				continue
			}
			inode := strings.Trim(to[len("socket:"):], "[]")
			p, ok := ports[inode]
			if !ok || p.Process != "" {
				continue
			}
			if comm == "" {
				comm = text(f.line(filepath.Dir(dir) + "/comm"))
			}
			p.Process = comm
			ports[inode] = p
			left--
		}
	}
}
