// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"io"

	"mainstay/kit/locale"
	"mainstay/practice/journey"
	journeyweb "mainstay/practice/journey/web"
)

// WriteText writes the assessment for a terminal.
func WriteText(w io.Writer, a *Assessment, p locale.Printer) error {
	return journey.WriteText(w, a.Assessment, p)
}

// WriteHTML writes the whole assessment as one self-contained HTML file.
func WriteHTML(w io.Writer, a *Assessment, p locale.Printer) error {
	return journeyweb.WriteHTML(context.Background(), w, a.Assessment, p)
}

// WritePDF writes the assessment as a PDF file.
func WritePDF(w io.Writer, a *Assessment, p locale.Printer) error {
	return journeyweb.WritePDF(w, a.Assessment, p)
}
