// SPDX-License-Identifier: Apache-2.0

package series

import "syscall"

// freeSpace returns the bytes that this process may still write on dir's disk.
func freeSpace(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}
