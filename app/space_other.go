// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package app

// freeSpace is not asked on this system; the answer never warns.
func freeSpace(string) (int64, error) { return 1 << 40, nil }
