// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/paper"
	"mainstay/practice/agreements"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/quotes/store"
)

// FulfilJob is the kind of the job that makes the agreement and the first invoice of an accepted quote; its argument is the quote's id.
const FulfilJob = "quotes.fulfil"

// Sender is the firm as it stands on a quote.
type Sender struct {
	Look    paper.Look
	Name    string
	Country string // ISO 3166-1; decides the size of paper
	Back    string // the address in one line
	Answer  string // whom to ask: phone and e-mail in one line
}

// Letter is a mail with the link of a quote.
type Letter struct{ To, Subject, Body string }

// Parts are what the service is built from.
type Parts struct {
	DB         *db.DB
	Clock      clock.Clock
	Zone       *time.Location // of the firm; nil = UTC
	IDs        *ids.Source
	Access     *access.Service // audit trail, limits
	Jobs       *jobs.Queue
	Blobs      *blob.Store
	Clients    *clients.Service
	Catalogue  *catalogue.Service
	Agreements *agreements.Service
	URL        string // public origin
	Currency   func(context.Context) money.Currency
	Sender     func(context.Context) (Sender, error)
	// Printer writes in a language, "" = the firm's.
	Printer func(ctx context.Context, language string) locale.Printer
	// CanSend and Post send mail; nil = none can be sent.
	CanSend func(context.Context) (bool, error)
	Post    func(ctx context.Context, tx *sql.Tx, l Letter) error
	// Bill makes the documents of what comes once, as drafts, and returns them. nil = nothing is billed.
	Bill func(ctx context.Context, tx *sql.Tx, list []Bill) ([]ids.ID, error)
}

// Service keeps quotes. It is safe for concurrent use.
type Service struct {
	p         Parts
	listeners []Listener
}

// New returns the service on a migrated database and registers its job.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	s := &Service{p: p}
	p.Jobs.Handle(FulfilJob, s.fulfil)
	return s
}

// What happens to quotes.
const (
	Sent      = "sent"
	Accepted  = "accepted"
	Declined  = "declined"
	Withdrawn = "withdrawn"
)

// Listener is told of what happens to a quote in the transaction that writes it: it may write there and must have no effect outside
// of it. An error undoes the change.
type Listener func(ctx context.Context, tx *sql.Tx, what string, q *Quote) error

// Listen adds a listener. Call it before the first request.
func (s *Service) Listen(fn Listener) { s.listeners = append(s.listeners, fn) }

func (s *Service) tell(ctx context.Context, tx *sql.Tx, what string, id ids.ID) error {
	if len(s.listeners) == 0 {
		return nil
	}
	q, err := s.get(ctx, store.New(tx), id)
	if err != nil {
		return err
	}
	for _, fn := range s.listeners {
		if err := fn(ctx, tx, what, q); err != nil {
			return err
		}
	}
	return nil
}

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return clock.Today(s.p.Clock, s.p.Zone) }

// Currency is the firm's, "" where it is not known.
func (s *Service) Currency(ctx context.Context) money.Currency {
	if s.p.Currency == nil {
		return ""
	}
	return s.p.Currency(ctx)
}

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

// State is where a quote stands.
type State int64

// The states.
const (
	Draft State = iota
	Open        // sent
	Yes
	No
	Gone // withdrawn
)

var stateWords = []string{"draft", "sent", "accepted", "declined", "withdrawn"}

// States lists the states in their order.
func States() []State { return []State{Draft, Open, Yes, No, Gone} }

// String is the word of the API and of addresses.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateWords) {
		return ""
	}
	return stateWords[s]
}

// ParseState is the inverse of String.
func ParseState(text string) (State, bool) {
	for i, w := range stateWords {
		if w == text {
			return State(i), true
		}
	}
	return 0, false
}

// Fulfilment is what became of an acceptance.
type Fulfilment int64

// The stages.
const (
	NotYet Fulfilment = iota
	Waiting
	Done
	Failed
)

// Quote is a quote with its versions.
type Quote struct {
	ID        ids.ID
	Version   int64
	Number    string
	Client    ids.ID
	Person    ids.ID // 0 = somebody who is not among the client's people
	Name      string // of the person
	Email     string
	Title     string
	State     State
	Draft     *Content // being written; nil = none
	Revision  int64    // the newest that was sent
	Currency  money.Currency
	Month     int64
	Once      int64
	Valid     civil.Date
	Owner     ids.ID
	OwnerName string
	Stage     Fulfilment
	Failure   string
	Agreement ids.ID
	Invoices  []ids.ID
	Made      time.Time
	Changed   time.Time
	Versions  []Version // newest first
}

// Version is what was sent, and what was decided about it.
type Version struct {
	Revision  int64
	Content   Content
	Document  string // SHA-256 of the PDF, its name in the file store
	State     VersionState
	Valid     civil.Date
	Sent      time.Time
	To, By    string
	Seen      time.Time // zero = not yet
	Decided   time.Time
	Signatory string
	Address   string
	Agent     string
	Reason    string
	Choice    Choice
	Signed    string // SHA-256 of the signed PDF
}

// VersionState is where a version stands.
type VersionState int64

// The states of a version.
const (
	VersionOpen VersionState = iota
	VersionAccepted
	VersionDeclined
	VersionReplaced
	VersionWithdrawn
)

// Current is the newest version that was sent; nil = none.
func (q *Quote) Current() *Version {
	if len(q.Versions) == 0 {
		return nil
	}
	return &q.Versions[0]
}

// Expired reports whether a sent quote can no longer be accepted on a day.
func (q *Quote) Expired(day civil.Date) bool { return q.State == Open && q.Valid < day }

// Content is what the quote says now: the draft, else what was sent last.
func (q *Quote) Content() *Content {
	if q.Draft != nil {
		return q.Draft
	}
	if v := q.Current(); v != nil {
		return &v.Content
	}
	return &Content{}
}

func quoteOf(r store.QuotesQuote) (*Quote, error) {
	q := &Quote{
		ID: ids.ID(r.ID), Version: r.Version, Number: r.Number, Client: ids.ID(r.ClientID), Person: ids.ID(r.PersonID), Name: r.Person, Email: r.Email, Title: r.Title, State: State(r.State),
		Revision: r.Revision, Currency: money.Currency(r.Currency), Month: r.MonthMinor, Once: r.OnceMinor, Valid: civil.Date(r.Valid), Owner: ids.ID(r.OwnerID), OwnerName: r.Owner,
		Stage: Fulfilment(r.Made), Failure: r.Failure, Agreement: ids.ID(r.AgreementID), Made: clock.FromMicros(r.MadeAt), Changed: clock.FromMicros(r.ChangedAt),
	}
	for _, x := range strings.Fields(r.Invoices) {
		id, err := ids.Parse(x)
		if err != nil {
			return nil, err
		}
		q.Invoices = append(q.Invoices, id)
	}
	if r.Draft != "" {
		q.Draft = &Content{}
		if err := json.Unmarshal([]byte(r.Draft), q.Draft); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func versionOf(r store.QuotesSent) (v Version, err error) {
	instant := func(us int64) time.Time {
		if us == 0 {
			return time.Time{}
		}
		return clock.FromMicros(us)
	}
	v = Version{
		Revision: r.Revision, Document: r.Document, State: VersionState(r.State), Valid: civil.Date(r.Valid), Sent: clock.FromMicros(r.SentAt), To: r.SentTo, By: r.SentBy, Seen: instant(r.SeenAt),
		Decided: instant(r.DecidedAt), Signatory: r.DecidedBy, Address: r.Address, Agent: r.Agent, Reason: r.Reason, Signed: r.Signed,
	}
	if err := json.Unmarshal([]byte(r.Body), &v.Content); err != nil {
		return v, err
	}
	if r.Choice != "" {
		err = json.Unmarshal([]byte(r.Choice), &v.Choice)
	}
	return v, err
}

// Get returns a quote with its versions.
func (s *Service) Get(ctx context.Context, id ids.ID) (*Quote, error) {
	return s.get(ctx, s.read(), id)
}

func (s *Service) get(ctx context.Context, q *store.Queries, id ids.ID) (*Quote, error) {
	r, err := q.QuoteByID(ctx, int64(id))
	if err != nil {
		return nil, found(err, noQuote())
	}
	out, err := quoteOf(r)
	if err != nil {
		return nil, err
	}
	sent, err := q.SentOf(ctx, int64(id))
	if err != nil {
		return nil, err
	}
	for _, x := range sent {
		v, err := versionOf(x)
		if err != nil {
			return nil, err
		}
		out.Versions = append(out.Versions, v)
	}
	return out, nil
}

func noQuote() *fault.Error { return fault.NewNotFound("There is no such quote.") }

func changedMeanwhile() error {
	return fault.NewConflict("Somebody changed this in the meantime. Look at the newer version and enter your change again.")
}

func found(err error, sentence *fault.Error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sentence
	}
	return err
}

func actor(ctx context.Context) (ids.ID, string) {
	if id := access.From(ctx); id != nil {
		return id.User, id.Name
	}
	return 0, ""
}

// ClientMerged moves the quotes of one client to another; its argument is that of clients.MergedJob, "FROM INTO".
func (s *Service) ClientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).MoveQuotes(ctx, int64(from), int64(into)) })
}

// HasClients are the clients that have quotes, which keep them from being forgotten.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), "SELECT client_id FROM quotes_quotes")
}

// KeepsItem refuses to let an item go that stands in a quote.
func (s *Service) KeepsItem(ctx context.Context, item ids.ID) error {
	name, err := json.Marshal(item)
	if err != nil {
		return err
	}
	n, err := s.read().WithItem(ctx, `%"item":`+string(name)+`,%`)
	if err == nil && n > 0 {
		return fault.NewConflict("This item stands in a quote. Archive it instead.")
	}
	return err
}
