// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/care/monitoring"
	"mainstay/kit/fault"
)

// A receiver's token goes to the server for which it was entered and to no other.
func TestATokenStaysWithItsServer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		got := "nothing"
		serve := func(w http.ResponseWriter, q *http.Request) { got = q.Header.Get("Authorization") }
		first, second := httptest.NewServer(http.HandlerFunc(serve)), httptest.NewServer(http.HandlerFunc(serve))
		defer first.Close()
		defer second.Close()
		hook := monitoring.Hook{Name: "Push", Form: monitoring.Ntfy}
		save := func(address string, token monitoring.Token) {
			t.Helper()
			id, err := r.SaveHook(r.ada, hook, address, token)
			if err != nil {
				t.Fatal(err)
			}
			hook.ID, hook.Version = id, hook.Version+1
		}
		sent := func(want string) {
			t.Helper()
			if code, err := r.TryHook(r.ada, hook.ID); code != "" || err != nil {
				t.Fatal(code, err)
			}
			list, err := r.Hooks(bg)
			if err != nil || len(list) != 1 || list[0].Token != (want != "") {
				t.Errorf("%+v %v", list, err)
			}
			if want != "" {
				want = "Bearer " + want
			}
			if got != want {
				t.Errorf("the receiver got %q, want %q", got, want)
			}
		}
		save(first.URL+"/alerts", monitoring.Token{New: "s3cret"})
		sent("s3cret")
		save("", monitoring.Token{})
		sent("s3cret")
		save(first.URL+"/others", monitoring.Token{}) // another topic of the same server
		sent("s3cret")
		save(second.URL+"/alerts", monitoring.Token{})
		sent("")
		save(first.URL+"/alerts", monitoring.Token{}) // nor does it come back
		sent("")
		save(second.URL+"/alerts", monitoring.Token{New: "other"})
		sent("other")
		save(strings.Replace(second.URL, "127.0.0.1", "localhost", 1)+"/alerts", monitoring.Token{New: "third"})
		sent("third")
		save("", monitoring.Token{Drop: true})
		sent("")
		if _, err := r.SaveHook(r.ada, monitoring.Hook{ID: hook.ID, Version: 1, Name: "Push", Form: monitoring.Ntfy}, "", monitoring.Token{}); !fault.Is(err, fault.Conflict) {
			t.Errorf("an old version is saved: %v", err)
		}
	})
}
