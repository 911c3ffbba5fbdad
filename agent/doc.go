// SPDX-License-Identifier: Apache-2.0

// Package agent is the endpoint's program, in parts that do not know the server:
//
//   - collect: what a machine is and how it does: figures and facts
//   - check: what is asked of a machine: is the service up, is the backup young enough
//   - spool: what waits on disk for its acknowledgement
//   - link: who this machine is, and its one connection to the server
//   - service: how the program lives on the machine: systemd, launchd, Windows services
//   - installer: the texts that put it there
//   - program: all of that together, as `mainstay-agent` runs it
//
// What holds for all of them: the program is small (docs/dependencies.md, test/agent prints how
// small), reads only what is bounded, and never does what a server tells it to do with the
// machine. It measures and answers; there is no order that it would carry out.
package agent
