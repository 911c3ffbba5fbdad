// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"io"
)

// Direction is how a column is sorted now.
type Direction string

// The directions; the zero value is "not sorted by this column".
const (
	Unsorted   Direction = ""
	Ascending  Direction = "ascending"
	Descending Direction = "descending"
)

// Column is one column of a table.
type Column struct {
	Label  string
	Sort   string // URL that sorts by this column; "" cannot be sorted
	Dir    Direction
	Num    bool // numbers: aligned right
	Wide   bool // hidden on narrow screens; cells carry class "wide" too
	Hidden bool // the label is for screen readers only
	Data   bool // Label was typed by a person
}

// TableHead describes a table whose rows follow as content. Rows that can be
// opened have a link with data-open in their first cell: then J and K move, Enter opens.
type TableHead struct {
	Caption string // accessible name, not shown
	Columns []Column
	Foot    string // quiet line below, such as the number of rows
	Stack   bool   // on narrow screens a row becomes a small list; cells carry data-label
	Plain   bool   // without a frame of its own, inside a card
}

// Pager leads through a list by keyset: to older and to newer rows. Empty URLs are
// shown as ends of the list.
type Pager struct {
	Newer, Older string // URLs
	Text         string // quiet text between, such as "1–50 of 1,204"
}

// Render writes the pager, nothing when there is only one page.
func (p Pager) Render(ctx context.Context, w io.Writer) error { return pager(p).Render(ctx, w) }

// Chip is one filter of a list. On shows that it is in force, and its URL takes it away.
type Chip struct {
	Label, Href string
	On          bool
	Data        bool
}

// Filters is the line above a list: a search field that "/" focuses and chips.
type Filters struct {
	Action      string // URL of the list, for the search form
	Query       string
	Placeholder string
	Chips       []Chip
	Keep        map[string]string // hidden fields of the search form
}

// Render writes the line.
func (f Filters) Render(ctx context.Context, w io.Writer) error { return filters(f).Render(ctx, w) }

// Hit is one row of the command palette.
type Hit struct {
	Href, Icon, Label string
	Hint              string // what it is: "Client", "Go to"
	Of                string // whose it is, typed by a person; may be empty
	Data              bool   // Label was typed by a person
}

// Hits is the answer to GET /palette?q=…: rows for the command palette.
type Hits []Hit

// Render writes the rows.
func (h Hits) Render(ctx context.Context, w io.Writer) error { return hits(h).Render(ctx, w) }
