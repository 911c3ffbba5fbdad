// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"mainstay/kit/wire"
)

func TestObservations(t *testing.T) {
	o := &wire.Observations{List: []wire.Observation{{
		Probe: "p", At: 5, State: wire.StateWarning, Text: "slow", Took: 7, Found: json.RawMessage(`{"a":1}`),
		Measures: []wire.Measure{{Series: `probe_duration_seconds{phase="tls"}`, Value: .25}},
	}}}
	data, err := o.Pack()
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.UnpackObservations(data)
	if err != nil || !reflect.DeepEqual(got, o) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestObservationsOutOfBounds(t *testing.T) {
	for name, spoil := range map[string]func(*wire.Observation){
		"name of the probe": func(o *wire.Observation) { o.Probe = strings.Repeat("x", 65) },
		"state":             func(o *wire.Observation) { o.State = 4 },
		"text":              func(o *wire.Observation) { o.Text = strings.Repeat("x", wire.MaxResultText+1) },
		"detail":            func(o *wire.Observation) { o.Detail = strings.Repeat("x", wire.MaxResultDetail+1) },
		"what was found":    func(o *wire.Observation) { o.Found = json.RawMessage(`"` + strings.Repeat("x", wire.MaxFound) + `"`) },
		"measures":          func(o *wire.Observation) { o.Measures = make([]wire.Measure, wire.MaxMeasures+1) },
		"series":            func(o *wire.Observation) { o.Measures = []wire.Measure{{Series: `x{device="another"}`}} },
	} {
		o := &wire.Observations{List: []wire.Observation{{Probe: "p"}}}
		spoil(&o.List[0])
		data, err := o.Pack()
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := wire.UnpackObservations(data); err == nil {
			t.Errorf("a wrong %s is taken", name)
		}
	}
}

func FuzzObservations(f *testing.F) {
	data, _ := (&wire.Observations{List: []wire.Observation{{Probe: "p", Measures: []wire.Measure{{Series: "a", Value: 1}}}}}).Pack()
	f.Add(data)
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = wire.UnpackObservations(data) })
}
