// SPDX-License-Identifier: Apache-2.0

package program

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mainstay/kit/fault"
)

// Config is what a machine's administrator may say in the configuration file: lines of "name = value". All of it may be left out.
type Config struct {
	State   string   // folder of the agent's own files
	Plugins string   // plugins = folder of checks
	Logs    []string // logs = folders whose files checks may show lines of, with commas
	Proxy   string   // proxy = http://user:password@host:port
	Memory  int64    // memory = limit of the program's own memory, in MB
}

// DefaultMemory is the limit of the program's memory in MB: the garbage is collected more often when it comes near.
const DefaultMemory = 24

// ReadConfig reads the file at path over what is usual on this system; a file that is not there says nothing.
func ReadConfig(path string) (Config, error) {
	c := usual()
	c.Memory = DefaultMemory
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fault.NewInvalid("The configuration %s cannot be read.", path).Because(err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok {
			return c, fault.NewInvalid("Line %d of %s must be written name = value.", n, path)
		}
		switch name {
		case "state":
			c.State = value
		case "plugins":
			c.Plugins = value
		case "logs":
			c.Logs = nil
			for f := range strings.SplitSeq(value, ",") {
				if f = strings.TrimSpace(f); f != "" {
					c.Logs = append(c.Logs, f)
				}
			}
		case "proxy":
			c.Proxy = value
		case "memory":
			if c.Memory, err = strconv.ParseInt(value, 10, 32); err != nil || c.Memory < 8 {
				return c, fault.NewInvalid("Line %d of %s: memory must be a number of MB, 8 or more.", n, path)
			}
		default:
			return c, fault.NewInvalid("Line %d of %s: %q is no setting. There are state, plugins, logs, proxy, memory.", n, path, name)
		}
	}
	for _, dir := range append([]string{c.State, c.Plugins}, c.Logs...) {
		if !filepath.IsAbs(dir) {
			return c, fault.NewInvalid("%s: the folder %q must be written from the root.", path, dir)
		}
	}
	return c, nil
}

// setProxy keeps a proxy in the configuration file, whose other lines stay. The file may hold a password: it is the owner's alone.
func setProxy(path, proxy string) error {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.NewInvalid("The configuration %s cannot be read.", path).Because(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if name, _, _ := strings.Cut(line, "="); strings.TrimSpace(name) != "proxy" {
			out = append(out, strings.TrimRight(line, "\r\n"))
		}
	}
	out = append(out, "proxy = "+proxy, "")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // the folder holds plugins too; the file itself is 0600
		return fault.NewInvalid("The configuration %s cannot be written.", path).Because(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fault.NewInvalid("The configuration %s cannot be written.", path).Because(err)
	}
	if err = f.Chmod(0o600); err == nil {
		err = shut(path) // on Windows a mode shuts nothing: while it is still empty
	}
	if err == nil {
		_, err = f.WriteString(strings.Join(out, "\n"))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fault.NewInvalid("The configuration %s cannot be written.", path).Because(err)
	}
	return nil
}
