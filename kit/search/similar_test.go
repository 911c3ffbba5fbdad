// SPDX-License-Identifier: Apache-2.0

package search_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/search"
	"mainstay/schema"
)

func TestSimilar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, x := context.Background(), search.Index{DB: d}
		if _, err := d.Migrate(ctx, schema.Files); err != nil {
			t.Fatal(err)
		}
		docs := []search.Doc{
			{Kind: "article", Ref: 1, Title: "Outlook asks for the password", Body: "Remove the stored password."},
			{Kind: "article", Ref: 2, Title: "Printers jam", Body: "Open the lid, take out the paper."},
			{Kind: "article", Ref: 3, Title: "Drucker druckt nicht", Body: "Papier einlegen, Warteschlange leeren, Outlook schließen."},
			{Kind: "article", Ref: 4, Client: 9, Title: "Printers of Harbour", Body: "All printers stand in reception."},
			{Kind: "ticket", Ref: 5, Title: "The printer jams", Body: "paper paper"},
		}
		if err := d.Write(ctx, func(tx *sql.Tx) error {
			for _, doc := range docs {
				if err := x.Put(ctx, tx, doc); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		everything := search.Scope{All: true}
		for _, c := range []struct {
			text  string
			scope search.Scope
			want  []ids.ID
		}{
			{"Hello, our printer jams: paper everywhere, please help!", everything, []ids.ID{2, 4}},
			{"Outlook wants a password", everything, []ids.ID{1}},
			{"unsere Drucker drucken nicht mehr", everything, []ids.ID{3}},
			{"please help us with this", everything, nil},
			{"", everything, nil},
			{`printer" OR * NOT (x) ':A & |`, everything, []ids.ID{4, 2}},
			{"printer", search.Scope{Client: 9}, []ids.ID{4}},
			{"printer", search.Scope{Client: 9, House: true}, []ids.ID{4, 2}},
			{"printer", search.Scope{Client: 8, House: true}, []ids.ID{2}},
			{"printer", search.Scope{House: true}, []ids.ID{2}},
			{"printer", search.Scope{}, nil},
			{strings.Repeat("nonsense words that fit nothing ", 500), everything, nil},
		} {
			found, err := x.Similar(ctx, c.scope, c.text, 3, "article")
			if err != nil {
				t.Fatal(c.text, err)
			}
			var got []ids.ID
			for _, f := range found {
				got = append(got, f.Ref)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q finds %v, not %v", c.text, got, c.want)
			}
		}
	})
}
