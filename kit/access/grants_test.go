// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// A token for some clients has permissions on time series and no others, also when its row is changed by hand.
func TestTokensForClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		me := r.owner(t)
		if _, err := r.NewToken(me, "script", []access.Permission{access.SeriesRead, access.ClientsRead}, 0, 7); !fault.Is(err, fault.Invalid) {
			t.Errorf("clients besides series: %v", err)
		}
		token, err := r.NewToken(me, "script", []access.Permission{access.SeriesRead}, time.Hour, 7, 8)
		if err != nil {
			t.Fatal(err)
		}
		list, err := r.Tokens(me)
		if err != nil || len(list) != 1 || !slices.Equal(list[0].Clients, []ids.ID{7, 8}) || !slices.Equal(list[0].Scopes, []access.Permission{access.SeriesRead}) {
			t.Errorf("listed %+v %v", list, err)
		}
		var seen *access.Identity
		router, err := access.NewRouter(r.Service, "")
		if err != nil {
			t.Fatal(err)
		}
		router.Basic = []string{"/prometheus/"}
		see := func(_ http.ResponseWriter, q *http.Request) { seen = access.From(q.Context()) }
		router.HandleFunc("GET /prometheus/series", access.SeriesRead, see)
		router.HandleFunc("GET /series", access.SeriesRead, see)
		router.HandleFunc("GET /clients", access.ClientsRead, see)
		router.HandleFunc("GET /account", access.SignedIn, see)
		get := func(path string, auth func(*http.Request)) int {
			seen = nil
			q := httptest.NewRequest("GET", path, nil)
			auth(q)
			w := httptest.NewRecorder()
			router.ServeHTTP(w, q)
			return w.Code
		}
		asBearer := func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+token) }
		asBasic := func(q *http.Request) { q.SetBasicAuth("prometheus", token) }
		if got := get("/series", asBearer); got != 200 || !slices.Equal(seen.Clients, []ids.ID{7, 8}) || seen.Scope().All() || seen.Scope().Covers(7) {
			t.Errorf("series: %d %+v", got, seen)
		}
		if got := get("/prometheus/series", asBasic); got != 200 {
			t.Errorf("by basic authentication: %d", got)
		}
		if got := get("/series", asBasic); got != 401 {
			t.Errorf("by basic authentication where it is not taken: %d", got)
		}
		if got := get("/prometheus/series", func(q *http.Request) { q.SetBasicAuth("ada@example.com", good) }); got != 401 {
			t.Errorf("with a password: %d", got)
		}
		// Whatever stands in the row, a client in it holds the token to series.
		for scopes, want := range map[string][2]int{
			"series:read clients:read client=0000000000007": {200, 403},
			"series:read clients:read":                      {200, 200},
			"series:read client=nobody":                     {500, 500},
		} {
			if err := d.Write(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE access_tokens SET scopes = $1", scopes)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if got := [2]int{get("/series", asBearer), get("/clients", asBearer)}; got != want {
				t.Errorf("%q: %v, want %v", scopes, got, want)
			}
		}
	})
}
