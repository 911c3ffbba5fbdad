// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package series

// freeSpace is not asked on this system: a full disk is noticed when a write fails.
func freeSpace(string) (int64, error) { return 1 << 40, nil }
