// SPDX-License-Identifier: Apache-2.0

package db

import "database/sql"

// Cells reads rows of whole numbers and texts one cell after the other, in the order of their columns. It spares the reflection
// with which Scan converts each cell: worth it where a hundred thousand rows are read, nowhere else.
type Cells struct {
	cells, at []any
	next      int
}

// NewCells returns a reader for rows of so many columns.
func NewCells(columns int) *Cells {
	c := &Cells{cells: make([]any, columns), at: make([]any, columns)}
	for i := range c.cells {
		c.at[i] = &c.cells[i]
	}
	return c
}

// Read takes up the current row.
func (c *Cells) Read(rows *sql.Rows) error {
	c.next = 0
	return rows.Scan(c.at...)
}

// Int returns the next cell as a whole number; NULL is 0.
func (c *Cells) Int() int64 {
	n, _ := c.cells[c.next].(int64)
	c.next++
	return n
}

// Bool reports whether the next cell is another whole number than 0.
func (c *Cells) Bool() bool { return c.Int() != 0 }

// Text returns the next cell as text; NULL is "".
func (c *Cells) Text() string {
	s, _ := c.cells[c.next].(string)
	c.next++
	return s
}
