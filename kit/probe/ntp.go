// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"math"
	"net"
	"time"

	"mainstay/kit/wire"
)

// ntpEpoch is 1900-01-01 before 1970-01-01, in seconds.
const ntpEpoch = 2_208_988_800

// ntp asks a time server once, as RFC 5905 has a client do it.
//
// Params: warn and critical (seconds that both clocks differ; 0.5 and 5), stratum (the most, 15).
func ntp(ctx context.Context, t *Task) (wire.State, wire.Said) {
	warn, critical := t.Params.Number("warn", .5), t.Params.Number("critical", 5)
	most := t.Params.Count("stratum", 15, 1, 15)
	host, port := t.HostPort("123")
	if t.Params.Err != nil {
		return wire.StateUnknown, wire.Said{}
	}
	conn, err := t.Guard.Dial(ctx, "udp", net.JoinHostPort(host, port))
	if err != nil {
		return wire.StateCritical, wire.Say("The time server cannot be asked: %s.", Reason(err))
	}
	defer func() { _ = conn.Close() }()
	if d, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(d)
	}
	q := make([]byte, 48)
	q[0] = 4<<3 | 3          // version 4, client
	_, _ = rand.Read(q[40:]) // instead of our time: it says nothing of us and cannot be guessed
	sent, out := time.Now(), q[40:]
	if _, err := conn.Write(q); err != nil {
		return wire.StateCritical, wire.Say("The time server cannot be asked: %s.", Reason(err))
	}
	a := make([]byte, 512)
	for {
		n, err := conn.Read(a)
		if err != nil {
			return wire.StateCritical, wire.Say("The time server does not answer: %s.", Reason(err))
		}
		if n >= 48 && a[0]&7 == 4 && string(a[24:32]) == string(out) { // an answer, and to this question
			break
		}
	}
	took := time.Since(sent)
	got := sent.Add(took)
	leap, stratum := a[0]>>6, int(a[1])
	heard, said := ntpTime(a[32:]), ntpTime(a[40:])
	offset := (heard.Sub(sent) + said.Sub(got)) / 2 // how much its clock is ahead of ours
	t.Measure("probe_duration_seconds", took.Seconds())
	t.Measure("probe_ntp_stratum", float64(stratum))
	if stratum == 0 {
		return wire.StateCritical, wire.Say("The time server refuses to answer (%s).", Line(string(a[12:16])))
	}
	if leap == 3 || stratum >= 16 {
		return wire.StateCritical, wire.Say("The time server has no time itself: it is not synchronised (stratum %d).", stratum)
	}
	t.Measure("probe_ntp_offset_seconds", offset.Seconds())
	t.Find(map[string]any{"stratum": stratum, "offset": offset.Seconds(), "delay": took.Seconds(), "reference": reference(stratum, a[12:16])})
	text := wire.Say("Stratum %d, its clock differs from this one by %s.", stratum, offsetText(offset))
	switch off := math.Abs(offset.Seconds()); {
	case critical > 0 && off >= critical:
		return wire.StateCritical, text
	case warn > 0 && off >= warn:
		return wire.StateWarning, text
	case stratum > most:
		return wire.StateWarning, text.And(wire.Say("Stratum %d at most is asked for.", most))
	}
	return wire.StateOK, text
}

func offsetText(d time.Duration) wire.Said {
	if d.Abs() < time.Millisecond {
		return wire.Say("less than 1 ms")
	}
	return wire.Say("%s", d.Abs())
}

// ntpTime reads a time stamp of RFC 5905, section 6; those before 1968 belong to the era that begins in 2036.
func ntpTime(b []byte) time.Time {
	s, frac := int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))
	if s < 1<<31 {
		s += 1 << 32
	}
	return time.Unix(s-ntpEpoch, frac*1e9>>32)
}

// reference is where a server has its time from: of stratum 1 a kind of clock, else an address or a part of one.
func reference(stratum int, b []byte) string {
	if stratum == 1 {
		return Line(string(b))
	}
	return net.IP(b).String()
}
