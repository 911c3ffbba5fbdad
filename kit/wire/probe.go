// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Probe is an observation of something else than one's own machine: a website, a switch, a whole network. The server makes it
// itself, or the agent of a device that the firm chose as probe of a site. What is made is fixed by its kind: a probe asks, it
// changes nothing.
type Probe struct {
	ID      string            `json:"id"`
	Kind    string            `json:"kind"`              // of package kit/probe: ping, tcp, http, tls, dns, smtp, imap, ntp, snmp, scrape, discover, …
	Every   int               `json:"every,omitempty"`   // seconds, 0 = 60
	Timeout int               `json:"timeout,omitempty"` // seconds, 0 = 10
	Target  string            `json:"target"`            // host, address, URL or network, by kind
	Params  map[string]string `json:"params,omitempty"`  // by kind
	Secret  map[string]string `json:"secret,omitempty"`  // by kind: passwords, communities; never logged and never part of an observation
}

// Measure is one value that a probe read. Its series has the text of [SeriesText].
type Measure struct {
	Series string  `json:"s"`
	Value  float64 `json:"v"`
}

// Observation is what a probe found.
type Observation struct {
	Probe    string          `json:"probe"`
	At       int64           `json:"at"` // microseconds since 1970 UTC, server's clock
	State    State           `json:"state"`
	Text     string          `json:"text,omitempty"`   // one line; at most MaxResultText bytes
	Detail   string          `json:"detail,omitempty"` // more lines; at most MaxResultDetail bytes
	Said     *Said           `json:"said,omitempty"`   // Text, to be told in other languages; of older agents there is none
	Lines    []Said          `json:"lines,omitempty"`  // the same of Detail
	Took     int             `json:"took,omitempty"`   // milliseconds
	Measures []Measure       `json:"measures,omitempty"`
	Found    json.RawMessage `json:"found,omitempty"` // by kind: what a device says of itself, the hosts of a network; at most MaxFound bytes
}

// Observations are observations of one prober, oldest first. They are sent as KindProbes, deflated, and answered by an Ack.
type Observations struct {
	List []Observation `json:"list"`
}

// The most that probes and observations may hold.
const (
	MaxProbes       = 1000      // of one agent
	MaxMeasures     = 4000      // of one observation
	MaxFound        = 256 << 10 // bytes of JSON
	MaxObservations = 200       // in one message
	maxUnpacked     = 4 << 20   // bytes of JSON of a message
)

var errObservations = errors.New("observations are larger than the protocol allows")

// Pack encodes o for sending: JSON, deflated. It fails when o is larger than the protocol allows.
func (o *Observations) Pack() ([]byte, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	out := Deflate(b)
	if len(b) > maxUnpacked || len(out) > MaxFrame {
		return nil, errObservations
	}
	return out, nil
}

// UnpackObservations is the inverse of Pack. It checks all bounds, states and values, and the texts of series.
func UnpackObservations(data []byte) (*Observations, error) {
	b, err := Inflate(data, maxUnpacked)
	if err != nil {
		return nil, err
	}
	var o Observations
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, err
	}
	if len(o.List) > MaxObservations {
		return nil, errObservations
	}
	for i := range o.List {
		if err := o.List[i].check(); err != nil {
			return nil, err
		}
	}
	return &o, nil
}

// check holds an observation to the bounds of the protocol.
func (o *Observation) check() error {
	switch {
	case len(o.Probe) > 64, len(o.Text) > MaxResultText, len(o.Detail) > MaxResultDetail, len(o.Measures) > MaxMeasures, len(o.Found) > MaxFound:
		return errObservations
	case o.State < StateOK || o.State > StateUnknown:
		return fmt.Errorf("an observation has no state %d", o.State)
	}
	if err := o.checkSaid(); err != nil {
		return err
	}
	for _, m := range o.Measures {
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
			return errors.New("a measured value is no number")
		}
		if _, _, err := ParseSeries(m.Series); err != nil {
			return err
		}
	}
	return nil
}

// checkSaid holds what is said to the bounds of the protocol.
func (o *Observation) checkSaid() error {
	left := maxSaidBytes
	if o.Said != nil {
		if err := o.Said.check(maxSaidDepth, &left); err != nil {
			return err
		}
	}
	if len(o.Lines) > maxSaidLines {
		return errSaid
	}
	for i := range o.Lines {
		if err := o.Lines[i].check(maxSaidDepth, &left); err != nil {
			return err
		}
	}
	return nil
}

// Untold takes away what is said when it is more than the protocol allows: the text is there all the same.
func (o *Observation) Untold() {
	if o.checkSaid() != nil {
		o.Said, o.Lines = nil, nil
	}
}
