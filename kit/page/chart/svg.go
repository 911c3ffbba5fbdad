// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"html"
	"io"
	"math"
	"strconv"
	"strings"
)

// The colour classes of series. C1 is the accent; C4 is grey, for "other" and "as it was".
const (
	C1   = "c1"
	C2   = "c2"
	C3   = "c3"
	C4   = "c4"
	C5   = "c5"
	C6   = "c6"
	Good = "good"
	Warn = "warn"
	Bad  = "bad"
)

// Period is one step of a time axis. Year is written below the first period of each year.
type Period struct{ Label, Year string }

// buffer builds markup; every text that enters it is escaped.
type buffer struct{ strings.Builder }

// raw writes markup pieces as they are.
func (b *buffer) raw(parts ...string) {
	for _, p := range parts {
		b.WriteString(p)
	}
}

// text writes escaped text.
func (b *buffer) text(s string) { b.WriteString(html.EscapeString(s)) }

// attr writes one attribute with its value escaped.
func (b *buffer) attr(name, value string) {
	b.raw(" ", name, `="`, html.EscapeString(value), `"`)
}

// open begins an element with attributes given as name, value pairs.
func (b *buffer) open(name string, attrs ...string) {
	b.raw("<", name)
	for i := 0; i+1 < len(attrs); i += 2 {
		b.attr(attrs[i], attrs[i+1])
	}
	b.raw(">")
}

// leaf writes an element without content.
func (b *buffer) leaf(name string, attrs ...string) {
	b.open(name, attrs...)
	b.raw("</", name, ">")
}

// label writes an element with text content.
func (b *buffer) label(name, text string, attrs ...string) {
	b.open(name, attrs...)
	b.text(text)
	b.raw("</", name, ">")
}

func (b *buffer) flush(w io.Writer) error {
	_, err := io.WriteString(w, b.String())
	return err
}

// num writes a coordinate with at most two decimals.
func num(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

func pct(share float64) string { return num(share*100) + "%" }

// clamp bounds v to lo…hi; NaN becomes lo.
func clamp(v, lo, hi float64) float64 {
	if !(v > lo) {
		return lo
	}
	return min(v, hi)
}

// name writes what a screen reader says about a picture.
func (b *buffer) name(title, desc string) {
	b.label("title", title)
	if desc != "" {
		b.label("desc", desc)
	}
}
