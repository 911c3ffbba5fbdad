// SPDX-License-Identifier: Apache-2.0

package relay_test

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"mainstay/kit/probe"
	"mainstay/kit/probe/relay"
	"mainstay/kit/wire"
)

// TestRelay: whatever hosts of a network write, it comes, in its order, and within the bounds of an observation.
func TestRelay(t *testing.T) {
	for name, text := range map[string]string{
		"quotes": strings.Repeat(`"\`, 500), "markup": strings.Repeat("<>&", 2700), "control characters": strings.Repeat("\x01", 8000), "no UTF-8": strings.Repeat("\xffa", 4000),
	} {
		t.Run(name, func(t *testing.T) { testRelay(t, text) })
	}
}

func testRelay(t *testing.T, text string) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	kinds := probe.Kinds{relay.Kind: relay.New()}
	look := func() (wire.Observation, relay.Found) {
		o := kinds.Run(t.Context(), wire.Probe{ID: "y1", Kind: relay.Kind, Target: "127.0.0.1", Params: map[string]string{relay.ParamPort: port}}, probe.Local())
		var f relay.Found
		if len(o.Found) > 0 {
			if err := json.Unmarshal(o.Found, &f); err != nil {
				t.Fatal(err)
			}
		}
		return o, f
	}
	if o, _ := look(); o.State != wire.StateCritical || !strings.Contains(o.Text, "taken by another program") {
		t.Fatalf("%d %q", o.State, o.Text)
	}
	_ = free.Close()
	if o, f := look(); o.State != wire.StateOK || len(f.Lines) != 0 {
		t.Fatalf("%q, %v", o.Text, f)
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	// Full of what JSON escapes: more than one observation holds, and in their order over several.
	number := 400_000 / len(text)
	for i := range number {
		fmt.Fprintf(c, "<13>%d %s\xff\n", i, text)
	}
	next := 0
	for until := time.Now().Add(30 * time.Second); next < number && time.Now().Before(until); {
		o, f := look()
		list := wire.Observations{List: []wire.Observation{o}}
		if b, err := list.Pack(); err != nil {
			t.Fatal(err)
		} else if _, err := wire.UnpackObservations(b); err != nil {
			t.Fatalf("the protocol refuses it: %v", err)
		}
		for _, l := range f.Lines {
			if !strings.HasPrefix(l.Data, fmt.Sprintf("<13>%d ", next)) || l.From != "127.0.0.1" {
				t.Fatalf("message %d is %.20q from %s", next, l.Data, l.From)
			}
			next++
		}
		if f.Dropped > 0 {
			t.Fatalf("%d dropped", f.Dropped)
		}
		if len(f.Lines) > 0 && f.At < f.Lines[len(f.Lines)-1].At {
			t.Fatal("what came came later than it was handed over")
		}
	}
	if next != number {
		t.Errorf("%d of %d messages", next, number)
	}
}
