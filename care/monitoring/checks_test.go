// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"strings"
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// A check goes to the agents of its place, two bad results make an alert in words, and with the check its alert goes.
func TestChecks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		told := map[ids.ID]int64{}
		r.parts.Configure = func(d ids.ID, revision int64) { told[d] = revision }
		r.start()
		before, err := r.Config(bg, r.devices[1])
		if err != nil || len(before.Checks) != 1 || before.Checks[0].Kind != "smart" {
			t.Fatalf("%+v %v", before, err)
		}
		id, err := r.SaveCheck(r.ada, monitoring.Check{
			Place: monitoring.Place{Level: monitoring.ByClient, ID: r.harbour}, Kind: "service", Name: "Print spooler", Every: 5 * time.Minute,
			Params: map[string]string{"name": "cups", "state": "running", "nonsense": "x"},
		})
		if err != nil {
			t.Fatal(err)
		}
		config, err := r.Config(bg, r.devices[1])
		if err != nil || len(config.Checks) != 2 || config.Checks[1].Params["name"] != "cups" || len(config.Checks[1].Params) != 2 || config.Revision == before.Revision {
			t.Fatalf("%+v %v", config, err)
		}
		if other, err := r.Config(bg, r.devices[5]); err != nil || len(other.Checks) != 1 {
			t.Errorf("another client's: %+v %v", other, err)
		}
		if told[1] != config.Revision || told[5] == config.Revision {
			t.Errorf("told %v", told)
		}
		result := func(check string, state wire.State, text string) {
			t.Helper()
			r.clock.Advance(5 * time.Minute)
			if err := r.TakeResults(bg, r.devices[1], []wire.Result{{Check: check, At: r.clock.Now().UnixMicro(), State: state, Text: text}}); err != nil {
				t.Fatal(err)
			}
			r.work()
		}
		result(id.String(), wire.StateOK, "runs")
		result(id.String(), wire.StateCritical, "does not run\x00")
		result("smart", wire.StateUnknown, "No drive says anything")
		result("0000000000001", wire.StateCritical, "of no check")
		if n := len(r.alerts()); n != 0 {
			t.Fatalf("%d alerts after one bad result", n)
		}
		result(id.String(), wire.StateCritical, "does not run")
		a := r.one(monitoring.Open)
		if a.Watch.Key != "check" || !strings.Contains(a.Series, id.String()) || a.Level != 2 {
			t.Errorf("%+v", a)
		}
		if got := r.WordsFor(r.ada).Title(a); got != "Check failed: Print spooler" {
			t.Errorf("%s", got)
		}
		// What comes again, or late, changes nothing.
		if err := r.TakeResults(bg, r.devices[1], []wire.Result{{Check: id.String(), At: r.clock.Now().Add(-time.Hour).UnixMicro(), State: wire.StateOK, Text: "late"}}); err != nil {
			t.Fatal(err)
		}
		list, err := r.Outcomes(bg, 1, nil)
		if err != nil || len(list) != 2 || list[1].Text != "does not run" && list[0].Text != "does not run" {
			t.Errorf("%+v %v", list, err)
		}
		counts, err := r.CountOutcomes(bg)
		if err != nil || counts[id] != [4]int{0, 0, 1, 0} {
			t.Errorf("%v %v", counts, err)
		}
		if err := r.DropCheck(r.ada, id); err != nil {
			t.Fatal(err)
		}
		if a := r.one(); a.State != monitoring.Resolved || a.Cause != monitoring.Gone {
			t.Errorf("%+v", a)
		}
		result(id.String(), wire.StateCritical, "an agent that has not heard of it yet")
		if list, err = r.Outcomes(bg, 1, nil); err != nil || len(list) != 1 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

func TestWhatIsNoCheck(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		firm := monitoring.Place{Level: monitoring.ByFirm}
		for _, c := range []monitoring.Check{
			{Place: firm, Kind: "shell", Name: "x", Every: time.Minute},
			{Place: firm, Kind: "service", Name: "x", Every: time.Minute},
			{Place: firm, Kind: "service", Name: "", Every: time.Minute, Params: map[string]string{"name": "x"}},
			{Place: firm, Kind: "service", Name: "x", Every: time.Second, Params: map[string]string{"name": "x"}},
			{Place: firm, Kind: "service", Name: "x", Every: time.Minute, Params: map[string]string{"name": "x", "state": "sideways"}},
			{Place: firm, Kind: "port", Name: "x", Every: time.Minute, Params: map[string]string{"port": "-1"}},
			{Place: firm, Kind: "log", Name: "x", Every: time.Minute},
			{Place: firm, Kind: "certificate", Name: "x", Every: time.Minute},
			{Place: monitoring.Place{Level: monitoring.ByClient}, Kind: "service", Name: "x", Every: time.Minute, Params: map[string]string{"name": "x"}},
		} {
			if _, err := r.SaveCheck(r.ada, c); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}
