// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"encoding/xml"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"mainstay/kit/fault"
)

const (
	label = "net.mainstay.agent"
	plist = "/Library/LaunchDaemons/" + label + ".plist"
)

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}

// Unit returns the property list for a program at a path.
func Unit(o Options) string {
	args := []string{o.Program, "run"}
	if o.Config != "" {
		args = append(args, "--config", o.Config)
	}
	var words strings.Builder
	for _, a := range args {
		words.WriteString("\t\t<string>" + escape(a) + "</string>\n")
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key><string>` + label + `</string>
	<key>ProgramArguments</key>
	<array>
` + words.String() + `	</array>
	<key>RunAtLoad</key><true/>
	<key>KeepAlive</key><true/>
	<key>ThrottleInterval</key><integer>10</integer>
	<key>ProcessType</key><string>Background</string>
	<key>LowPriorityIO</key><true/>
	<key>Umask</key><integer>63</integer>
	<key>StandardErrorPath</key><string>/var/log/mainstay-agent.log</string>
</dict>
</plist>
`
}

// Install writes the property list and loads it.
func Install(o Options) error {
	if os.Geteuid() != 0 {
		return fault.NewDenied("A service is installed by root: sudo mainstay-agent install")
	}
	var err error
	if o.Program, err = settled(o.Program); err != nil {
		return err
	}
	if err := os.WriteFile(plist, []byte(Unit(o)), 0o644); err != nil { //nolint:gosec // launchd wants it readable
		return fault.NewDenied("%s cannot be written.", plist).Because(err)
	}
	_, _ = launchctl("bootout", "system/"+label) // an earlier one
	if out, err := launchctl("bootstrap", "system", plist); err != nil {
		return fault.NewInvalid("launchctl failed: %s", out).Because(err)
	}
	return nil
}

func launchctl(args ...string) (string, error) {
	out, err := exec.CommandContext(context.Background(), "/bin/launchctl", args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// Uninstall stops the service and removes its property list.
func Uninstall() error {
	if os.Geteuid() != 0 {
		return fault.NewDenied("A service is removed by root: sudo mainstay-agent uninstall")
	}
	_, _ = launchctl("bootout", "system/"+label) // not there: as it should be
	if err := os.Remove(plist); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.NewDenied("%s cannot be removed.", plist).Because(err)
	}
	return nil
}

// Installed tells whether the service is there.
func Installed() bool { _, err := os.Stat(plist); return err == nil }

// Run runs fn as launchd expects it: it stops by a signal, which ends ctx.
func Run(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }
