// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package link

// Elsewhere the key is kept by the mode of its file, 0600 and root's. The keychain of macOS is none of a
// daemon's: it opens with a person's session.

func seal(key []byte) ([]byte, error)      { return key, nil }
func unseal(sealed []byte) ([]byte, error) { return sealed, nil }
