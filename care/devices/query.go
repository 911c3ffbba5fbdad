// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Query says which devices are meant: all of its terms must hold. A term is a word that stands in what is told of the device, or
// FIELD:VALUE, or FIELD:VALUE,VALUE for any of them; a minus before it turns it round. The zero Query means all devices that are
// in use.
type Query struct {
	text  string
	terms []term
}

type term struct {
	not    bool
	field  string   // "" = a word anywhere
	values []string // small letters
}

// queryFields are the fields of queries, with what they compare.
var queryFields = map[string]func(d *Device, v string, at *Moment) bool{
	"kind":   func(d *Device, v string, _ *Moment) bool { return string(d.Kind) == v },
	"os":     func(d *Device, v string, _ *Moment) bool { return holds(d.Family+" "+d.OS+" "+d.Product, v) },
	"name":   func(d *Device, v string, _ *Moment) bool { return holds(d.Name, v) || holds(d.Hostname, v) },
	"vendor": func(d *Device, v string, _ *Moment) bool { return holds(d.Vendor, v) },
	"model":  func(d *Device, v string, _ *Moment) bool { return holds(d.Model, v) },
	"serial": func(d *Device, v string, _ *Moment) bool { return strings.EqualFold(d.Serial, v) },
	"tag":    func(d *Device, v string, _ *Moment) bool { return slices.Contains(d.Tags, v) },
	"source": func(d *Device, v string, _ *Moment) bool { return string(d.Source) == v },
	"site":   func(d *Device, v string, at *Moment) bool { return d.Site != 0 && holds(at.Sites[d.Site], v) },
	"agent": func(d *Device, v string, _ *Moment) bool {
		return v == "yes" && d.Agent != "" || v == "no" && d.Agent == "" || v == d.Agent
	},
	"address": func(d *Device, v string, _ *Moment) bool { return strings.HasPrefix(d.Address, v) },
	"software": func(d *Device, v string, at *Moment) bool {
		return at.Software != nil && at.Software(v)[d.ID]
	},
	"state": func(d *Device, v string, at *Moment) bool { return stateOf(d, at) == v },
	"memory": func(d *Device, v string, _ *Moment) bool {
		return d.Memory > 0 && compare(float64(d.Memory)/(1<<30), v)
	},
	"days": func(d *Device, v string, at *Moment) bool { // since it was heard
		return d.Seen > 0 && compare(float64(at.Now-d.Seen)/float64((24*time.Hour).Microseconds()), v)
	},
	"eol":      func(d *Device, v string, at *Moment) bool { return runsOut(d.EOL, v, at) },
	"warranty": func(d *Device, v string, at *Moment) bool { return runsOut(d.Warranty, v, at) },
}

// QueryFields lists the names of the fields, sorted.
func QueryFields() []string {
	var out []string
	for f := range queryFields {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// Moment is what a query needs beside the device.
type Moment struct {
	Now      int64 // microseconds
	Today    civil.Date
	Sites    map[ids.ID]string
	Software func(text string) map[ids.ID]bool // nil = nobody can say
}

// States of a device in lists and queries.
const (
	StateOnline  = "online"
	StateOffline = "offline" // it should be there
	StateAway    = "away"    // it may be off
	StateSilent  = "silent"  // no agent
	StateRetired = "retired"
)

// StateAt returns one of the states.
func (d *Device) StateAt(now int64) string { return stateOf(d, &Moment{Now: now}) }

func stateOf(d *Device, at *Moment) string {
	switch {
	case !d.Active():
		return StateRetired
	case !d.Watched():
		return StateSilent
	case d.Online(at.Now):
		return StateOnline
	case d.MayBeOff():
		return StateAway
	}
	return StateOffline
}

func holds(text, part string) bool { return strings.Contains(strings.ToLower(text), part) }

// compare reads "<8", ">=16", "4" and holds n to it.
func compare(n float64, v string) bool {
	op := strings.TrimRight(v, "0123456789.")
	limit, err := strconv.ParseFloat(v[len(op):], 64)
	if err != nil {
		return false
	}
	switch op {
	case "<":
		return n < limit
	case "<=":
		return n <= limit
	case ">":
		return n > limit
	case ">=":
		return n >= limit
	}
	return n >= limit-.5 && n < limit+.5
}

// runsOut reads "past", "unknown" and "90d" (within 90 days).
func runsOut(day civil.Date, v string, at *Moment) bool {
	switch v {
	case "unknown":
		return !day.Known()
	case "past":
		return day.Known() && day < at.Today
	}
	n, err := strconv.Atoi(strings.TrimSuffix(v, "d"))
	return err == nil && day.Known() && day >= at.Today && day <= at.Today.AddDays(n)
}

const maxQuery = 500

// ParseQuery reads a query. Its errors name what cannot be read.
func ParseQuery(text string) (Query, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxQuery {
		return Query{}, fault.NewInvalid("Please enter at most %d characters.", maxQuery).On("query")
	}
	q := Query{text: text}
	words, err := splitWords(text)
	if err != nil {
		return Query{}, err
	}
	for _, w := range words {
		t := term{}
		w, t.not = strings.CutPrefix(w, "-")
		field, value, has := strings.Cut(w, ":")
		if !has {
			t.values = []string{strings.ToLower(unquote(w))}
		} else {
			t.field = strings.ToLower(field)
			if queryFields[t.field] == nil {
				return Query{}, fault.NewInvalid("“%s” is no field of devices. There are: %s.", field, strings.Join(QueryFields(), ", ")).On("query")
			}
			for _, v := range splitValues(value) {
				if v = strings.ToLower(unquote(v)); v != "" {
					t.values = append(t.values, v)
				}
			}
			if len(t.values) == 0 {
				return Query{}, fault.NewInvalid("Say after “%s:” what it shall be.", field).On("query")
			}
		}
		if len(t.values) > 0 && t.values[0] != "" {
			q.terms = append(q.terms, t)
		}
	}
	return q, nil
}

// splitWords cuts at spaces outside of quotes.
func splitWords(text string) ([]string, error) {
	var out []string
	var b strings.Builder
	quoted := false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
			b.WriteRune(r)
		case !quoted && (r == ' ' || r == '\t' || r == '\n'):
			if b.Len() > 0 {
				out = append(out, b.String())
				b.Reset()
			}
		default:
			b.WriteRune(r)
		}
	}
	if quoted {
		return nil, fault.NewInvalid("A quotation mark is missing.").On("query")
	}
	if b.Len() > 0 {
		out = append(out, b.String())
	}
	return out, nil
}

// splitValues cuts at commas outside of quotes.
func splitValues(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}

func unquote(s string) string { return strings.ReplaceAll(s, `"`, "") }

// String returns the query as it was written.
func (q Query) String() string { return q.text }

// names reports whether the query says something about a field.
func (q Query) names(field string) bool {
	return slices.ContainsFunc(q.terms, func(t term) bool { return t.field == field })
}

// asksForRetired reports whether the query names the state of retired devices: that another state is excluded does not ask for them.
func (q Query) asksForRetired() bool {
	return slices.ContainsFunc(q.terms, func(t term) bool { return t.field == "state" && !t.not && slices.Contains(t.values, StateRetired) })
}

// Matches reports whether a device is meant. Retired devices are only when the query asks for their state.
func (q Query) Matches(d *Device, at *Moment) bool {
	if !d.Active() && !q.asksForRetired() {
		return false
	}
	for _, t := range q.terms {
		hit := false
		for _, v := range t.values {
			if t.field == "" {
				hit = holds(d.Name+" "+d.Hostname+" "+string(d.Kind)+" "+d.OS+" "+d.Vendor+" "+d.Model+" "+d.Serial+" "+d.Address+" "+d.AssetTag+" "+d.LastUser+" "+strings.Join(d.Tags, " "), v)
			} else {
				hit = queryFields[t.field](d, v, at)
			}
			if hit {
				break
			}
		}
		if hit == t.not {
			return false
		}
	}
	return true
}

// moment is the present, with what a query may need.
func (s *Service) moment(software func(string) map[ids.ID]bool, sites map[ids.ID]string) *Moment {
	now := s.p.Clock.Now()
	return &Moment{Now: clock.Micros(now), Today: civil.DateOf(now.In(s.p.Zone)), Sites: sites, Software: software}
}
