// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/practice/books"
)

// The same file again is the same file, however its mapping came about: chosen for it, remembered since, or
// recognised. Only another reading of it is refused.
func TestSameFileAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		data := "Whom,When,What,Worth\nAcme,2024-01-31,Support,10.00\n"
		header := []string{"Whom", "When", "What", "Worth"}
		sig := books.Signature(header, ',')
		m := books.Mapping{Kind: books.KindLines, Header: header, Columns: map[books.Field]int{books.FieldClient: 0, books.FieldDate: 1, books.FieldText: 2, books.FieldAmount: 3}}
		mapped := func(m books.Mapping) books.Choices {
			return books.Choices{Mappings: map[string]*books.Mapping{sig: &m}}
		}
		commit := func(name, data string, c books.Choices) (books.Result, error) {
			i, err := r.Upload(ctx, name, strings.NewReader(data), "")
			if err != nil {
				t.Fatal(err)
			}
			return r.Commit(ctx, i.ID, c, nil)
		}
		again := func(what, data string, c books.Choices) {
			t.Helper()
			if res, err := commit("again.csv", data, c); err != nil || !res.Already {
				t.Errorf("%s: %+v, %v", what, res, err)
			}
		}
		other := func(what, data string, c books.Choices) {
			t.Helper()
			if res, err := commit("again.csv", data, c); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "other choices") {
				t.Errorf("%s: %+v, %v", what, res, err)
			}
		}
		if res, err := commit("a.csv", data, mapped(m)); err != nil || res.Added != 1 {
			t.Fatalf("%+v, %v", res, err)
		}
		again("the mapping is remembered", data, books.Choices{})
		named := m
		named.Header, named.Origins = []string{"WHOM", "When", "What", "Worth"}, map[string]books.Origin{}
		again("the mapping is said again", data, mapped(named))
		moved := m
		moved.Columns = maps.Clone(m.Columns)
		delete(moved.Columns, books.FieldText)
		other("without the text", data, mapped(moved))
		other("in another currency", data, books.Choices{Currency: "GBP"})

		// A file that was recognised, with the same said by hand later, and with something else.
		plain := head + jan
		if res, err := commit("jan.csv", plain, books.Choices{}); err != nil || res.Added != 3 {
			t.Fatalf("%+v, %v", res, err)
		}
		list, err := r.List(ctx, 0, 1)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		table := list[0].Report.Tables[0]
		again("recognised and then said", plain, books.Choices{Mappings: map[string]*books.Mapping{table.Signature: table.Mapping}})
		euro := *table.Mapping
		euro.Currency = "EUR"
		other("recognised and then in euro", plain, books.Choices{Mappings: map[string]*books.Mapping{table.Signature: &euro}})

		if err := r.ForgetMapping(ctx, sig); err != nil {
			t.Fatal(err)
		}
		other("the mapping is forgotten", data, books.Choices{})
		if n := r.count(t, "SELECT count(*) FROM books_lines"); n != 4 {
			t.Errorf("%d lines", n)
		}
	})
}
