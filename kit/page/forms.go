// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"errors"
	"io"

	"github.com/a-h/templ"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
)

// FormHead describes a form whose fields follow as content.
type FormHead struct {
	Action string // POST target; "" is the page's own URL
	Get    bool   // a search form
	Files  bool   // carries files
	Error  string // what is wrong with the whole, above the fields
	Narrow bool   // fields at a comfortable reading width
	Attrs  templ.Attributes
}

// Field is one labelled input. The zero Type is a line of text.
type Field struct {
	Name, Label  string
	Type         string // text, email, password, number, date, month, url, tel, search, hidden, select, textarea, checkbox, radio, file
	Value        string
	Hint         string // below the label
	Error        string // below the input, in words that say how to mend it
	Placeholder  string
	Autocomplete string   // HTML token such as "current-password"; "" for none
	Options      []Option // for select and radio
	Checked      bool     // for checkbox
	Required     bool
	Optional     bool // says so beside the label
	Disabled     bool
	Prefix       string // shown inside the input, such as a currency
	Suffix       string
	Accept       string // file types
	Multiple     bool   // several files
	Code         bool   // fixed width, for codes and tokens
	Autofocus    bool
	Attrs        templ.Attributes
}

// Option is one choice of a select or radio field.
type Option struct {
	Value, Label string
	Hint         string // radio only
	Data         bool   // Label was typed by a person
}

// Render writes the field.
func (f Field) Render(ctx context.Context, w io.Writer) error { return field(f).Render(ctx, w) }

// ErrorOn returns the sentence of err when it is a fault about the named field, in the reader's
// language, and "" otherwise. FormHead.Error takes ErrorOn(ctx, err, "").
func ErrorOn(ctx context.Context, err error, name string) string {
	if err == nil {
		return ""
	}
	where := ""
	if e, ok := errors.AsType[*fault.Error](err); ok {
		where = e.Field
	}
	if where != name {
		return ""
	}
	return locale.From(ctx).Fault(err)
}

func (f Field) id() string { return "f-" + f.Name }

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// describedBy names the hint and the error for screen readers.
func (f Field) describedBy() string {
	s := ""
	if f.Hint != "" {
		s = f.id() + "-hint"
	}
	if f.Error != "" {
		if s != "" {
			s += " "
		}
		s += f.id() + "-error"
	}
	return s
}
