// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"context"
	"time"
)

// Printer writes texts and values for one reader. It is a small value, safe to
// copy and to use from several goroutines. The zero Printer is American English in UTC.
type Printer struct {
	tag    Tag
	zone   *time.Location
	region *region
	texts  catalogue
}

// New returns the printer for a tag and a time zone. An unknown tag gives en-US,
// a nil zone UTC.
func New(tag Tag, zone *time.Location) Printer {
	r := regionOf(tag)
	if r == nil {
		tag, r = EnUS, regionOf(EnUS)
	}
	return Printer{tag: tag, zone: zone, region: r, texts: catalogueOf(tag.Language())}
}

// Tag returns the language and region, for the lang attribute of the page.
func (p Printer) Tag() Tag {
	if p.tag == "" {
		return EnUS
	}
	return p.tag
}

// Zone returns the reader's time zone, UTC when none was given.
func (p Printer) Zone() *time.Location {
	if p.zone == nil {
		return time.UTC
	}
	return p.zone
}

// In returns the same printer in another time zone.
func (p Printer) In(zone *time.Location) Printer { p.zone = zone; return p }

func (p Printer) form() *region {
	if p.region == nil {
		return regionOf(EnUS)
	}
	return p.region
}

type contextKey struct{}

// With returns a context that carries the reader's printer.
func With(ctx context.Context, p Printer) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From returns the printer that ctx carries, American English in UTC when there is none.
func From(ctx context.Context) Printer {
	p, _ := ctx.Value(contextKey{}).(Printer)
	return p
}

// T is From(ctx).T(key, args...), short enough for a template.
func T(ctx context.Context, key string, args ...any) string { return From(ctx).T(key, args...) }

// N is From(ctx).N(key, n, args...), short enough for a template.
func N(ctx context.Context, key string, n int64, args ...any) string {
	return From(ctx).N(key, n, args...)
}

// Key returns its argument. It marks a text as a catalogue key where it is
// written, when T sees it only through a variable.
func Key(key string) string { return key }
