// SPDX-License-Identifier: Apache-2.0

package mailroom_test

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"mainstay/desk/mailroom"
	"mainstay/desk/mailroom/mime/mimetest"
)

// Whatever comes becomes a ticket, an entry, a mail to review or a rejection with its reason; nothing is left lying, and
// what came can always be read again as it came.
func TestEveryMailBecomesSomething(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		rnd := rand.New(rand.NewPCG(11, 11))
		raws := [][]byte{
			{},
			{0},
			[]byte("\r\n\r\n"), []byte("From: vera@harbour.example"), []byte(strings.Repeat("\x00\xff", 5000)), []byte("From: vera@harbour.example\r\n\r\n"),
			mimetest.Nested(5000), []byte("From: vera@harbour.example\r\nSubject: =?utf-8?b?////?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe"),
			[]byte("From: vera@harbour.example\r\nContent-Type: text/html\r\n\r\n" + strings.Repeat("<table><tr><td>", 16_000)),
			[]byte("From: vera@harbour.example\r\nSubject: large\r\n\r\n" + strings.Repeat("x", 26<<20)),
			[]byte("Subject: no sender\r\n\r\nwho am I"), []byte("From: \"a\" <b>, c@d.example\r\nFrom: e@f.example\r\nDate: never\r\n\r\nx"),
		}
		for i := range 300 {
			g := mimetest.Make(rnd, i, mimetest.Envelope{From: []string{"vera@harbour.example", "stranger@nowhere.example"}[i%2], To: "help@firm.example"})
			raws = append(raws, mimetest.Break(rnd, g.Raw))
		}
		var before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		became, seen := map[mailroom.State]int{}, map[string]bool{}
		for _, raw := range raws {
			id, err := r.Take(ctx, r.box, bytes.NewReader(raw))
			if err != nil {
				t.Fatalf("%v\n%.500q", err, raw)
			}
			m, err := r.Message(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			became[m.State]++
			switch m.State {
			case mailroom.NewTicket, mailroom.Answer, mailroom.Noted:
				if m.Ticket == 0 || m.Entry == 0 {
					t.Errorf("%s without a ticket: %.300q", m.State, raw)
				}
			case mailroom.Review, mailroom.Rejected:
				if m.Reason == "" {
					t.Errorf("%s without a reason: %.300q", m.State, raw)
				}
			case mailroom.Stored:
				t.Errorf("it is left lying: %.300q", raw)
			case mailroom.Duplicate:
				if !seen[string(raw)] {
					t.Errorf("it is lost as a copy of another: %.1000q", raw)
				}
			case mailroom.Bounce:
			}
			seen[string(raw)] = true
			kept, err := r.Raw(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			var same bytes.Buffer
			if _, err := same.ReadFrom(kept); err != nil || !bytes.HasPrefix(raw, same.Bytes()) || m.Reason != "size" && same.Len() != len(raw) {
				t.Errorf("what is kept differs from what came, %d of %d bytes: %v", same.Len(), len(raw), err)
			}
			_ = kept.Close()
		}
		var after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20; grown > 64 {
			t.Errorf("%d MB are held after all is filed", grown)
		}
		t.Log(became)
		if became[mailroom.NewTicket]+became[mailroom.Answer] < 50 || became[mailroom.Review] < 50 {
			t.Errorf("the mails are not of many kinds: %v", became)
		}
	})
}

// Old programs end their lines with a bare CR.
func TestMailWithBareReturns(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, err := r.Take(ctx, r.box, strings.NewReader("From: vera@harbour.example\rSubject: Old Mac\rMessage-ID: <mac@harbour.example>\r\rThe first line\rand the second\r"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := r.Message(ctx, id)
		if err != nil || m.State != mailroom.NewTicket || m.Subject != "Old Mac" {
			t.Fatalf("%+v %v", m, err)
		}
		if th := r.thread(t, m.Ticket); th[0].Body != "The first line\nand the second" {
			t.Errorf("%q", th[0].Body)
		}
	})
}
