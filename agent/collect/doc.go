// SPDX-License-Identifier: Apache-2.0

// Package collect reads what a machine is and how it does: figures ([Metrics]) each minute, facts ([Facts]) each quarter of an hour.
//
// What holds:
//
//   - A part that cannot be read is left out of the figures, or named in place of the section; the rest goes on.
//   - Everything has a limit: how many disks, how long a text, how much of a file, how long a command may take.
//   - Nothing is changed on the machine, and no command is run that a person could have put there: those of the
//     system are found in the system's folders, not by PATH.
//
// Figures come through gopsutil where that is cheap. Where it is not, the kernel is read directly, and the reason stands there.
package collect
