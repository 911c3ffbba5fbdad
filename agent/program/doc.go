// SPDX-License-Identifier: Apache-2.0

// Package program is `mainstay-agent`: its settings, its commands, and how its parts run together.
package program
