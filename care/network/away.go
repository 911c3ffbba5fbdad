// SPDX-License-Identifier: Apache-2.0

package network

import (
	"slices"
	"strings"
	"time"

	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// silent are how the texts begin with which ping and SNMP say that nothing at all comes back. One that refuses a password, or whose port
// is closed, is there.
func silent() []string {
	return []string{"No answer from ", "No answer by SNMP within ", "There is no way to this address."}
}

// fresh is how long it counts that a ping service had an answer.
const fresh = 10 * time.Minute

// Away reports whether a device that is asked, or the machine that a ping service watches, did not answer at all when it was looked at
// last. A device that does not answer by SNMP but to pings is there. It answers from memory.
func (s *Service) Away(id ids.ID) bool {
	if w, ok := s.Look(id); ok {
		return w.Kind == "ping" && !w.Paused && s.StateOf(id).silent()
	}
	p, ok := s.lookPolled(id)
	return ok && !p.Paused && p.State.silent() && !s.pinged(id)
}

func (s State) silent() bool {
	return s.State == wire.StateCritical && slices.ContainsFunc(silent(), func(begin string) bool { return strings.HasPrefix(s.Text, begin) })
}

// pinged reports whether a ping service had an answer of a device just now.
func (s *Service) pinged(device ids.ID) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, w := range s.list {
		st := s.states[id]
		if w.Device == device && w.Kind == "ping" && !w.Paused && (st.State == wire.StateOK || st.State == wire.StateWarning) && st.At.After(s.now().Add(-fresh)) {
			return true
		}
	}
	return false
}
