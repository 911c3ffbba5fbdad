// SPDX-License-Identifier: Apache-2.0

// Package check makes the observations that a server asks for (wire.Check) and answers with wire.Result.
//
// A check observes; it never changes the machine and never runs what the server sends:
//
//   - A plugin is a program that the machine's own administrator has put into one folder that only root may write
//     to. The server says its name, and nothing else reaches it.
//   - Lines of a log are shown only of files in folders that the machine's configuration opens to it: /var/log unless it says otherwise. A
//     server cannot read secrets by calling their file a log.
//   - A port is tried on this machine only.
//
// Kinds and their params (all texts; numbers in decimal; what is not named here is ignored):
//
//	service      name; state = running | stopped (running)
//	process      name; min (1), max
//	port         port; address of this machine (127.0.0.1); state = open | closed (open)
//	disk         mount; warn, critical = percent used (85, 95), or free_warn, free_critical = bytes
//	smart        —  warns of reallocated or pending sectors and of wear ≥ 90 percent
//	log          file | journal (a unit, or "*") | eventlog (a channel); pattern, ignore = regular expressions (RE2);
//	             ids = event ids, level = lowest that counts (warning); warn, critical = lines since the last look (1, none)
//	file         path (may have * in its last part: the newest counts); state = there | missing (there);
//	             max_age, min_age in seconds, min_size, max_size in bytes
//	backup       product = restic | borg | veeam | wsb; log = the file that it writes (restic --json, borg --show-rc); max_age in seconds
//	             (93600: 26 hours); job = Veeam's jobs that count, with commas (all: the one that is worst off)
//	certificate  path of a PEM or DER file (may have *), or store = a certificate store of Windows (My); warn, critical = days left (30, 7)
//	plugin       name of a program in the folder for plugins
package check
