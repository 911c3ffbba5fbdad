// SPDX-License-Identifier: Apache-2.0

// Package syslog reads what devices write to syslog and listens for it: RFC 5424, the older form that RFC 3164 describes and every
// maker bends, by UDP and by TCP with octet counts or line feeds (RFC 6587).
//
// Whatever comes is a message: a reader that refuses the odd line loses the one that mattered. What cannot be understood is the text.
// Everything is bounded: the length of a message, connections, messages of a source in a second; what is dropped is counted.
package syslog
