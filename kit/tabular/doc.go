// SPDX-License-Identifier: Apache-2.0

// Package tabular reads tables of rows out of whatever file a person has: CSV
// with any delimiter, encoding and line end, XLSX, and these inside .zip or
// .gz. It streams: memory is bounded by [Limits], never by the file.
//
// It knows nothing of what the columns mean. A [File] is opened once and may be
// read several times; [File.Each] hands out one [Table] after the other, and
// [Table.Next] one [Row] after the other. The cells of a row are UTF-8 and
// valid until the next call.
//
// It also writes: [CSV] and [XLSX] make files in which no cell can start
// a formula.
package tabular
