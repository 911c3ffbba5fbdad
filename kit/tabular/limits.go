// SPDX-License-Identifier: Apache-2.0

package tabular

import "mainstay/kit/fault"

// Limits bounds what a file may ask of the machine. The zero value of each
// field means its default.
type Limits struct {
	Bytes   int64 // of the file, and of what is unpacked from it in all; default 1 GiB
	Columns int   // of one row; default 1,000
	Cell    int   // bytes of one cell; default 1 MiB
	Row     int   // bytes of one row; default 4 MiB
	Members int   // files inside a .zip; default 200
	Ratio   int64 // unpacked ÷ packed size, looked at beyond 16 MiB; default 250
	Shared  int   // bytes of the shared texts of an XLSX; default 128 MiB
}

func or[T int | int64](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Bytes: or(l.Bytes, 1<<30), Columns: or(l.Columns, 1000), Cell: or(l.Cell, 1<<20), Row: or(l.Row, 4<<20),
		Members: or(l.Members, 200), Ratio: or(l.Ratio, 250), Shared: or(l.Shared, 128<<20),
	}
}

const ratioFrom = 16 << 20 // below this an unpacked file cannot hurt

func megabytes(n int64) int64 { return (n + 1<<20 - 1) >> 20 }

func tooLarge(limit int64) error {
	return fault.NewInvalid("The file holds more than %d MB. Split it, for example by year, and import the parts.", megabytes(limit))
}

func tooManyColumns(line int64, limit int) error {
	return fault.NewInvalid("Line %d has more than %d columns. That is not an export of rows; check the delimiter or the file.", line, limit)
}

func cellTooLong(line int64, limit int) error {
	return fault.NewInvalid("Line %d has a cell of more than %d KB. A quotation mark may be left open there.", line, limit>>10)
}

func rowTooLong(line int64, limit int) error {
	return fault.NewInvalid("Line %d is longer than %d KB. A table with line ends was expected.", line, limit>>10)
}

func binaryAt(line int64) error {
	return fault.NewInvalid("Line %d has NUL bytes: this is binary data, not a table. CSV, TSV, XLSX, .zip or .gz was expected.", line)
}
