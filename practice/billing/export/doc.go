// SPDX-License-Identifier: Apache-2.0

// Package export writes issued documents and the journal for other accounting programs: plain text that hledger, ledger and beancount
// take, and the import files of Xero, QuickBooks (Online and Desktop) and DATEV. It needs values only.
//
// # What every form keeps
//
//   - An entry that does not balance, or a document that does not add up, is refused: no file is begun for it.
//   - Amounts are the document's, to the cent. Where a program wants the tax of each line, the lines' taxes are shares that sum to
//     the tax of the document.
//   - The same values give the same bytes.
//   - Texts of people cannot change the file's shape: separators, line ends and what a spreadsheet would take for a formula are
//     disarmed.
//
// Account names and codes of taxes are the firm's; [Names] says what the other program calls them.
package export
