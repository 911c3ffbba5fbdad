// SPDX-License-Identifier: Apache-2.0

// Package mime reads mail that anybody may have written: broken, hostile or merely old.
//
// A mail is scanned before it is parsed: size, depth, number of parts and length of headers are counted line by line in
// constant memory, and what goes beyond the [Limits] is not parsed at all but reported as a [LimitError] with what its
// header says. The same scanner then mends the headers of what is parsed, so that the library behind it meets only
// well-formed ones. Text is decoded leniently: a wrong character costs that character, not the mail.
//
// What may never happen: a panic; memory or time that grows faster than the mail; HTML that can do anything in a page.
package mime
