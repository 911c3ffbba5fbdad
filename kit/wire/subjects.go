// SPDX-License-Identifier: Apache-2.0

package wire

import "strings"

// Kind is the last part of an upward subject: what the message is.
type Kind string

// The kinds of upward messages.
const (
	KindHello   Kind = "hello"   // JSON Hello, answered by Welcome: first after each connect
	KindMetrics Kind = "metrics" // a Batch, answered by Ack
	KindFacts   Kind = "facts"   // deflated JSON Facts, answered by Ack
	KindChecks  Kind = "checks"  // JSON Results, answered by Ack
	KindProbes  Kind = "probes"  // deflated JSON Observations, answered by Ack
	KindConfig  Kind = "config"  // empty, answered by Config
)

// The words of downward messages, the part of their subject after the device.
const (
	WordTune   = "tune"   // JSON Tune: look more often for a while
	WordConfig = "config" // JSON Changed: ask for the Config again
	WordResync = "resync" // empty: send all sections of facts again
	WordHello  = "hello"  // empty: say Hello again, there is something new for you
)

// MaxFrame is the size in bytes of the largest message that either side sends; larger ones are refused.
const MaxFrame = 512 << 10

// Up returns the subject on which device sends messages of kind.
func Up(device string, kind Kind) string { return "up." + device + "." + string(kind) }

// Down returns the subject on which device hears word; "*" hears all.
func Down(device, word string) string { return "down." + device + "." + word }

// Inbox returns the prefix of the subjects for answers to device.
func Inbox(device string) string { return "_INBOX." + device }

// ParseUp returns the account, the device and the kind of an upward subject as the server hears it, up.<account>.<device>.<kind>. The kind
// may be one that this version does not know.
func ParseUp(subject string) (account, device string, kind Kind, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 || parts[0] != "up" || parts[1] == "" || parts[2] == "" || parts[3] == "" {
		return "", "", "", false
	}
	return parts[1], parts[2], Kind(parts[3]), true
}
