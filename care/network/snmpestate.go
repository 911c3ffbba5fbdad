// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"sync"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// estate is what is asked by SNMP and looked into, in memory: agents ask for it with each greeting. Entries are never changed, a new one
// takes their place.
type estate struct {
	mu          sync.RWMutex
	loaded      bool
	credentials map[ids.ID]*Credential
	polled      map[ids.ID]*Polled // by device
	scans       map[ids.ID]*Scan
	relays      map[ids.ID]*Relay // by device
}

func (s *Service) loadEstate(ctx context.Context) error {
	s.est.mu.RLock()
	loaded := s.est.loaded
	s.est.mu.RUnlock()
	if loaded {
		return nil
	}
	return s.refreshEstate(ctx)
}

// refreshEstate reads what is asked and looked into.
func (s *Service) refreshEstate(ctx context.Context) error {
	credentials, err := s.readCredentials(ctx)
	if err != nil {
		return err
	}
	polled, err := s.readPolled(ctx)
	if err != nil {
		return err
	}
	scans, err := s.readScans(ctx)
	if err != nil {
		return err
	}
	relays, err := s.readRelays(ctx)
	if err != nil {
		return err
	}
	rhythm := map[ids.ID]time.Duration{}
	s.est.mu.Lock()
	for id, p := range polled {
		if was := s.est.polled[id]; was != nil && was.State.At.After(p.State.At) {
			p.State.At = was.State.At // is written now and then only
		}
		if !p.Paused {
			rhythm[id] = p.Every
		}
	}
	s.est.credentials, s.est.polled, s.est.scans, s.est.relays, s.est.loaded = credentials, polled, scans, relays, true
	s.est.mu.Unlock()
	s.p.Devices.Polled(rhythm)
	return nil
}

// discoveryParts are the parts of the area that this half of it has looked at.
func (s *Service) discoveryParts() []part {
	return []part{
		{partPolled, s.polledProbes, s.takePolled},
		{partAbout, func(context.Context, *devices.Device) ([]wire.Probe, error) { return nil, nil }, s.takeAbout}, // its probes are given with the values,
		{partScans, s.scanProbes, s.takeScans},
		{partRelays, s.relayProbes, s.takeRelays},
	}
}

// The letters of its probes.
const (
	partPolled = "p"
	partAbout  = "q"
	partScans  = "d"
	partRelays = "y"
)

// Prepare reads what is asked and looked into, so that devices without an agent count as watched from the start.
func (s *Service) Prepare(ctx context.Context) error { return s.loadEstate(ctx) }
