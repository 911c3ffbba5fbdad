// SPDX-License-Identifier: Apache-2.0

package network

import (
	"encoding/json"

	"mainstay/kit/wire"
)

// Told is what was found, so that it can be told in any language. Its zero value: there is only a text, as of older agents.
type Told struct {
	Said  *wire.Said  `json:"said,omitempty"`
	Lines []wire.Said `json:"lines,omitempty"`
}

// told is what an observation says; short leaves out the lines below.
func told(o *wire.Observation, short bool) Told {
	t := Told{Said: o.Said}
	if !short {
		t.Lines = o.Lines
	}
	return t
}

func (t Told) pack() string {
	if t.Said == nil && len(t.Lines) == 0 {
		return ""
	}
	b, _ := json.Marshal(t) // texts only: cannot fail
	return storable(string(b))
}

// unpackTold reads what pack wrote. What cannot be read, is left to the text beside it.
func unpackTold(text string) (t Told) {
	if text == "" || json.Unmarshal([]byte(text), &t) != nil {
		return Told{}
	}
	return t
}
