// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"mainstay/care/network"
	"mainstay/kit/locale"
	"mainstay/kit/said"
	"mainstay/kit/wire"
)

// told is what was found in the reader's language. What is quoted is marked as nothing to translate.
func told(t network.Told, english string) templ.Component {
	return parts(func(p locale.Printer) [][]said.Part { return [][]said.Part{said.Parts(p, t.Said, english)} })
}

// toldMore are the lines below.
func toldMore(t network.Told, english string) templ.Component {
	return parts(func(p locale.Printer) (out [][]said.Part) {
		if len(t.Lines) == 0 {
			return [][]said.Part{said.Parts(p, nil, english)}
		}
		for i := range t.Lines {
			out = append(out, said.Parts(p, &t.Lines[i], ""))
		}
		return out
	})
}

func toldBy(o *wire.Observation) network.Told { return network.Told{Said: o.Said, Lines: o.Lines} }

// parts writes lines of parts. It is written by hand: a space between two parts would stand before a comma.
func parts(of func(locale.Printer) [][]said.Part) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		text := ""
		for i, line := range of(locale.From(ctx)) {
			if i > 0 {
				text += "\n"
			}
			for _, x := range line {
				if x.Quoted {
					text += `<span translate="no">` + templ.EscapeString(x.Text) + `</span>`
				} else {
					text += templ.EscapeString(x.Text)
				}
			}
		}
		_, err := io.WriteString(w, text)
		return err
	})
}
