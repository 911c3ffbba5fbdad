// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the agreements: list, agreement, editor, amendment, papers, counts, renewals, and the panel on a
// client's page.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// Handlers serve the pages of the agreements. Funcs that are nil show nothing of what they would tell.
type Handlers struct {
	Agreements *agreements.Service
	Catalogue  *catalogue.Service
	Clock      clock.Clock
	Currency   func(context.Context) money.Currency // of the firm

	// Forecast returns the next documents of an agreement as it stands or is edited. Issued returns those that were issued.
	Forecast func(ctx context.Context, a *agreements.Agreement, n int) ([]Bill, error)
	Issued   func(ctx context.Context, agreement ids.ID, n int) ([]Bill, error)
	// Balances returns what is left of a client's allowances on a day, by the allowance's ID.
	Balances func(ctx context.Context, client ids.ID, day civil.Date) (map[ids.ID]Balance, error)
	// Estate returns what a client has of a kind, covered or not, and false where nobody can say.
	Estate func(ctx context.Context, client ids.ID, counted string) ([]agreements.Member, bool, error)
	// Counts is the page that shows day by day what of a client a filter finds, "" where the caller may not see it.
	Counts func(ctx context.Context, client ids.ID, filter string) string
	// WorkTypes are the kinds of work, Levels the service levels that can be promised.
	WorkTypes, Levels func(context.Context) ([]Choice, error)
	// Paper draws the agreement as a document to sign.
	Paper func(ctx context.Context, a *agreements.Agreement) ([]byte, error)
	// Keep draws the document that is signed, puts it into the file store and returns its digest.
	Keep func(ctx context.Context, a *agreements.Agreement, s agreements.Sign) (string, error)
	// Kept returns the document that was signed, by its digest.
	Kept func(ctx context.Context, digest string) ([]byte, error)
}

// Choice is something that can be chosen by its id. Data says that a person named it.
type Choice struct {
	ID   ids.ID
	Name string
	Data bool
}

// Bill is an invoice or credit note, issued or to come.
type Bill struct {
	Href, Number  string
	Credit, Draft bool
	Day, Due      civil.Date
	Currency      money.Currency
	Net, Tax      int64
	Gross, Open   int64
	Lines         []BillLine
}

// BillLine is a line of one with its reasons.
type BillLine struct {
	Name     string
	Period   rating.Period
	Quantity money.Decimal
	Net      int64
	Why      []string
}

// Balance is what of an allowance is left.
type Balance struct {
	Left, Granted money.Exact
	Low           bool
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /agreements", access.AgreementsRead, h.list)
	on("GET /agreements/renewals", access.AgreementsRead, h.renewals)
	on("GET /agreements/prices", access.AgreementsWrite, h.prices)
	on("POST /agreements/prices", access.AgreementsWrite, h.applyPrices)
	on("POST /agreements/prices/proof/{agreement}", access.AgreementsWrite, h.proofLetter)
	on("GET /agreements/letters", access.AgreementsRead, h.letters)
	on("GET /agreements/{agreement}/letters/{letter}/letter.pdf", access.AgreementsRead, h.letterFile)
	on("POST /agreements/{agreement}/letters/{letter}/send", access.AgreementsWrite, h.sendLetter)
	on("GET /agreements/new", access.AgreementsWrite, h.newDraft)
	on("POST /agreements/new", access.AgreementsWrite, h.createDraft)
	on("POST /agreements/forecast", access.AgreementsWrite, h.forecastDraft)
	on("GET /agreements/{agreement}", access.AgreementsRead, h.show)
	on("GET /agreements/{agreement}/edit", access.AgreementsWrite, h.edit)
	on("POST /agreements/{agreement}/edit", access.AgreementsWrite, h.saveDraft)
	on("POST /agreements/{agreement}/discard", access.AgreementsWrite, h.discard)
	on("GET /agreements/{agreement}/activate", access.AgreementsWrite, h.askActivate)
	on("POST /agreements/{agreement}/activate", access.AgreementsWrite, h.activate)
	on("GET /agreements/{agreement}/amend", access.AgreementsWrite, h.amend)
	on("POST /agreements/{agreement}/amend", access.AgreementsWrite, h.putAmendment)
	on("POST /agreements/{agreement}/amend/forecast", access.AgreementsWrite, h.forecastAmendment)
	on("GET /agreements/{agreement}/end", access.AgreementsWrite, h.askEnd)
	on("POST /agreements/{agreement}/end", access.AgreementsWrite, h.end)
	on("POST /agreements/{agreement}/resume", access.AgreementsWrite, h.resume)
	on("POST /agreements/{agreement}/cancel", access.AgreementsWrite, h.cancel)
	on("POST /agreements/{agreement}/copy", access.AgreementsWrite, h.copied)
	on("GET /agreements/{agreement}/papers", access.AgreementsWrite, h.papers)
	on("POST /agreements/{agreement}/papers", access.AgreementsWrite, h.savePapers)
	on("GET /agreements/{agreement}/block", access.AgreementsWrite, h.askBlock)
	on("POST /agreements/{agreement}/block", access.AgreementsWrite, h.buyBlock)
	on("GET /agreements/{agreement}/allowance", access.AgreementsWrite, h.askAllowance)
	on("POST /agreements/{agreement}/allowance", access.AgreementsWrite, h.putAllowance)
	on("GET /agreements/{agreement}/lines/{line}", access.AgreementsRead, h.line)
	on("POST /agreements/{agreement}/lines/{line}/count", access.AgreementsWrite, h.count)
	on("POST /agreements/{agreement}/lines/{line}/counting", access.AgreementsWrite, h.countFromNow)
	on("GET /agreements/{agreement}/agreement.pdf", access.AgreementsRead, h.document)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func scope(r *http.Request) access.Scope { return access.From(r.Context()).Scope() }

// find returns the agreement of the path, if it is in the reader's scope.
func (h *Handlers) find(r *http.Request) (*agreements.Agreement, error) {
	id, err := pathID(r, "agreement")
	if err != nil {
		return nil, err
	}
	a, err := h.Agreements.Get(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if s := scope(r); !s.All() && s.Client() != a.Client {
		return nil, fault.NewNotFound("There is no such agreement.")
	}
	return a, nil
}

func pathID(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

// idOf reads an id of a form or an address; none or a damaged one is 0.
func idOf(s string) ids.ID {
	id, _ := ids.Parse(s)
	return id
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// dayOf reads a day; an empty text is NoDate.
func dayOf(s, field string) (civil.Date, error) {
	if s = strings.TrimSpace(s); s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day.", s).On(field)
	}
	return d, nil
}

// wholeOf reads a whole number; an empty text is what stands for none.
func wholeOf(s, field string, none int) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return none, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not a whole number.", s).On(field)
	}
	return n, nil
}

// decimalOf reads a number; an empty text is nil.
func decimalOf(s, field string) (*money.Decimal, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	d, err := catalogue.ParseDecimal(s, field)
	return &d, err
}

// mendable reports whether a form can be shown again with what was typed.
func mendable(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict)
}

func good(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

func address(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func urlOf(id ids.ID, parts ...string) string {
	return strings.Join(append([]string{"/agreements/" + id.String()}, parts...), "/")
}

func versionOf(r *http.Request) int64 {
	v, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	return v
}
