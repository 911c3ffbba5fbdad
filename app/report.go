// SPDX-License-Identifier: Apache-2.0

package app

import (
	"io"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/practice/journey"
)

// WriteText writes the assessment for a terminal.
func WriteText(w io.Writer, a *Assessment, p locale.Printer) error {
	return journey.WriteText(w, a.Assessment, p)
}

// WriteHTML writes the whole assessment as one self-contained HTML file.
func WriteHTML(io.Writer, *Assessment, locale.Printer) error {
	return fault.NewInvalid("not yet")
}

// WritePDF writes the assessment as a PDF file.
func WritePDF(io.Writer, *Assessment, locale.Printer) error {
	return fault.NewInvalid("not yet")
}
