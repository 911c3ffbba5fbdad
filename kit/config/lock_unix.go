// SPDX-License-Identifier: Apache-2.0

//go:build unix

package config

import (
	"errors"
	"os"
	"syscall"

	"mainstay/kit/fault"
)

// lock takes an advisory lock on a file; the kernel lets go of it when the process ends, however
// it ends.
func lock(path, folder string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.NewInvalid("The data folder %s cannot be written.", folder).Because(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fault.NewConflict("Another Mainstay is running on the data folder %s. Stop it first, or choose another folder with --data.", folder)
		}
		return nil, fault.NewInvalid("The data folder %s cannot be locked.", folder).Because(err)
	}
	return func() { _ = f.Close() }, nil
}
