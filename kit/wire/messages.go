// SPDX-License-Identifier: Apache-2.0

package wire

// Hello is an agent's first message after each connect.
type Hello struct {
	Agent    string            `json:"agent"`    // version of the program
	Machine  Machine           `json:"machine"`  // a credential that speaks from another machine is a copy
	Start    string            `json:"start"`    // random, anew at each start of the program: two at once are copies
	Sections map[string]string `json:"sections"` // hash of each section of facts that was acknowledged last
	Boot     int64             `json:"boot"`     // when the machine started, microseconds since 1970 UTC by the device's clock
	Dropped  int64             `json:"dropped"`  // batches that the full spool lost since enrolment
	Clock    int64             `json:"clock"`    // device's clock, microseconds since 1970 UTC
}

// Welcome answers a Hello.
type Welcome struct {
	Ack
	Config     Config       `json:"config"`
	Resync     []string     `json:"resync,omitempty"`     // sections that the server lacks or has with another hash
	Credential string       `json:"credential,omitempty"` // a new credential: store it, then connect again with it
	Move       *EnrolReply  `json:"move,omitempty"`       // the device belongs to another client now: as from enrolment
	Backoff    BackoffHints `json:"backoff"`
}

// BackoffHints tell how to come back after the connection breaks: attempt n waits for a random time between 0 and
// min(Most, First·2ⁿ).
type BackoffHints struct {
	First int `json:"first"` // seconds; 30 for large fleets
	Most  int `json:"most"`  // seconds
}

// Code is what became of a message.
type Code string

// The codes of an Ack.
const (
	OK         Code = "ok"         // stored durably
	Dictionary Code = "dictionary" // the server does not know the batch's dictionary: send the batch again with it
	Busy       Code = "busy"       // not stored; the same again after Wait seconds
	Refused    Code = "refused"    // cannot be understood and never will: do not send it again
	Gone       Code = "gone"       // the device is retired or its credential revoked: stop until enrolled anew
)

// Ack answers an upward message.
type Ack struct {
	Code     Code   `json:"code"`
	Text     string `json:"text,omitempty"` // why, for the log
	Time     int64  `json:"time"`           // server's clock, microseconds since 1970 UTC
	Wait     int    `json:"wait,omitempty"` // seconds, with Busy
	Revision int64  `json:"rev,omitempty"`  // of the Config; differs from the agent's: ask for it
}

// Tune makes the agent look every Interval seconds until Until (microseconds since 1970 UTC, server's clock), because somebody
// looks at the device.
type Tune struct {
	Interval int   `json:"interval"`
	Until    int64 `json:"until"`
}

// Changed tells that the Config has a new revision.
type Changed struct {
	Revision int64 `json:"rev"`
}

// Config is what an agent observes. Its zero value is the default: metrics each minute, all sections, no checks.
type Config struct {
	Revision int64   `json:"rev"`
	Interval int     `json:"interval,omitempty"` // seconds between samples, 0 = 60
	Facts    int     `json:"facts,omitempty"`    // seconds between looks at the inventory, 0 = 900
	Checks   []Check `json:"checks,omitempty"`
	Probes   []Probe `json:"probes,omitempty"` // of others, when the device is a probe of its site
}

// Check is an observation that is made on a device.
type Check struct {
	ID      string            `json:"id"`
	Kind    string            `json:"kind"`              // service, process, port, disk, smart, log, file, backup, certificate, plugin, …
	Every   int               `json:"every,omitempty"`   // seconds, 0 = 300
	Timeout int               `json:"timeout,omitempty"` // seconds, 0 = 30
	Params  map[string]string `json:"params,omitempty"`  // by kind
}

// State is what a check found; the numbers are those of the Nagios plugin convention.
type State int

// The states.
const (
	StateOK       State = 0
	StateWarning  State = 1
	StateCritical State = 2
	StateUnknown  State = 3
)

// Result is what a check found.
type Result struct {
	Check  string             `json:"check"`
	At     int64              `json:"at"` // microseconds since 1970 UTC, server's clock
	State  State              `json:"state"`
	Text   string             `json:"text,omitempty"`   // one line; at most 500 bytes
	Detail string             `json:"detail,omitempty"` // more lines; at most 8 KB
	Values map[string]float64 `json:"values,omitempty"` // measured, by name: they become series check_<name>
	Took   int                `json:"took,omitempty"`   // milliseconds
}

// Results are results of one device, oldest first.
type Results struct {
	Results []Result `json:"results"`
}

// The most that results may hold.
const (
	MaxResults      = 500
	MaxResultText   = 500
	MaxResultDetail = 8 << 10
	MaxResultValues = 64
)
