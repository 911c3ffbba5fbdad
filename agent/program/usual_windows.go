// SPDX-License-Identifier: Apache-2.0

package program

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"mainstay/agent/state"
)

func dataFolder() string {
	if p, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0); err == nil {
		return filepath.Join(p, "Mainstay Agent")
	}
	return `C:\ProgramData\Mainstay Agent`
}

func programFolder() string {
	if p, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0); err == nil {
		return filepath.Join(p, "Mainstay Agent")
	}
	return `C:\Program Files\Mainstay Agent`
}

// DefaultConfig is where the configuration file is: in the folder of programs, to which only administrators may write.
var DefaultConfig = filepath.Join(programFolder(), "agent.conf")

func usual() Config {
	return Config{
		State: filepath.Join(dataFolder(), "state"), Plugins: filepath.Join(programFolder(), "checks.d"),
		Logs: []string{filepath.Join(os.Getenv("SystemRoot"), "Logs"), `C:\inetpub\logs`, filepath.Join(filepath.Dir(dataFolder()), "Logs")},
	}
}

// openState opens the agent's folder and shuts it to everybody but the system and the administrators: below ProgramData all users may make
// folders, also this one and the one above it before the agent does.
func openState(path string) (*state.Dir, error) {
	d, err := state.OpenDir(path)
	if err != nil {
		return nil, err
	}
	for _, folder := range []string{filepath.Dir(path), path} {
		if folder == path || folder == dataFolder() {
			if err := shut(folder); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}
