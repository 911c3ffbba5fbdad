// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
)

// spot is a device, or several in one, in the tree of a network.
type spot struct {
	device *devices.Device // nil: the internet, or several
	name   string
	sub    string
	state  string // of a device; "" = none
	href   string
	port   string // of the parent, at which it hangs
	guess  bool   // its place is what the network says, not what is recorded
	below  []*spot
	row    float64 // in the drawing, filled by place
	col    int
}

// mostLeaves is how many devices without anything behind them are drawn one by one at one place; more become one spot, but those in
// trouble stay.
const mostLeaves = 5

// tree builds what is drawn: internet → routers → switches → the rest. What hangs nowhere is returned besides.
func tree(ctx context.Context, list []*devices.Device, seen map[ids.ID]network.Place, links []network.Link, now int64, client ids.ID) (root *spot, loose []*devices.Device) {
	parent := map[ids.ID]ids.ID{}
	guess := map[ids.ID]bool{}
	port := map[[2]ids.ID]string{}
	for _, l := range links {
		port[[2]ids.ID{l.A, l.B}], port[[2]ids.ID{l.B, l.A}] = l.APort, l.BPort
	}
	byID := map[ids.ID]*devices.Device{}
	for _, d := range list {
		if d.Active() {
			byID[d.ID] = d
		}
	}
	for id, d := range byID {
		switch p, ok := seen[id]; {
		case byID[d.Parent] != nil:
			parent[id] = d.Parent
		case ok && byID[p.Parent] != nil:
			parent[id], guess[id] = p.Parent, true
		}
	}
	for id := range parent { // a record and a guess together could make a circle
		for at, steps := parent[id], 0; at != 0; at, steps = parent[at], steps+1 {
			if at == id || steps > 60 {
				delete(parent, id)
				break
			}
		}
	}
	children := map[ids.ID][]ids.ID{}
	for id, p := range parent {
		children[p] = append(children[p], id)
	}
	var build func(id ids.ID) *spot
	build = func(id ids.ID) *spot {
		d := byID[id]
		s := &spot{device: d, name: d.Name, state: d.StateAt(now), href: "/devices/" + id.String(), port: port[[2]ids.ID{parent[id], id}], guess: guess[id]}
		s.sub = kindWord(ctx, d.Kind) + " · " + stateWord(ctx, s.state)
		for _, c := range children[id] {
			s.below = append(s.below, build(c))
		}
		s.fold(ctx, client)
		return s
	}
	root = &spot{name: locale.T(ctx, "Internet")}
	var tops []ids.ID
	for id := range byID {
		if parent[id] == 0 && (len(children[id]) > 0 || byID[id].Kind == devices.NetworkGear) {
			tops = append(tops, id)
		} else if parent[id] == 0 {
			loose = append(loose, byID[id])
		}
	}
	for _, id := range tops {
		root.below = append(root.below, build(id))
	}
	root.order()
	slices.SortFunc(loose, func(a, b *devices.Device) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return root, loose
}

func (s *spot) order() {
	slices.SortFunc(s.below, func(a, b *spot) int {
		return cmp.Or(cmp.Compare(len(b.below), len(a.below)), strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)))
	})
}

func bad(state string) bool { return state == devices.StateOffline }

// fold makes one spot of many leaves.
func (s *spot) fold(ctx context.Context, client ids.ID) {
	s.order()
	leaves, off := 0, 0
	for _, c := range s.below {
		if len(c.below) == 0 && !bad(c.state) && c.device.Kind != devices.NetworkGear {
			leaves++
			if c.state == devices.StateAway {
				off++
			}
		}
	}
	if leaves <= mostLeaves {
		return
	}
	var kept []*spot
	for _, c := range s.below {
		if len(c.below) > 0 || bad(c.state) || c.device.Kind == devices.NetworkGear {
			kept = append(kept, c)
		}
	}
	p := locale.From(ctx)
	group := &spot{name: p.N("%d device|%d devices", int64(leaves)), href: "/discovery/topology?client=" + client.String() + "&view=list#behind-" + s.device.ID.String()}
	if group.sub = locale.T(ctx, "none offline"); off > 0 {
		group.sub = p.N("%d switched off|%d switched off", int64(off))
	}
	s.below = append(kept, group)
}

// The measures of the drawing, in pixels.
const (
	boxWidth  = 180
	boxHeight = 42
	colWidth  = 228
	rowHeight = 54
	margin    = 12

	nameLength = 22 // characters that fit
	subLength  = 27
)

// place gives each spot its row and column: a leaf takes a row, whoever has others behind it stands in their middle.
func (s *spot) place(col int, row *float64) (deepest int) {
	s.col, deepest = col, col
	if len(s.below) == 0 {
		s.row = *row
		*row++
		return deepest
	}
	for _, c := range s.below {
		deepest = max(deepest, c.place(col+1, row))
	}
	s.row = (s.below[0].row + s.below[len(s.below)-1].row) / 2
	return deepest
}

func (s *spot) x() float64 { return float64(margin + s.col*colWidth) }
func (s *spot) y() float64 { return margin + s.row*rowHeight }

// Render draws the tree.
func (s *spot) Render(ctx context.Context, w io.Writer) error {
	row := 0.0
	deepest := s.place(0, &row)
	width, height := 2*margin+deepest*colWidth+boxWidth, 2*margin+int((row-1)*rowHeight)+boxHeight
	var b strings.Builder
	b.WriteString(`<svg class="topo" width="` + strconv.Itoa(width) + `" height="` + strconv.Itoa(height) + `" viewBox="0 0 ` + strconv.Itoa(width) + " " + strconv.Itoa(height) + `" role="group" aria-label="` +
		html.EscapeString(locale.T(ctx, "Drawing of the network: who hangs behind whom")) + `">`)
	s.lines(&b)
	s.boxes(&b)
	b.WriteString("</svg>")
	_, err := io.WriteString(w, b.String())
	return err
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// lines draws the cables, under the boxes.
func (s *spot) lines(b *strings.Builder) {
	for _, c := range s.below {
		x1, y1, x2, y2 := s.x()+boxWidth, s.y()+boxHeight/2, c.x(), c.y()+boxHeight/2
		mid := x1 + (x2-x1)/2
		class := "topo-line"
		if c.guess {
			class += " topo-guess"
		}
		if bad(c.state) {
			class += " topo-down"
		}
		b.WriteString(`<path class="` + class + `" d="M` + coordinate(x1) + " " + coordinate(y1) + "H" + coordinate(mid) + "V" + coordinate(y2) + "H" + coordinate(x2) + `"/>`)
		if c.port != "" {
			b.WriteString(`<text class="topo-port" x="` + coordinate(x2-6) + `" y="` + coordinate(y2-5) + `" text-anchor="end" translate="no">` + html.EscapeString(shorten(c.port, 8)) + `</text>`)
		}
		c.lines(b)
	}
}

func (s *spot) boxes(b *strings.Builder) {
	x, y := s.x(), s.y()
	class := "topo-box"
	switch {
	case s.device == nil && s.href == "":
		class += " topo-world"
	case s.device == nil:
		class += " topo-many"
	case s.state == devices.StateOnline:
		class += " topo-good"
	case bad(s.state):
		class += " topo-bad"
	}
	if s.href != "" {
		b.WriteString(`<a href="` + html.EscapeString(s.href) + `" translate="no">`)
	} else {
		b.WriteString("<g>")
	}
	if title := s.name + ", " + s.sub; shorten(s.name, nameLength) != s.name || shorten(s.sub, subLength) != s.sub {
		b.WriteString(`<title>` + html.EscapeString(title) + "</title>")
	}
	b.WriteString(`<rect class="` + class + `" x="` + coordinate(x) + `" y="` + coordinate(y) + `" width="` + strconv.Itoa(boxWidth) + `" height="` + strconv.Itoa(boxHeight) + `" rx="7"/>`)
	nameAt := y + 17.5
	if s.sub == "" {
		nameAt = y + boxHeight/2 + 4
	}
	if s.state != "" {
		b.WriteString(`<rect class="topo-mark ` + class + `" x="` + coordinate(x+7) + `" y="` + coordinate(y+9) + `" width="4" height="` + strconv.Itoa(boxHeight-18) + `" rx="2"/>`)
	}
	b.WriteString(`<text class="topo-name" x="` + coordinate(x+19) + `" y="` + coordinate(nameAt) + `">` + html.EscapeString(shorten(s.name, nameLength)) + `</text>`)
	if s.sub != "" {
		b.WriteString(`<text class="topo-sub" x="` + coordinate(x+19) + `" y="` + coordinate(y+32.5) + `">` + html.EscapeString(shorten(s.sub, subLength)) + `</text>`)
	}
	if s.href != "" {
		b.WriteString("</a>")
	} else {
		b.WriteString("</g>")
	}
	for _, c := range s.below {
		c.boxes(b)
	}
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
