// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Tone is the meaning of a colour. It never stands alone: a word or an icon says the same.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Good    Tone = "good"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
	Info    Tone = "info"
	Accent  Tone = "accent"
)

// Kind is the weight of a button.
type Kind string

// The kinds of button. A page has at most one primary button.
const (
	Plain   Kind = ""
	Primary Kind = "primary"
	Danger  Kind = "danger"
	Ghost   Kind = "ghost"
)

// Button is a button, or a link that looks like one when Href is set.
type Button struct {
	Label    string
	Icon     string // name of an icon, see [Icon]
	Kind     Kind
	Href     string
	Type     string // "submit" unless "button"; ignored for links
	Name     string // form field set when this button submits
	Value    string
	Bare     bool // shows only the icon; Label is its accessible name
	Small    bool
	Disabled bool
	Download bool // the link is a file
	Attrs    templ.Attributes
}

// Render writes the button.
func (b Button) Render(ctx context.Context, w io.Writer) error { return button(b).Render(ctx, w) }

// Badge is a short word with a tone.
type Badge struct {
	Text string
	Tone Tone
	Icon string
	Data bool // Text was typed by a person
}

// Render writes the badge.
func (b Badge) Render(ctx context.Context, w io.Writer) error { return badge(b).Render(ctx, w) }

// Avatar is the initials of a person or an organisation on a colour of its own.
type Avatar struct {
	Name   string
	Large  bool
	Square bool // organisations are square, people round
}

// Render writes the avatar.
func (a Avatar) Render(ctx context.Context, w io.Writer) error { return avatar(a).Render(ctx, w) }

// Title names a page: the browser's tab and the breadcrumbs that lead to it.
type Title struct {
	Text   string
	Crumbs []Crumb // from the top; the page itself is added
	Data   bool    // Text was typed by a person
}

// Crumb is one step of the way to a page.
type Crumb struct {
	Label, Href string
	Data        bool
}

// Heading is the top of a page.
type Heading struct {
	Text    string
	Sub     string // one quiet line below
	SubData bool   // Sub was typed by a person
	Badge   Badge
	Avatar  string // name for an avatar; "" shows none
	Data    bool   // Text was typed by a person
}

// CardHead is the top of a card. Without a title the card has none.
type CardHead struct {
	Title  string
	Note   string // quiet text on the right
	Badge  Badge
	Legend []LegendItem
	Link   Button // action on the right
	Flush  bool   // the content reaches the card's edges (tables)
	ID     string // anchor
}

// LegendItem explains a colour of a chart; Class is a colour class of the chart package, c1…c8.
type LegendItem struct{ Class, Label string }

// KPI is one measure of a strip.
type KPI struct {
	Label, Value, Unit string
	Note               string     // quiet line below, when there is no delta
	Delta              string     // change, formatted; "" shows none
	Up                 bool       // direction of the change
	Tone               Tone       // whether the change is good
	Chart              Fragmenter // small chart on the right; nil shows none
	Href               string     // evidence
	Unknown            string     // why there is no value; replaces value and delta
}

// Fragmenter is anything that can be drawn into a page: a templ component or a chart.
type Fragmenter interface {
	Render(ctx context.Context, w io.Writer) error
}

// KPIs is a strip of measures in one card.
type KPIs []KPI

// Render writes the strip.
func (k KPIs) Render(ctx context.Context, w io.Writer) error { return kpis(k).Render(ctx, w) }

// Notice is a message in the page; its tone has an icon.
type Notice struct {
	Kind  Tone
	Title string // optional, strong
	Text  string
	Link  Button // optional
}

// Render writes the notice.
func (n Notice) Render(ctx context.Context, w io.Writer) error { return notice(n).Render(ctx, w) }

// Empty is what stands where there is nothing yet: what would be here, and the way to get it.
type Empty struct {
	Icon, Title, Text string
	Actions           []Button
}

// Render writes the empty state.
func (e Empty) Render(ctx context.Context, w io.Writer) error { return empty(e).Render(ctx, w) }

// Tab is one view of a page.
type Tab struct {
	Label, Href, Count string
	Current, Hot       bool
}

// Tabs are links to the views of a page; Label names the group for screen readers.
type Tabs struct {
	Label string
	Items []Tab
}

// Render writes the tabs.
func (t Tabs) Render(ctx context.Context, w io.Writer) error { return tabs(t).Render(ctx, w) }

// Progress is the bar of a long job. With JavaScript it follows the stream at
// Source, see [Stream.Progress]; without, it offers to look again.
type Progress struct {
	Label  string
	State  ProgressState
	Source string // URL of the event stream; "" for a bar that stands still
}

// Render writes the bar.
func (p Progress) Render(ctx context.Context, w io.Writer) error { return progress(p).Render(ctx, w) }

// DialogHead names a dialog. ID is unique on the page; a button opens it with
// Attrs: templ.Attributes{"data-dialog": ID}.
type DialogHead struct {
	ID, Title string
	Text      string
}

// Secret shows a text that is shown only once, such as a token or a one-time link, with a button that
// copies it.
type Secret struct {
	ID   string // unique on the page
	Text string
}

// Render writes the text and its button.
func (s Secret) Render(ctx context.Context, w io.Writer) error { return secret(s).Render(ctx, w) }

// Confirm is a form with one button that asks before it is sent. Without
// JavaScript the button sends at once.
type Confirm struct {
	ID     string            // unique on the page
	Action string            // POST target
	Button Button            // what stands on the page
	Title  string            // the question
	Text   string            // what will happen, and whether it can be undone
	Yes    string            // label of the button that does it
	Fields map[string]string // hidden fields
}

// Render writes the form and its dialog.
func (c Confirm) Render(ctx context.Context, w io.Writer) error { return confirm(c).Render(ctx, w) }
