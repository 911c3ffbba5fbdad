// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"slices"
	"strings"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// State is where a ticket stands; each [Status] of the firm belongs to one.
type State uint8

// The states. A ticket is unfinished in the first three.
const (
	StateNew State = iota
	StateOpen
	StateWaiting
	StateSolved
	StateClosed
)

// Unfinished reports whether work is left.
func (s State) Unfinished() bool { return s <= StateWaiting }

var stateWords = []string{"new", "open", "waiting", "solved", "closed"}

// String is the word of the API and of addresses.
func (s State) String() string { return word(stateWords, s) }

// ParseState is the inverse of String.
func ParseState(s string) (State, bool) { return parse[State](stateWords, s) }

// Kind is what a ticket is about.
type Kind uint8

// The kinds.
const (
	Incident Kind = iota
	Request
	Change
	Problem
	Maintenance
	ProjectTask
)

var kindWords = []string{"incident", "request", "change", "problem", "maintenance", "task"}

// Kinds lists the kinds in the order in which pages show them.
func Kinds() []Kind { return []Kind{Incident, Request, Change, Problem, Maintenance, ProjectTask} }

// String is the word of the API and of addresses.
func (k Kind) String() string { return word(kindWords, k) }

// ParseKind is the inverse of String.
func ParseKind(s string) (Kind, bool) { return parse[Kind](kindWords, s) }

// Origin is who started a ticket. It counts for the journey.
type Origin uint8

// The origins.
const (
	FromClient Origin = iota + 1
	FromMonitor
	FromPlan
	FromTechnician
)

var originWords = []string{"", "client", "monitor", "planned", "technician"}

// Origins lists the origins.
func Origins() []Origin { return []Origin{FromClient, FromMonitor, FromPlan, FromTechnician} }

// String is the word of the API and of addresses.
func (o Origin) String() string { return word(originWords, o) }

// ParseOrigin is the inverse of String.
func ParseOrigin(s string) (Origin, bool) {
	o, ok := parse[Origin](originWords, s)
	return o, ok && o != 0
}

// Priority says what comes first: 1 urgent, 2 high, 3 normal, 4 low.
type Priority uint8

// The priorities.
const (
	Urgent Priority = iota + 1
	High
	Normal
	Low
)

var priorityWords = []string{"", "urgent", "high", "normal", "low"}

// Priorities lists the priorities from the first to the last.
func Priorities() []Priority { return []Priority{Urgent, High, Normal, Low} }

// String is the word of the API and of addresses.
func (p Priority) String() string { return word(priorityWords, p) }

// ParsePriority is the inverse of String.
func ParsePriority(s string) (Priority, bool) {
	p, ok := parse[Priority](priorityWords, s)
	return p, ok && p != 0
}

// Level is a step of impact or urgency: 1 high, 2 middle, 3 low. Impact is how many are concerned (the whole client, a
// team, one person), urgency how much they are held up (work stands still, is hindered, goes on).
type Level uint8

// PriorityOf is the priority of an impact and an urgency, by the usual matrix: their sum.
func PriorityOf(impact, urgency Level) Priority {
	switch impact + urgency {
	case 2:
		return Urgent
	case 3:
		return High
	case 4:
		return Normal
	}
	return Low
}

func word[T ~uint8](words []string, v T) string {
	if int(v) < len(words) {
		return words[v]
	}
	return ""
}

func parse[T ~uint8](words []string, s string) (T, bool) {
	i := slices.Index(words, s)
	return T(max(i, 0)), i >= 0
}

// Board is a queue of the firm. Code names a built-in one ("support", "projects"), whose name is translated while Name
// is empty.
type Board struct {
	ID         ids.ID
	Code, Name string
	Archived   bool
}

// Status is a step of the work as the firm calls it.
type Status struct {
	ID         ids.ID
	Code, Name string // as for [Board]
	State      State
	Stops      bool // the clocks of the service level stand still
	Archived   bool
}

// Ticket is a ticket without its thread.
type Ticket struct {
	ID         ids.ID
	Number     int64
	Version    int64
	Client     ids.ID
	Site       ids.ID // 0 = not said
	Person     ids.ID // who asked; 0 = nobody of the client
	Board      ids.ID
	Status     ids.ID
	State      State
	Kind       Kind
	Origin     Origin
	OriginNote string // what shows the origin: "phone", an alert, a mail's Message-ID
	Channel    string // mail, portal, phone, walk-in, api, monitor, plan
	Impact     Level
	Urgency    Level
	Priority   Priority
	Subject    string
	Assignee   ids.ID // 0 = nobody yet
	Parent     ids.ID
	MergedInto ids.ID // the ticket that goes on instead; 0 = none
	Tags       []string
	Opened     time.Time
	Updated    time.Time
	Responded  time.Time // first public answer of the firm; zero = not yet
	Solved     time.Time
	Closed     time.Time
	Reopened   int // how often
	Reassigned int // how often it was handed to another assignee or board
	LastFrom   int // who wrote last: 0 nobody, 1 the client, 2 the firm
	Level      ServiceLevel

	devices deviceEdit
}

// ServiceLevel is what was promised for a ticket and how it stands.
type ServiceLevel struct {
	Policy, Calendar ids.ID    // 0 = none applies
	ResponseDue      time.Time // zero = no deadline, met, or the clock stands
	UpdateDue        time.Time
	ResolveDue       time.Time
	Elapsed          time.Duration // working time that the resolution clock has counted, until it was last stopped
	Running          time.Time     // since when it runs; zero = it stands
	ResponseLate     bool          // the deadline passed before it was met
	ResolveLate      bool

	waitedUpdate time.Duration // what the clock showed at the firm's last public answer
	alarm        time.Time     // when somebody must be warned next; zero = never
	told         uint8         // which warnings were given: [promise].warned
}

// Due is the next deadline, zero where there is none.
func (l ServiceLevel) Due() time.Time {
	var next time.Time
	for _, t := range []time.Time{l.ResponseDue, l.UpdateDue, l.ResolveDue} {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next
}

// Entry is one row of a thread.
type Entry struct {
	ID         ids.ID
	Kind       EntryKind
	Public     bool // the client may read it
	AuthorKind string
	AuthorID   ids.ID
	Author     string
	Body       string // plain text as it was written
	HTML       string // sanitised, of a mail; "" = show Body
	Changes    []FieldChange
	Alarms     []Alarm
	Copies     []string // of a reply: addresses that it went to besides the one who asked
	At         time.Time
	Files      []File
}

// EntryKind says what an entry is.
type EntryKind string

// The kinds of entries.
const (
	Reply     EntryKind = "reply"  // to the client, or from the client
	Note      EntryKind = "note"   // among the firm's people
	MailEntry EntryKind = "mail"   // came by or went by e-mail
	Changed   EntryKind = "change" // fields of the ticket
	TimeEntry EntryKind = "time"
	System    EntryKind = "system"
)

// FieldChange is what became of one field. From and To are ids or words, as the field has them.
type FieldChange struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// File is an attachment.
type File struct {
	ID    ids.ID
	Entry ids.ID
	Ref   string
	Name  string
	Type  string
	Size  int64
}

// Limits of what people write.
const (
	maxSubject = 300
	maxBody    = 200_000
	maxTags    = 20
	maxTag     = 40
)

func cleanSubject(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" {
		return "", fault.NewInvalid("A ticket needs a subject.").On("subject")
	}
	if len(s) > maxSubject {
		return "", fault.NewInvalid("The subject is longer than %d characters.", maxSubject).On("subject")
	}
	return s, nil
}

func cleanBody(s string) (string, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	if len(s) > maxBody {
		return "", fault.NewInvalid("The text is longer than %d characters. Attach it as a file.", maxBody).On("body")
	}
	return s, nil
}

// cleanTags folds, sorts and bounds tags.
func cleanTags(tags []string) ([]string, error) {
	var out []string
	for _, t := range tags {
		t = strings.ToLower(strings.Join(strings.FieldsFunc(t, func(r rune) bool { return r == ',' || r == ' ' || r < ' ' }), "-"))
		if t == "" {
			continue
		}
		if len(t) > maxTag {
			return nil, fault.NewInvalid("A tag has at most %d characters.", maxTag).On("tags")
		}
		out = append(out, t)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) > maxTags {
		return nil, fault.NewInvalid("A ticket has at most %d tags.", maxTags).On("tags")
	}
	return out, nil
}

// packTags keeps tags as ",a,b,", so that one can be found by its commas.
func packTags(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	return "," + strings.Join(tags, ",") + ","
}

func unpackTags(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}
