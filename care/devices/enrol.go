// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nkeys"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// How long an agent's credential is good, and from what age on it gets a new one when it greets, which it does each day. A device that
// was off for a year comes back by itself; what is stolen or retired is refused by its key, not by time.
const (
	credentialLife = 400 * 24 * time.Hour
	credentialAge  = 30 * 24 * time.Hour
)

// Enrol gives a device its credential. It is called by whoever holds a token: everything in r is distrusted. A device that was here
// before keeps its record and gets its new key; the key that it had is refused from now on.
func (s *Service) Enrol(ctx context.Context, r *wire.EnrolRequest) (*wire.EnrolReply, error) {
	if s.hub == nil {
		return nil, fault.NewConflict("This server takes no agents.")
	}
	if err := checkRequest(r); err != nil {
		return nil, err
	}
	if err := s.knowAlike(ctx, &r.Machine); err != nil {
		return nil, err
	}
	var d *Device
	var was *entry
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		t, err := s.useToken(ctx, q, r.Token, r.Secret)
		if err != nil {
			return err
		}
		if _, err := q.Key(ctx, r.Key); err == nil {
			return fault.NewConflict("This key is enrolled already.")
		}
		d, was, err = s.settle(ctx, q, r, &t)
		if err != nil {
			return err
		}
		err = q.InsertKey(ctx, store.InsertKeyParams{PublicKey: r.Key, DeviceID: int64(d.ID), ClientID: int64(d.Client), TokenID: int64(t.ID), IssuedAt: d.Enrolled})
		if err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "devices.enrol", d.Name, r.Machine.OS+" "+line(r.Agent, 40))
	})
	if err != nil {
		return nil, err
	}
	s.took(d)
	if d.Copied == d.Enrolled {
		if err := s.Refresh(ctx); err != nil { // the other one was marked
			return nil, err
		}
	}
	s.roster.mu.Lock()
	s.roster.putKey(d.ID, r.Key, d.Client)
	s.roster.mu.Unlock()
	revoked := map[string]int64{}
	if was != nil && was.key != "" {
		revoked[was.key] = d.Enrolled
		if was.account != d.Client {
			if err := s.hub.Admit(ctx, was.account.String(), revoked); err != nil {
				return nil, err
			}
		}
	}
	if err := s.hub.Admit(ctx, d.Client.String(), revoked); err != nil {
		return nil, err
	}
	return s.reply(ctx, d, r.Key)
}

// knowAlike makes sure that memory has the devices that a machine may be: another process may have written them just now.
func (s *Service) knowAlike(ctx context.Context, m *wire.Machine) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	rows, err := store.New(s.p.DB.Reader()).Alike(ctx, m.ID, m.Serial)
	if err != nil {
		return err
	}
	for _, x := range rows {
		if d, ok := s.roster.look(ids.ID(x.ID)); !ok || d.Version < x.Version {
			return s.Refresh(ctx)
		}
	}
	return nil
}

// reply is what an agent stores: who it is, and how it connects.
func (s *Service) reply(ctx context.Context, d *Device, key string) (*wire.EnrolReply, error) {
	credential, err := s.hub.Credential(d.Client.String(), d.ID.String(), key, s.p.Clock.Now().Add(credentialLife))
	if err != nil {
		return nil, err
	}
	out := &wire.EnrolReply{Device: d.ID.String(), Name: d.Name, Credential: credential, Servers: s.reach.Brokers, CA: s.reach.CA, Time: s.now()}
	if names, err := s.p.Clients.Names(ctx, access.WholeFirm(), d.Client); err == nil {
		out.Client = names[d.Client]
	}
	return out, nil
}

func checkRequest(r *wire.EnrolRequest) error {
	key, err := nkeys.FromPublicKey(r.Key)
	if err != nil || !nkeys.IsValidPublicUserKey(r.Key) {
		return fault.NewInvalid("The device's key cannot be read. Install the agent's current version.")
	}
	if key.Verify(r.Signed(), r.Proof) != nil {
		return fault.NewInvalid("The request is not signed by the device's key.")
	}
	m := &r.Machine
	m.Name, m.Serial = line(m.Name, 100), cleanSerial(m.Serial)
	if len(m.ID) > 128 || len(m.MACs) > 64 || m.Name == "" {
		return fault.NewInvalid("The device does not say which machine it is.")
	}
	m.ID = strings.ToLower(line(m.ID, 128))
	return nil
}

// settle finds the record of a machine that enrols, or makes one. was is what the roster knew of it.
func (s *Service) settle(ctx context.Context, q *store.Queries, r *wire.EnrolRequest, t *Token) (d *Device, was *entry, err error) {
	now := s.now()
	known, copied := s.recognise(&r.Machine, t.Client, now)
	if known != nil {
		e := *known
		was = &e
		d = e.d.clone()
		if _, err := q.RevokeKeys(ctx, now, "enrolled anew", int64(d.ID)); err != nil {
			return nil, nil, err
		}
	} else {
		d = &Device{ID: s.p.IDs.New(), Version: 1, Client: t.Client, Name: r.Machine.Name, Kind: firstKind(t.Kind), Warranty: civil.NoDate, Bought: civil.NoDate, EOL: civil.NoDate, Made: now}
	}
	before := *d
	d.Hostname, d.Machine, d.Family, d.Arch, d.Agent = r.Machine.Name, r.Machine.ID, line(r.Machine.OS, 40), line(r.Machine.Arch, 40), line(r.Agent, 40)
	d.Source, d.Enrolled, d.Changed, d.Retired, d.Replaced = ByAgent, now, now, 0, 0
	if r.Machine.Serial != "" {
		d.Serial = r.Machine.Serial
	}
	if t.Site != 0 {
		d.Site = t.Site
	}
	if copied != nil {
		d.Copied = now
		if err := s.markCopy(ctx, q, copied, now); err != nil {
			return nil, nil, err
		}
	}
	if known == nil {
		err = q.InsertDevice(ctx, toNewRow(d))
	} else {
		err = update(ctx, q, d)
	}
	if err == nil {
		err = s.logEnrolment(ctx, q, &before, d)
	}
	if err == nil && known != nil {
		err = s.logChanges(ctx, q, &before, d)
	}
	return d, was, err
}

// logChanges logs what of a record that was here an enrolment changed: the site of the token, the serial number.
func (s *Service) logChanges(ctx context.Context, q *store.Queries, before, after *Device) error {
	if before.Site == after.Site && before.Serial == after.Serial {
		return nil
	}
	w, err := s.words(ctx, access.WholeFirm(), after.Client)
	if err != nil {
		return err
	}
	for _, c := range w.changes(ctx, before, after) {
		if err := s.log(ctx, q, after, c); err != nil {
			return err
		}
	}
	return nil
}

func firstKind(wanted Kind) Kind {
	if slices.Contains(Kinds(), wanted) {
		return wanted
	}
	return OtherKind // until the first inventory tells
}

// recognise finds the device that a machine was: by the operating system's identifier, else by the serial number with the
// same client. A machine whose identifier belongs to a device that is being heard right now is a copy of that one.
func (s *Service) recognise(m *wire.Machine, client ids.ID, now int64) (known, copied *entry) {
	r := &s.roster
	r.mu.RLock()
	defer r.mu.RUnlock()
	var bySerial *entry
	for _, e := range r.byID {
		if e.d.Client != client {
			continue // another client's devices are nobody's to find
		}
		switch {
		case m.ID != "" && e.d.Machine == m.ID:
			if e.d.Agent != "" && e.d.Active() && now-e.seen < Silence.Microseconds() && !sameHardware(e.d, m) {
				copied = e
				continue
			}
			if known == nil || e.d.Enrolled > known.d.Enrolled {
				known = e
			}
		case m.Serial != "" && strings.EqualFold(e.d.Serial, m.Serial) && (e.d.Machine == "" || now-e.seen >= Silence.Microseconds()):
			if bySerial == nil || e.d.Enrolled > bySerial.d.Enrolled {
				bySerial = e
			}
		}
	}
	if known == nil && copied == nil {
		known = bySerial
	}
	return known, copied
}

// sameHardware reports whether what a machine says fits the device: where both tell a serial number, it decides; else a
// common network address does.
func sameHardware(d *Device, m *wire.Machine) bool {
	if d.Serial != "" && m.Serial != "" {
		return strings.EqualFold(d.Serial, m.Serial)
	}
	if len(d.MACs) == 0 || len(m.MACs) == 0 {
		return d.Hostname == m.Name
	}
	return slices.ContainsFunc(m.MACs, func(mac string) bool { return slices.Contains(d.MACs, strings.ToLower(mac)) })
}

// cleanSerial returns "" for what vendors put where no serial number is.
func cleanSerial(s string) string {
	s = line(s, 100)
	switch strings.ToLower(strings.Trim(s, " .-_")) {
	case "", "0", "none", "n/a", "na", "default string", "to be filled by o.e.m", "to be filled by oem", "system serial number", "not specified", "not applicable",
		"unknown", "123456789", "1234567890", "0123456789", "oem", "chassis serial number", "invalid", "empty":
		return ""
	}
	if strings.Trim(s, "0") == "" || strings.Trim(s, "xX") == "" || strings.Trim(s, "fF") == "" {
		return ""
	}
	return s
}

// update writes a device whose version is the one that was read, and counts the version up.
func update(ctx context.Context, q *store.Queries, d *Device) error {
	n, err := q.UpdateDevice(ctx, toRow(d))
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NewConflict("Somebody else changed this device meanwhile. Look at it again, and repeat your change.")
	}
	d.Version++
	return nil
}

// markCopy notes on a device that another machine has its identity.
func (s *Service) markCopy(ctx context.Context, q *store.Queries, e *entry, now int64) error {
	c := e.d.clone()
	c.Copied, c.Changed = now, now
	return update(ctx, q, c)
}

func (s *Service) logEnrolment(ctx context.Context, q *store.Queries, before, after *Device) error {
	if before.Enrolled == 0 {
		return s.log(ctx, q, after, Change{Section: "device", What: Added, Item: "agent", After: after.Agent})
	}
	err := s.log(ctx, q, after, Change{Section: "device", What: Changed, Item: "enrolled anew", Before: before.Agent, After: after.Agent})
	if err == nil && before.Hostname != after.Hostname {
		err = s.log(ctx, q, after, Change{Section: "device", What: Changed, Item: "host name", Before: before.Hostname, After: after.Hostname})
	}
	return err
}
