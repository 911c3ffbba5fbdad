// SPDX-License-Identifier: Apache-2.0

package said_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mainstay/kit/locale"
	"mainstay/kit/said"
	"mainstay/kit/wire"
)

func TestSentences(t *testing.T) {
	german := locale.New("de-DE", time.UTC)
	day := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		s           wire.Said
		english, de string
		quoted      string
	}{
		{wire.Say("Answered %d after %s.", 503, 1234*time.Millisecond), "Answered 503 after 1.2 s.", "Antwortet mit 503 nach 1,2 s.", ""},
		{wire.Say("No connection to port %s: %s.", "25", wire.Say("the connection was refused: nothing listens there")), "No connection to port 25: the connection was refused: nothing listens there.", "Keine Verbindung zu Port 25: die Verbindung wurde abgelehnt: Dort lauscht nichts.", "25"},
		{wire.Say("It greets with %q; expected %q.", "220 mx <b>", "ESMTP"), `It greets with "220 mx <b>"; expected "ESMTP".`, `Begrüßt mit "220 mx <b>"; erwartet wird "ESMTP".`, `"220 mx <b>" "ESMTP"`},
		{wire.Say("Valid until %s, %s more; %s, from %s.", day, wire.Say("%d day|%d days", 1), "TLS 1.3", "An Authority"), "Valid until 2026-03-05, 1 day more; TLS 1.3, from An Authority.", "Gültig bis 05.03.2026, noch 1 Tag; TLS 1.3, Aussteller: An Authority.", "TLS 1.3 An Authority"},
		{wire.Say("%.0f %% are lost.", 20.4).And(wire.Say("Too slow from %s on.", 3*time.Second)), "20 % are lost. Too slow from 3.0 s on.", "20 % sind verloren. Zu langsam ab 3,0 s.", ""},
		{wire.Say("%s", "as it came \uE0F0"), "as it came \uE0F0", "as it came ", "as it came "},
	} {
		b, err := json.Marshal(x.s)
		if err != nil {
			t.Fatal(err)
		}
		var back wire.Said
		if err := json.Unmarshal(b, &back); err != nil || back.Check() != nil {
			t.Fatalf("%s: %v %v", b, err, back.Check())
		}
		if got := back.String(); got != x.english {
			t.Errorf("English %q, want %q", got, x.english)
		}
		var all, quoted []string
		for _, p := range said.Parts(german, &back, "") {
			all = append(all, p.Text)
			if p.Quoted {
				quoted = append(quoted, p.Text)
			}
		}
		if got := strings.Join(all, ""); got != x.de {
			t.Errorf("German %q, want %q", got, x.de)
		}
		if got := strings.Join(quoted, " "); got != x.quoted {
			t.Errorf("quoted %q, want %q", got, x.quoted)
		}
	}
	// What an older agent says is told as it is.
	if got := said.Parts(german, nil, "Answered 200."); len(got) != 1 || !got[0].Quoted || got[0].Text != "Answered 200." {
		t.Errorf("%v", got)
	}
}

// What a hostile agent sends is refused by the protocol and never becomes a format.
func TestHostileSentences(t *testing.T) {
	deep := wire.Say("x")
	for range 20 {
		deep = wire.Say("%s", deep)
	}
	for _, s := range []wire.Said{
		deep,
		wire.Say("%999999999d", 1),
		wire.Say("%s %s", "one"),
		wire.Say("%d", "text"),
		wire.Say("%[9]s", "text"),
		wire.Say("%", "text"),
		wire.Say("%s", strings.Repeat("x", 1<<20)),
		wire.Say(strings.Repeat("x", 1000)),
	} {
		o := wire.Observations{List: []wire.Observation{{Probe: "s1", Text: "the text", Said: &s}}}
		if b, err := o.Pack(); err == nil {
			if _, err := wire.UnpackObservations(b); err == nil {
				t.Errorf("%.40q is taken", s.Key)
			}
		}
		if got := said.Text(locale.New("de-DE", time.UTC), &s, "the text"); got != "the text" {
			t.Errorf("%.40q is told as %.40q", s.Key, got)
		}
	}
}
