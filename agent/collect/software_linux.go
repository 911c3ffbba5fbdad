// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mainstay/kit/wire"
)

const dpkgStatus = "/var/lib/dpkg/status"

// software asks every package manager that is there. One that fails makes the section fail: half a list would look as
// if the other half had been removed.
func (f *factsOf) software(ctx context.Context) ([]wire.Software, error) {
	var out []wire.Software
	for _, read := range []func(context.Context) ([]wire.Software, error){f.dpkg, rpm, apk, pacman, snap, flatpak} {
		found, err := read(ctx)
		if errors.Is(err, errNone) || errors.Is(err, errMissing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// dpkg reads Debian's database itself: a command would cost more than reading 2 MB.
func (f *factsOf) dpkg(context.Context) ([]wire.Software, error) {
	file, err := os.Open(dpkgStatus)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errNone
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return parseDpkg(file, func(name, arch string) string {
		for _, n := range []string{name, name + ":" + arch} {
			if info, err := os.Stat("/var/lib/dpkg/info/" + n + ".list"); err == nil {
				return info.ModTime().UTC().Format(time.DateOnly)
			}
		}
		return ""
	})
}

func parseDpkg(r interface{ Read([]byte) (int, error) }, installed func(name, arch string) string) ([]wire.Software, error) {
	var out []wire.Software
	var s wire.Software
	there := false
	end := func() {
		if there && s.Name != "" && len(out) < maxSoftware {
			s.Source = "dpkg"
			s.Installed = installed(s.Name, s.Arch)
			out = append(out, s)
		}
		s, there = wire.Software{}, false
	}
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			end()
		case line[0] == ' ':
		default:
			k, v, _ := bytes.Cut(line, []byte(":"))
			switch string(k) {
			case "Package":
				s.Name = text(string(v))
			case "Version":
				s.Version = text(string(v))
			case "Architecture":
				s.Arch = text(string(v))
			case "Maintainer":
				s.Publisher = text(string(v))
			case "Status":
				there = bytes.HasSuffix(bytes.TrimSpace(v), []byte(" installed"))
			}
		}
		for long { // the rest of a long line
			_, err = in.ReadSlice('\n')
			long = errors.Is(err, bufio.ErrBufferFull)
		}
		if err != nil {
			end()
			if err.Error() == "EOF" {
				return out, nil
			}
			return nil, fmt.Errorf("read the packages: %w", err)
		}
	}
}

func rpm(ctx context.Context) ([]wire.Software, error) {
	if !exists("/var/lib/rpm") && !exists("/usr/lib/sysimage/rpm") {
		return nil, errNone
	}
	out, exit, err := run(ctx, time.Minute, "rpm", "-qa", "--qf", `%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}\t%{VENDOR}\t%{INSTALLTIME}\n`)
	if err != nil {
		return nil, err
	}
	if exit != 0 {
		return nil, fmt.Errorf("rpm ends with %d", exit)
	}
	return parseRPM(out), nil
}

func parseRPM(out []byte) []wire.Software {
	var list []wire.Software
	for line := range strings.Lines(string(out)) {
		w := strings.Split(strings.TrimSpace(line), "\t")
		if len(w) != 5 || w[0] == "gpg-pubkey" || len(list) == maxSoftware {
			continue
		}
		s := wire.Software{Name: text(w[0]), Version: text(strings.TrimPrefix(w[1], "0:")), Source: "rpm"}
		if w[2] != "(none)" {
			s.Arch = text(w[2])
		}
		if w[3] != "(none)" {
			s.Publisher = text(w[3])
		}
		if at := number([]byte(w[4])); at > 0 {
			s.Installed = time.Unix(int64(at), 0).UTC().Format(time.DateOnly)
		}
		list = append(list, s)
	}
	return list
}

func apk(context.Context) ([]wire.Software, error) {
	b, err := os.ReadFile("/lib/apk/db/installed")
	if err != nil {
		return nil, errNone
	}
	return parseAPK(b), nil
}

func parseAPK(b []byte) []wire.Software {
	var list []wire.Software
	var s wire.Software
	for line := range strings.Lines(string(b) + "\n\n") {
		line = strings.TrimSpace(line)
		k, v, _ := strings.Cut(line, ":")
		switch {
		case line == "":
			if s.Name != "" && len(list) < maxSoftware {
				s.Source = "apk"
				list = append(list, s)
			}
			s = wire.Software{}
		case k == "P":
			s.Name = text(v)
		case k == "V":
			s.Version = text(v)
		case k == "A":
			s.Arch = text(v)
		case k == "m":
			s.Publisher = text(v)
		}
	}
	return list
}

func pacman(context.Context) ([]wire.Software, error) {
	all, err := filepath.Glob("/var/lib/pacman/local/*/desc")
	if err != nil || len(all) == 0 {
		return nil, errNone
	}
	var list []wire.Software
	for _, name := range all {
		b, err := os.ReadFile(name)
		if err != nil || len(list) == maxSoftware {
			continue
		}
		list = append(list, parsePacman(b))
	}
	return list, nil
}

func parsePacman(b []byte) wire.Software {
	s := wire.Software{Source: "pacman"}
	key := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "%"):
			key = line
		case line == "":
			key = ""
		case key == "%NAME%":
			s.Name = text(line)
		case key == "%VERSION%":
			s.Version = text(line)
		case key == "%ARCH%":
			s.Arch = text(line)
		case key == "%PACKAGER%":
			s.Publisher = text(line)
		case key == "%INSTALLDATE%":
			s.Installed = time.Unix(int64(number([]byte(line))), 0).UTC().Format(time.DateOnly)
		}
	}
	return s
}

func snap(ctx context.Context) ([]wire.Software, error) {
	if !exists("/var/lib/snapd/snaps") {
		return nil, errNone
	}
	out, exit, err := run(ctx, 20*time.Second, "snap", "list", "--color=never", "--unicode=never")
	if err != nil {
		return nil, err
	}
	if exit != 0 {
		return nil, errNone // "No snaps are installed yet."
	}
	var list []wire.Software
	for line := range strings.Lines(string(out)) {
		w := strings.Fields(line)
		if len(w) < 5 || w[0] == "Name" {
			continue
		}
		list = append(list, wire.Software{Name: text(w[0]), Version: text(w[1]), Publisher: text(strings.TrimRight(w[4], "*")), Source: "snap"})
	}
	return list, nil
}

func flatpak(ctx context.Context) ([]wire.Software, error) {
	if !exists("/var/lib/flatpak") {
		return nil, errNone
	}
	out, exit, err := run(ctx, 20*time.Second, "flatpak", "list", "--system", "--app", "--columns=application,version,origin")
	if err != nil {
		return nil, err
	}
	if exit != 0 {
		return nil, fmt.Errorf("flatpak ends with %d", exit)
	}
	var list []wire.Software
	for line := range strings.Lines(string(out)) {
		w := strings.Split(strings.TrimSpace(line), "\t")
		if len(w) == 3 && w[0] != "" {
			list = append(list, wire.Software{Name: text(w[0]), Version: text(w[1]), Publisher: text(w[2]), Source: "flatpak"})
		}
	}
	return list, nil
}
