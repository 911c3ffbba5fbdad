// SPDX-License-Identifier: Apache-2.0

// Package paper draws business documents as PDF: letterhead, window address, paragraphs, long tables with a carried subtotal, QR
// codes. It knows no business words: invoices, quotes, agreements, statements and reminders are drawn with it.
//
//	s := paper.New(p, look, paper.SizeFor("DE"), "Rechnung R-1", day)
//	s.Letter(paper.Letter{To: …, Facts: …, Title: …})
//	s.Table(&paper.Table{…})
//	s.Paragraph("…")
//	err := s.Write(w)
//
// # What it promises
//
//   - The same calls give the same bytes: the day handed in is the only date in the file.
//   - Letters are embedded (Liberation Sans: Latin, Greek, Cyrillic); what they lack is shown as □, never left out.
//   - Nothing is cut: texts wrap, tables break between lines, and a page that begins within a table says what came before.
//   - The address stands in the window of a DIN long envelope on A4 and of a #10 envelope on US Letter.
//
// Units are millimetres from the top left corner, sizes of type are points. Texts of its own go through kit/locale and are there in
// every language of documents ([mainstay/kit/locale.Documents]).
package paper
