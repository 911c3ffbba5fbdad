// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing"
	"mainstay/practice/payments"
	"mainstay/practice/payments/bank"
	"mainstay/practice/payments/match"
)

// maxUpload bounds a bank's file as it is sent.
const maxUpload = 64 << 20

type bankView struct {
	certain, proposed, unknown []payments.Proposal
	docs                       map[ids.ID]billing.Doc
	more                       bool
	accounts                   []payments.BankAccount
	files                      []payments.File
	names                      map[ids.ID]string
	sample                     [][]string // of a table whose columns a person has to name
	account, currency          string
	err                        error
}

func (h *Handlers) bank(w http.ResponseWriter, r *http.Request) error {
	return h.bankPage(w, r, bankView{})
}

func (h *Handlers) bankPage(w http.ResponseWriter, r *http.Request, v bankView) error {
	ctx := r.Context()
	found, err := h.Payments.Review(ctx)
	if err != nil {
		return err
	}
	v.docs, v.more = found.Docs, found.More
	for _, p := range found.Proposals {
		switch {
		case p.Certain:
			v.certain = append(v.certain, p)
		case len(p.Matches) > 0 || p.Debit != nil:
			v.proposed = append(v.proposed, p)
		default:
			v.unknown = append(v.unknown, p)
		}
	}
	if v.accounts, err = h.Payments.BankAccounts(ctx); err != nil {
		return err
	}
	if v.files, err = h.Payments.Files(ctx, 5); err != nil {
		return err
	}
	var list []ids.ID
	for _, p := range found.Proposals {
		if p.Debit != nil {
			list = append(list, p.Debit.Client)
		}
	}
	if v.names, err = h.names(ctx, list...); err != nil {
		return err
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, bankTempl(v))
}

// upload takes in a file of a bank. Where its columns are not known, they are asked for with its first rows beside.
func (h *Handlers) upload(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload+1<<20)
	v := bankView{}
	data, name, err := sent(r)
	if err == nil {
		v.account, v.currency = r.FormValue("account"), r.FormValue("currency")
		var layout *bank.Layout
		if layout, err = layoutOf(r); err == nil {
			var taken []payments.Taken
			taken, err = h.Payments.Import(ctx, payments.Upload{Name: name, At: bytes.NewReader(data), Size: int64(len(data)), Account: idOf(v.account), Layout: layout})
			if err == nil {
				return h.tookIn(w, r, taken)
			}
		}
	}
	if !mendable(err) {
		return err
	}
	v.err = err
	if fieldOf(err) == "layout" {
		if _, rows, lookErr := bank.Look(ctx, name, bytes.NewReader(data), int64(len(data)), bank.Limits{}); lookErr == nil {
			v.sample = rows
		}
	}
	return h.bankPage(w, r, v)
}

func sent(r *http.Request) ([]byte, string, error) {
	f, head, err := r.FormFile("file")
	if err != nil {
		return nil, "", fault.NewInvalid("Choose a file of your bank, at most %d MB.", maxUpload>>20).On("file").Because(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxUpload+1))
	if err != nil || len(data) > maxUpload {
		return nil, "", fault.NewInvalid("Choose a file of your bank, at most %d MB.", maxUpload>>20).On("file").Because(err)
	}
	return data, head.Filename, nil
}

// layoutOf reads which column is what, where a person said it: fields "column-" and the column's number.
func layoutOf(r *http.Request) (*bank.Layout, error) {
	if r.FormValue("columns") == "" {
		return nil, nil
	}
	l := &bank.Layout{Columns: map[bank.Field][]int{}, Order: bank.DayOrder(r.FormValue("order"))}
	known := map[bank.Field]bool{}
	for _, f := range bank.Fields {
		known[f] = true
	}
	for i := range 60 {
		f := bank.Field(r.FormValue("column-" + number(i)))
		if known[f] {
			l.Columns[f] = append(l.Columns[f], i)
		}
	}
	if r.FormValue("heading") != "" {
		l.Header = 1
	}
	return l, nil
}

func (h *Handlers) tookIn(w http.ResponseWriter, r *http.Request, taken []payments.Taken) error {
	p := locale.From(r.Context())
	lines, added, out := 0, 0, 0
	var notes []string
	for _, t := range taken {
		lines, added, out = lines+t.Lines, added+t.Added, out+t.Out
		for _, n := range t.Notes {
			notes = append(notes, p.T(n.Key, n.Args...))
		}
	}
	text := p.T("%[1]d bookings read, %[2]d of them new. %[3]d went out and were put aside.", lines, added, out)
	kind := page.Good
	if added == 0 {
		text = p.T("%d bookings read; all of them were taken in before.", lines)
	}
	if len(notes) > 0 {
		kind = page.Warn
		text += " " + strings.Join(notes, " ")
	}
	page.SetFlash(w, r, page.Flash{Kind: kind, Text: text})
	return page.Redirect(w, r, "/payments/bank")
}

func (h *Handlers) acceptCertain(w http.ResponseWriter, r *http.Request) error {
	n, err := h.Payments.AcceptCertain(r.Context())
	if err != nil {
		return bad(w, r, err, "/payments/bank")
	}
	return good(w, r, locale.N(r.Context(), "%d booking is booked.|%d bookings are booked.", int64(n)), "/payments/bank")
}

type doneView struct {
	state payments.BookingState
	rows  []payments.Booking
	next  string
}

func (h *Handlers) decided(w http.ResponseWriter, r *http.Request) error {
	v := doneView{state: payments.Booked}
	if r.URL.Query().Get("show") == "ignored" {
		v.state = payments.Ignored
	}
	var err error
	if v.rows, err = h.Payments.Bookings(r.Context(), v.state, idOf(r.URL.Query().Get("after")), 51); err != nil {
		return err
	}
	if len(v.rows) > 50 {
		v.rows = v.rows[:50]
		v.next = address("/payments/bank/done", "show", r.URL.Query().Get("show"), "after", v.rows[49].ID.String())
	}
	return page.Render(w, r, http.StatusOK, donePage(v))
}

type bookingView struct {
	payments.Proposal
	docs     map[ids.ID]billing.Doc
	open     []openRow
	clients  []page.Option
	client   string // whose credit the rest is
	chosen   string // whose invoices are shown
	note     string
	payments []payments.Payment
	name     string // of the debit's client
	err      error
}

func (h *Handlers) booking(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "line")
	if err != nil {
		return err
	}
	return h.bookingPage(w, r, id, bookingView{chosen: r.URL.Query().Get("client")}, nil)
}

func (h *Handlers) bookingPage(w http.ResponseWriter, r *http.Request, id ids.ID, v bookingView, amounts map[ids.ID]string) (err error) {
	ctx := r.Context()
	if v.Proposal, v.docs, err = h.Payments.Proposal(ctx, id); err != nil {
		return err
	}
	if v.State != payments.ToReview {
		list, err := h.Payments.List(ctx, payments.Query{Line: id})
		if err != nil {
			return err
		}
		v.payments, v.Matches = list.Rows, nil
		return page.Render(w, r, http.StatusOK, bookingTempl(v))
	}
	if v.Debit != nil {
		names, err := h.names(ctx, v.Debit.Client)
		if err != nil {
			return err
		}
		v.name = names[v.Debit.Client]
	}
	if amounts == nil && len(v.Matches) > 0 {
		amounts = map[ids.ID]string{}
		m := v.Matches[0]
		for _, a := range m.Allocations {
			amounts[a.Invoice] = typed(ctx, a.Amount, v.Currency)
		}
		if v.chosen == "" && m.Client != 0 {
			v.chosen = m.Client.String()
		}
	}
	if v.client == "" {
		v.client = v.chosen
	}
	if v.clients, err = h.choices(ctx, locale.T(ctx, "Choose a client")); err != nil {
		return err
	}
	if err := h.openFor(ctx, &v, amounts); err != nil {
		return err
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, bookingTempl(v))
}

// openFor lists the invoices that a booking may pay: those that get something, and the open ones of the chosen client.
func (h *Handlers) openFor(ctx context.Context, v *bookingView, amounts map[ids.ID]string) error {
	seen := map[ids.ID]bool{}
	add := func(d billing.Doc) {
		if !seen[d.ID] && d.Currency == v.Currency && d.Open > 0 {
			seen[d.ID] = true
			v.open = append(v.open, openRow{d, amounts[d.ID]})
		}
	}
	if id := idOf(v.chosen); id != 0 {
		list, err := h.Payments.OpenOf(ctx, id)
		if err != nil {
			return err
		}
		for _, d := range list {
			add(d)
		}
	}
	for _, m := range v.Matches {
		for _, a := range m.Allocations {
			add(docOf(v.docs, a.Invoice))
		}
	}
	for id := range amounts {
		if d, err := h.Billing.Doc(ctx, id); err == nil {
			add(d)
		}
	}
	return nil
}

func (h *Handlers) accept(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), r.PostFormValue
	id, err := pathID(r, "line")
	if err != nil {
		return err
	}
	amounts := allocated(r)
	v := bookingView{client: f("client"), chosen: f("client"), note: f("note")}
	if f("show") != "" {
		return h.bookingPage(w, r, id, v, amounts)
	}
	d := payments.Decision{Booking: id, Version: versionOf(f("version")), Client: idOf(v.client), Bundle: idOf(f("bundle")), Note: strings.TrimSpace(v.note)}
	d.Allocations, err = allocations(ctx, amounts, money.Currency(f("currency")))
	if err == nil {
		err = h.Payments.Accept(ctx, d)
	}
	if mendable(err) {
		v.err = err
		return h.bookingPage(w, r, id, v, amounts)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(ctx, "The booking is booked."), "/payments/bank")
}

func (h *Handlers) ignore(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "line")
	if err != nil {
		return err
	}
	if err := h.Payments.Ignore(r.Context(), id, versionOf(r.PostFormValue("version"))); err != nil {
		return bad(w, r, err, "/payments/bank")
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The booking is put aside."), Undo: bookingURL(id) + "/reopen"})
	return page.Redirect(w, r, "/payments/bank")
}

func (h *Handlers) reopen(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "line")
	if err != nil {
		return err
	}
	if err := h.Payments.Reopen(r.Context(), id); err != nil {
		return bad(w, r, err, bookingURL(id))
	}
	return good(w, r, locale.T(r.Context(), "The booking waits for a decision again."), "/payments/bank")
}

func (h *Handlers) saveAccount(w http.ResponseWriter, r *http.Request) error {
	id := r.PostFormValue("id")
	f := func(name string) string {
		if id == "" {
			return r.PostFormValue(name)
		}
		return r.PostFormValue(name + "-" + id) // there is a form for each account
	}
	_, err := h.Payments.SaveBankAccount(r.Context(), payments.BankAccount{ID: idOf(id), Name: f("name"), Number: f("number"), Currency: money.Currency(strings.ToUpper(strings.TrimSpace(f("currency")))), Ledger: f("ledger")})
	if err != nil {
		return bad(w, r, err, "/payments/bank")
	}
	return good(w, r, locale.T(r.Context(), "Saved."), "/payments/bank")
}

// why says a match's reasons in one line.
func why(ctx context.Context, m match.Match) string {
	var out []string
	for _, r := range m.Reasons {
		out = append(out, reasonName(ctx, r))
	}
	return strings.Join(out, ", ")
}
