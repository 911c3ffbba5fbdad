// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"strings"
)

// View is what the shell shows around a page: who looks, where they are and
// what they may open. The application makes one for each request.
type View struct {
	Firm     string    // name of the provider's firm
	Person   Person    // zero when nobody is signed in
	Nav      []Section // what this person may open
	Path     string    // path of the request, marks the current link
	Theme    Theme
	Demo     bool     // the data are invented: a banner says so
	Notices  []Notice // banners above the page
	Flash    Flash    // what the last action did, shown once
	Version  string   // of the program, for the footer of the menu
	Bell     Bell     // what the person has not read; zero shows none
	SignOut  string   // POST target that ends the session; "" hides it
	Account  string   // page of the signed-in person; "" hides it
	NoSearch bool     // hides search and command palette
	Outside  *Outside // set on pages for people who are not of the firm: they stand in its frame, see [Out]
}

// Outside is the frame around pages for people who are not of the firm: with its name and colours, without its menu.
type Outside struct {
	Name   string // of the firm
	Home   string // where the name leads
	Logo   string // address of a picture; "" = the name is written
	Style  string // address of a stylesheet with the firm's colours; "" = those of the house
	Nav    []Link
	Foot   []Link
	Phone  string
	Inside bool // embedded in another site: nothing but the content
}

// Person is who is signed in.
type Person struct {
	Name string
	Role string // in the reader's language
}

// Bell leads to what a person is told, and counts what they have not read.
type Bell struct {
	Href   string
	Count  string // formatted; "" = nothing is unread
	Label  string // what the bell says to a screen reader, with the count
	Source string // URL of the event stream that keeps it up to date; "" = it stands still
}

// Section is a group of links in the menu; the first has usually no label.
type Section struct {
	Label string
	Links []Link
}

// Link is one entry of the menu.
type Link struct {
	Href, Icon, Label string
	Count             string // formatted; "" shows none
	Hot               bool   // the count needs attention
}

// Theme is the reader's choice of colours.
type Theme string

// The themes. System follows the device.
const (
	System Theme = "system"
	Light  Theme = "light"
	Dark   Theme = "dark"
)

type viewKey struct{}

// With returns a context that carries the view.
func With(ctx context.Context, v View) context.Context { return context.WithValue(ctx, viewKey{}, v) }

// From returns the view that ctx carries, an empty one when there is none.
func From(ctx context.Context) View {
	v, _ := ctx.Value(viewKey{}).(View)
	return v
}

// current returns the href of the menu link that path belongs to: the longest
// that is path or a folder above it.
func (v View) current() string {
	best := ""
	for _, s := range v.Nav {
		for _, l := range s.Links {
			inside := v.Path == l.Href || strings.HasPrefix(v.Path, strings.TrimSuffix(l.Href, "/")+"/") && l.Href != "/"
			if inside && len(l.Href) > len(best) {
				best = l.Href
			}
		}
	}
	return best
}

// Initials returns the first letters of the first and last word of a name.
func Initials(name string) string {
	words := strings.Fields(name)
	first := func(s string) string {
		for _, r := range s {
			return strings.ToUpper(string(r))
		}
		return ""
	}
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return first(words[0])
	}
	return first(words[0]) + first(words[len(words)-1])
}

// hue returns 0–7, the same for the same name: the colour class of an avatar.
func hue(name string) int {
	h := uint32(2166136261)
	for _, b := range []byte(name) {
		h = (h ^ uint32(b)) * 16777619
	}
	return int((h ^ h>>15) * 2654435761 >> 29)
}
