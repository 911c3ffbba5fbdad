// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package program

// shut has nothing to do: what the agent makes is made for its owner only.
func shut(string) error { return nil }
