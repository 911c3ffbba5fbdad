// SPDX-License-Identifier: Apache-2.0

// Package service makes the program live on the machine: as a unit of systemd, a daemon of launchd, a service of Windows.
// [Install] and [Uninstall] may be called again; they end in the same state.
package service

// Options say what is installed.
type Options struct {
	Program string // path of the program
	Config  string // path of a configuration that is not in its usual place
}

// Name is what the service is called everywhere.
const Name = "mainstay-agent"
