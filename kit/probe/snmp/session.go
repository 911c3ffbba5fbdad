// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"

	"mainstay/kit/fault"
	"mainstay/kit/wire"
)

// Target is a device and how it is asked.
type Target struct {
	Host        string // address or name
	Port        int    // 0 = 161
	Credentials Credentials
	// Wait is how long one answer may take, 0 = 2 s. A question is asked once again when it is lost.
	Wait time.Duration
	// Control is asked before anything is sent to an address; an error forbids it. nil allows all.
	Control func(network, address string, c syscall.RawConn) error
}

// The most that is read of one device in one session.
const (
	maxRows    = 2000  // of one table
	maxValues  = 60000 // of a session
	maxText    = 1000  // bytes of one text
	askAtOnce  = 20    // values in one question
	bulkValues = 60    // values in one answer
)

// session is a conversation with one device. It is not safe for concurrent use.
type session struct {
	g      *gosnmp.GoSNMP
	ctx    context.Context
	old    bool // v1: no bulk, one missing value spoils the whole answer
	narrow bool // bulk answers are lost or broken: ask for less
	values int
}

// dial opens a session. Nothing is sent yet.
func dial(ctx context.Context, t Target) (*session, error) {
	if err := t.Credentials.Check(); err != nil {
		return nil, err
	}
	port := t.Port
	if port == 0 {
		port = 161
	}
	if port < 1 || port > 65535 || t.Host == "" {
		return nil, fault.NewInvalid("%q is no address of a device.", t.Host)
	}
	wait := t.Wait
	if wait <= 0 {
		wait = 2 * time.Second
	}
	g := &gosnmp.GoSNMP{
		Target: t.Host, Port: uint16(port), Transport: "udp", Context: ctx, Timeout: wait, Retries: 1, MaxOids: bulkValues, Control: t.Control,
		AppOpts: map[string]any{"c": true},
	}
	t.Credentials.put(g)
	if err := g.Connect(); err != nil {
		return nil, err
	}
	return &session{g: g, ctx: ctx, old: t.Credentials.Version == "1"}, nil
}

func (s *session) close() { _ = s.g.Close() }

var (
	errLong   = errors.New("the device says more than is read of one device")
	errBroken = errors.New("the device's answer cannot be understood")
)

// ask runs one exchange. A library's panic over bytes of a stranger must not end the program.
func (s *session) ask(fn func() (*gosnmp.SnmpPacket, error)) (p *gosnmp.SnmpPacket, err error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	if s.values > maxValues {
		return nil, errLong
	}
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("%w: %v", errBroken, r)
		}
	}()
	p, err = fn()
	if err == nil && p == nil {
		err = errBroken
	}
	if p != nil {
		s.values += len(p.Variables)
	}
	return p, err
}

// get reads single values. What the device does not have is not in the answer.
func (s *session) get(oids ...string) (map[string]value, error) {
	out := map[string]value{}
	for len(oids) > 0 {
		n := min(len(oids), askAtOnce)
		if err := s.getSome(oids[:n], out); err != nil {
			return out, err
		}
		oids = oids[n:]
	}
	return out, nil
}

func (s *session) getSome(oids []string, out map[string]value) error {
	p, err := s.ask(func() (*gosnmp.SnmpPacket, error) { return s.g.Get(oids) })
	if err != nil {
		return err
	}
	if p.Error != gosnmp.NoError { // of v1: one of them is missing; or too much for one answer
		if len(oids) == 1 {
			return nil
		}
		half := len(oids) / 2
		return errors.Join(s.getSome(oids[:half], out), s.getSome(oids[half:], out))
	}
	for _, v := range p.Variables {
		if x, ok := read(v); ok {
			out[v.Name] = x
		}
	}
	return nil
}

// noAnswer is what is said when nothing comes back.
const noAnswer = "No answer by SNMP within %s. The device is off, the address is another, or it does not accept these credentials from here."

// trouble says in words why a device cannot be read.
func trouble(err error, wait time.Duration) wire.Said {
	var timeout net.Error
	switch {
	case errors.Is(err, gosnmp.ErrUnknownUsername):
		return wire.Say("The device does not know this user of SNMP v3.")
	case errors.Is(err, gosnmp.ErrWrongDigest):
		return wire.Say("The device refuses the password with which the SNMP user proves who it is, or the way in which it does.")
	case errors.Is(err, gosnmp.ErrDecryption):
		return wire.Say("The device cannot read what was encrypted: the second password or the way of encrypting is another.")
	case errors.Is(err, gosnmp.ErrUnknownSecurityLevel):
		return wire.Say("The device asks this SNMP user for more or less protection: check authentication and encryption.")
	case errors.Is(err, gosnmp.ErrNotInTimeWindow):
		return wire.Say("The device's SNMP clock runs away: it refuses messages as too old.")
	case errors.Is(err, syscall.ECONNREFUSED):
		return wire.Say("The machine answers, but nothing speaks SNMP there.")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return wire.Say("There is no way to this address.")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, gosnmp.ErrMaxRetriesExceeded):
		return wire.Say(noAnswer, wait)
	case errors.Is(err, errBroken), errors.Is(err, errLong):
		return wire.Say("The device answers by SNMP with something that cannot be understood.")
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Invalid {
		return wire.Say(f.Key, f.Args...)
	}
	// These gosnmp says in words alone.
	switch s := err.Error(); {
	case strings.HasPrefix(s, "request timeout"):
		return trouble(context.DeadlineExceeded, wait)
	case strings.Contains(s, "not authentic"):
		return wire.Say("The device refuses the SNMP user, its password or the way in which it proves who it is.")
	}
	return wire.Say("The device cannot be read by SNMP: %s", clean(err.Error(), 200))
}
