// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package state

import "os"

// syncDir makes a new file's name survive a power cut.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
