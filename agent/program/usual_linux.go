// SPDX-License-Identifier: Apache-2.0

package program

import "mainstay/agent/state"

// DefaultConfig is where the configuration file is.
const DefaultConfig = "/etc/mainstay-agent/agent.conf"

func usual() Config {
	return Config{State: "/var/lib/mainstay-agent", Plugins: "/etc/mainstay-agent/checks.d", Logs: []string{"/var/log"}}
}

// openState opens the agent's folder, which is root's alone.
func openState(path string) (*state.Dir, error) { return state.OpenDir(path) }
