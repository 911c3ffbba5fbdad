// SPDX-License-Identifier: Apache-2.0

package search_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/search"
)

// The last word may be unfinished, whether few or many words begin with it.
func TestUnfinishedWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, x := context.Background(), search.Index{DB: d}
		err := d.Write(ctx, func(tx *sql.Tx) error {
			w := x.Writer(tx)
			defer w.Close()
			texts := []string{"this afternoon", "two afternoons in Zürich", "Afternoon tea", "zzzzz"}
			for i := range 12 {
				texts = append(texts, fmt.Sprintf("switch abcd%d", i))
			}
			for i, text := range texts {
				if err := w.Put(ctx, search.Doc{Kind: "note", Ref: ids.ID(i + 1), Client: 7, Title: text, Facets: []string{"open"}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for typed, want := range map[string]int{
			"afternoon": 3, "aftern": 3, "afternoons": 1, "afternoonsx": 0, "tea aftern": 1, "aftern tea": 0, "zuri": 1, "zürich": 1, "abcd": 12, "abcd1": 3, "switch abcd11": 1, "zzzzz": 1, "zzzzzz": 0,
			"zzzz": 1, "ab": 12, "fopen": 0, "note": 0, "knote": 0, "\"aftern": 3,
		} {
			for name, scope := range map[string]search.Scope{"all": {All: true}, "client": {Client: 7}, "another": {Client: 8}} {
				n := want
				if name == "another" {
					n = 0
				}
				hits, err := x.Find(ctx, scope, typed, 50)
				if err != nil || len(hits) != n {
					t.Errorf("%q for %s: %d hits, not %d, %v", typed, name, len(hits), n, err)
				}
				refs, err := x.Refs(ctx, scope, typed, 50, "note", "open")
				if err != nil || len(refs) != n {
					t.Errorf("%q for %s: %d refs, not %d, %v", typed, name, len(refs), n, err)
				}
			}
		}
	})
}
