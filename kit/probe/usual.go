// SPDX-License-Identifier: Apache-2.0

package probe

// Usual are the kinds of this package.
func Usual() Kinds {
	return Kinds{
		"tcp": tcp,
	}
}
