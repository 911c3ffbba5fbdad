// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	_ "embed"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"mainstay/kit/fault"
)

// unit is the file for systemd; packages ship the same.
//
//go:embed mainstay-agent.service
var unit string

const (
	unitPath    = "/etc/systemd/system/mainstay-agent.service"
	packagePath = "/usr/lib/systemd/system/mainstay-agent.service"
	placed      = "/usr/bin/mainstay-agent run"
)

// Unit returns the unit for a program at a path.
func Unit(o Options) string {
	line := quote(o.Program) + " run"
	if o.Config != "" {
		line += " --config " + quote(o.Config)
	}
	return strings.Replace(unit, placed, line, 1)
}

// quote writes a path as systemd reads it.
func quote(s string) string {
	s = strings.NewReplacer(`%`, `%%`, `$`, `$$`).Replace(s)
	if strings.ContainsAny(s, " \t\"'\\") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}

// Install writes the unit, enables it and starts it.
func Install(o Options) error {
	if os.Geteuid() != 0 {
		return fault.NewDenied("A service is installed by root.")
	}
	if _, err := exec.LookPath("systemctl"); err != nil {
		return fault.NewInvalid("This machine has no systemd. Let its own service manager run: %s run", o.Program)
	}
	var err error
	if o.Program, err = settled(o.Program); err != nil {
		return err
	}
	// A package has its own unit, which an update of the package changes: a second one would hide it.
	if _, err := os.Stat(packagePath); err == nil && o.Program == "/usr/bin/mainstay-agent" && o.Config == "" {
		return enable()
	}
	if err := os.WriteFile(unitPath, []byte(Unit(o)), 0o644); err != nil {
		return fault.NewDenied("The unit %s cannot be written.", unitPath).Because(err)
	}
	return enable()
}

func enable() error {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return fault.NewInvalid("The service is there, but systemd does not run on this machine: it starts with the next start of systemd.")
	}
	for _, args := range [][]string{{"daemon-reload"}, {"enable", Name + ".service"}, {"restart", Name + ".service"}} {
		if out, err := systemctl(args...); err != nil {
			return fault.NewInvalid("systemctl %s failed: %s", strings.Join(args, " "), out).Because(err)
		}
	}
	return nil
}

func systemctl(args ...string) (string, error) {
	out, err := exec.CommandContext(context.Background(), "systemctl", args...).CombinedOutput() //nolint:gosec // arguments of ours
	return strings.TrimSpace(string(out)), err
}

// Uninstall stops the service and removes its unit.
func Uninstall() error {
	if os.Geteuid() != 0 {
		return fault.NewDenied("A service is removed by root.")
	}
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		_, _ = systemctl("disable", "--now", Name+".service") // not there: as it should be
	}
	if err := os.Remove(unitPath); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.NewDenied("The unit %s cannot be removed.", unitPath).Because(err)
	}
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		_, _ = systemctl("daemon-reload")
	}
	return nil
}

// Installed tells whether the service is there.
func Installed() bool {
	for _, p := range []string{unitPath, packagePath} {
		if _, err := os.Stat(p); err == nil {
			return true
		}
	}
	return false
}

// Run runs fn as the service manager expects it: systemd stops by a signal, which ends ctx.
func Run(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }
