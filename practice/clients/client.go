// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Status is where a client stands with the firm.
type Status string

// The states of a client. Merged is set by Merge only.
const (
	Active   Status = "active"
	Prospect Status = "prospect"
	Former   Status = "former"
	Merged   Status = "merged"
)

// Statuses lists the states that a person can choose.
func Statuses() []Status { return []Status{Active, Prospect, Former} }

// Details is what a person fills in of a client.
type Details struct {
	Name      string
	Status    Status // "" = active
	Reference string // the firm's own number of the client
	Email     string
	Phone     string
	Website   string
	Since     civil.Date // client since; NoDate = not known
	Tags      []string   // without spaces at the ends; order does not matter
}

// Client is an organisation served.
type Client struct {
	ID ids.ID
	Details
	MergedInto ids.ID
	Version    int64
	Created    time.Time
	Updated    time.Time
}

// Site is a place of a client.
type Site struct {
	ID                                    ids.ID
	Name, Street, Postcode, City, Country string
	Zone                                  string // IANA; "" = the firm's
}

// Person is a client's contact.
type Person struct {
	ID                        ids.ID
	Site                      ids.ID // 0 = none
	Name, Title, Email, Phone string
	Decides                   bool // may decide on agreements and budgets
}

// Note is something written about a client.
type Note struct {
	ID      ids.ID
	Author  string
	Body    string
	Pinned  bool
	Created time.Time
}

// Full is a client with all that belongs to it.
type Full struct {
	Client
	Names  []string // folded spellings under which the books know it
	Sites  []Site
	People []Person
	Notes  []Note
}

const (
	maxText = 200
	maxNote = 20_000
	maxTags = 20
)

// clean trims the details and says in words what is wrong with them.
func (d *Details) clean() error {
	d.Name = strings.TrimSpace(d.Name)
	d.Website = strings.TrimSpace(d.Website)
	if d.Status == "" {
		d.Status = Active
	}
	if d.Since == 0 {
		d.Since = civil.NoDate
	}
	switch {
	case NameKey(d.Name) == "":
		return fault.NewInvalid("Please enter the client's name.").On("name")
	case !slices.Contains(Statuses(), d.Status):
		return fault.NewInvalid("There is no status %q.", d.Status).On("status")
	case d.Email != "" && !strings.Contains(d.Email, "@"):
		return fault.NewInvalid("%q is not an e-mail address.", d.Email).On("email")
	case d.Website != "" && !webAddress(d.Website):
		return fault.NewInvalid("%q is not a web address of the form https://example.com.", d.Website).On("website")
	}
	for field, v := range map[string]string{"name": d.Name, "reference": d.Reference, "email": d.Email, "phone": d.Phone, "website": d.Website} {
		if len(v) > maxText {
			return fault.NewInvalid("This is too long: at most %d characters.", maxText).On(field)
		}
	}
	tags, err := cleanTags(d.Tags)
	d.Tags = tags
	return err
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func cleanTags(tags []string) ([]string, error) {
	var out []string
	for _, t := range tags {
		t = strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(t, ",", " ")), "-"))
		if t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
		if len(t) > 40 || len(out) > maxTags {
			return nil, fault.NewInvalid("At most %d tags of 40 characters.", maxTags).On("tags")
		}
	}
	slices.Sort(out)
	return out, nil
}

// NameKey folds a client's name, so that the spellings of different exports meet: case,
// accents, punctuation, spaces and the legal form at the end do not count.
func NameKey(name string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '.':
		case unicode.IsLetter(r), unicode.IsNumber(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(unicode.ToLower(r))
		case r == '&', r == '+':
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("and")
			space = true
		default:
			space = true
		}
	}
	words := strings.Fields(b.String())
	for len(words) > 1 && legalForm(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

func legalForm(w string) bool {
	switch w {
	case "ltd", "limited", "llp", "llc", "lp", "plc", "inc", "incorporated", "corp", "corporation", "co", "gmbh", "mbh", "ag", "kg", "ohg",
		"ug", "ev", "eg", "kgaa", "sa", "sarl", "sas", "srl", "spa", "bv", "nv", "ab", "as", "oy", "pty", "cic", "cio", "the":
		return true
	}
	return false
}
