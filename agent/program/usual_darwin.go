// SPDX-License-Identifier: Apache-2.0

package program

import "mainstay/agent/state"

// DefaultConfig is where the configuration file is.
const DefaultConfig = "/Library/Application Support/Mainstay Agent/agent.conf"

const home = "/Library/Application Support/Mainstay Agent"

func usual() Config {
	return Config{State: home + "/state", Plugins: home + "/checks.d", Logs: []string{"/var/log", "/Library/Logs"}}
}

// openState opens the agent's folder, which is root's alone.
func openState(path string) (*state.Dir, error) { return state.OpenDir(path) }
