// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"testing"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
)

func TestCells(t *testing.T) {
	d := dbtest.Open(t)
	rows, err := d.Reader().QueryContext(t.Context(), "SELECT CAST(7 AS BIGINT), CAST('sieben' AS TEXT), CAST(0 AS BIGINT), CAST(NULL AS TEXT), CAST(NULL AS BIGINT) UNION ALL SELECT CAST(-8 AS BIGINT), CAST('' AS TEXT), CAST(1 AS BIGINT), CAST('x' AS TEXT), CAST(9223372036854775807 AS BIGINT) ORDER BY 1 DESC")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	type row struct {
		n    int64
		s    string
		b    bool
		null string
		big  int64
	}
	var got []row
	c := db.NewCells(5)
	for rows.Next() {
		if err := c.Read(rows); err != nil {
			t.Fatal(err)
		}
		got = append(got, row{c.Int(), c.Text(), c.Bool(), c.Text(), c.Int()})
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := []row{{7, "sieben", false, "", 0}, {-8, "", true, "x", 1<<63 - 1}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v", got)
	}
}
