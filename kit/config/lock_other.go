// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package config

import (
	"errors"
	"io/fs"
	"os"

	"mainstay/kit/fault"
)

// lock makes the file exclusively; on systems without flock it stays behind
// when the machine loses power and must then be removed by hand.
func lock(path, folder string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fault.NewConflict("Another Mainstay is running on the data folder %s, or it ended without tidying up: then remove the file \"lock\" there.", folder)
	}
	if err != nil {
		return nil, fault.NewInvalid("The data folder %s cannot be written.", folder).Because(err)
	}
	return func() { _ = f.Close(); _ = os.Remove(path) }, nil
}
