// SPDX-License-Identifier: Apache-2.0

// Package installer is what a server serves to put the agent on a machine: two scripts and the programs.
//
//	GET …/install.sh     for Linux and macOS:  curl -fsSL URL | sudo sh -s -- TOKEN
//	GET …/install.ps1    for Windows:          & ([scriptblock]::Create((irm URL))) TOKEN
//	GET …/files/NAME     the programs and packages, as `make agent` builds them
//
// A script carries the SHA-256 of each program: what it fetches is what this server had when it gave out the script, or
// nothing is installed. The token is an argument and never part of an address, so that no log keeps it.
package installer
