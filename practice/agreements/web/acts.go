// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// newFor is the way to a new agreement with a client; none for those who may not make one.
func newFor(ctx context.Context, client ids.ID) page.Button {
	if !may(ctx, access.AgreementsWrite) {
		return page.Button{}
	}
	return page.Button{Label: locale.T(ctx, "New agreement"), Icon: "plus", Small: true, Kind: page.Ghost, Href: address("/agreements/new", "client", client.String())}
}

func noneYet(ctx context.Context) []page.Button {
	if !may(ctx, access.AgreementsWrite) {
		return nil
	}
	return []page.Button{{Label: locale.T(ctx, "New agreement"), Icon: "plus", Kind: page.Primary, Href: "/agreements/new"}}
}

func (h *Handlers) discard(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err == nil {
		err = h.Agreements.Discard(r.Context(), a.ID, versionOf(r))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The draft is gone."), "/agreements")
}

func (h *Handlers) askActivate(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	o, err := h.look(r.Context(), a, nil)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, activatePage(a, o, "", "", nil))
}

func (h *Handlers) activate(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	by, reason := r.PostFormValue("by"), r.PostFormValue("reason")
	err = h.sign(r.Context(), a, versionOf(r), agreements.Sign{By: by, Reason: reason})
	if mendable(err) {
		o, e := h.look(r.Context(), a, nil)
		if e != nil {
			return e
		}
		return page.Render(w, r, page.StatusOf(err), activatePage(a, o, by, reason, err))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The agreement is active."), urlOf(a.ID))
}

// sign activates an agreement with its document, where there is somebody who keeps one.
func (h *Handlers) sign(ctx context.Context, a *agreements.Agreement, version int64, sign agreements.Sign) error {
	if h.Keep != nil {
		var err error
		if sign.Document, err = h.Keep(ctx, a, sign); err != nil {
			return err
		}
	}
	return h.Agreements.Activate(ctx, a.ID, version, sign)
}

// document is what was signed or, of a draft, what would be.
func (h *Handlers) document(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	var pdf []byte
	switch {
	case a.Document != "" && h.Kept != nil:
		pdf, err = h.Kept(r.Context(), a.Document)
	case h.Paper != nil:
		pdf, err = h.Paper(r.Context(), a)
	default:
		err = fault.NewNotFound("There is no page at this address.")
	}
	if err != nil {
		return err
	}
	return servePDF(w, a.Number, pdf)
}

func (h *Handlers) askEnd(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	_, last := a.NoticeBy(max(h.Agreements.Today(a.Zone), a.Starts))
	return page.Render(w, r, http.StatusOK, endPage(a, dayText(last), "", h.Agreements.Today(a.Zone), nil))
}

func (h *Handlers) end(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	text, reason := r.PostFormValue("last"), r.PostFormValue("reason")
	last, err := dayOf(text, "last")
	if err == nil && !last.Known() {
		err = fault.NewInvalid("Enter the last day.").On("last")
	}
	if err == nil {
		err = h.Agreements.End(r.Context(), a.ID, versionOf(r), last, reason)
	}
	if mendable(err) {
		return page.Render(w, r, page.StatusOf(err), endPage(a, text, reason, h.Agreements.Today(a.Zone), err))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The agreement ends on %s.", locale.From(r.Context()).Date(last)), urlOf(a.ID))
}

func (h *Handlers) resume(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err == nil {
		err = h.Agreements.End(r.Context(), a.ID, versionOf(r), civil.NoDate, r.PostFormValue("reason"))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The agreement goes on."), urlOf(a.ID))
}

func (h *Handlers) cancel(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err == nil {
		err = h.Agreements.Cancel(r.Context(), a.ID, versionOf(r), r.PostFormValue("reason"))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The agreement is cancelled."), urlOf(a.ID))
}

// copied makes a draft like an agreement as it stands, from the next first of a month on.
func (h *Handlers) copied(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	today := h.Agreements.Today(a.Zone)
	d := a.Draft(a.Reference(today))
	d.Starts, d.Ends, d.Origin, d.Quote = (today.Month() + 1).First(), civil.NoDate, "copy:"+a.Number, 0
	d.Cycle.Anchor, d.Cycle.Day, d.Rise.Next = d.Starts, 0, civil.NoDate
	id, err := h.Agreements.Create(r.Context(), d)
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "This is a draft like it. Look through it, then activate it."), urlOf(id, "edit"))
}

// paperForm is what can be changed without a day, as it was typed.
type paperForm struct {
	Version, Name, Order, Scope, PayDays, Renew, Notice, Rise, RiseEvery, RiseNext, RiseIndex, AllWork, Level string
	Work                                                                                                      []string
}

func (h *Handlers) papers(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	f := formOf(agreements.NewAgreement{Head: a.Head}, a.Version)
	return h.paperPage(w, r, a, paperForm{f.Version, f.Name, f.Order, f.Scope, f.PayDays, f.Renew, f.Notice, f.Rise, f.RiseEvery, f.RiseNext, f.RiseIndex, f.AllWork, f.Level, f.Work}, nil)
}

func (h *Handlers) paperPage(w http.ResponseWriter, r *http.Request, a *agreements.Agreement, f paperForm, failed error) error {
	types, err := h.choices(r.Context(), h.WorkTypes)
	if err != nil {
		return err
	}
	levels, err := h.choices(r.Context(), h.Levels)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, papersPage(a, f, types, levels, failed))
}

func (h *Handlers) savePapers(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	f := typedForm(r)
	p := paperForm{f.Version, f.Name, f.Order, f.Scope, f.PayDays, f.Renew, f.Notice, f.Rise, f.RiseEvery, f.RiseNext, f.RiseIndex, f.AllWork, f.Level, f.Work}
	f.Lines, f.Pots, f.Every, f.Starts = nil, nil, "0-1", "" // only what is on this form is read
	d, err := f.draft()
	if err == nil {
		err = h.Agreements.UpdatePapers(r.Context(), a.ID, versionOf(r), agreements.Papers{
			Name: d.Name, Order: d.Order, Scope: d.Scope, PayDays: d.PayDays, Renew: d.Renew, Notice: d.Notice, Rise: d.Rise, Work: d.Work, Level: d.Level,
		})
	}
	if mendable(err) {
		return h.paperPage(w, r, a, p, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The papers are saved."), urlOf(a.ID))
}

// blockForm is a block that is bought, as it was typed.
type blockForm struct{ Pot, Day, Until, Amount, Name, Price, Note string }

func (h *Handlers) askBlock(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, blockPage(a, blockForm{Pot: r.URL.Query().Get("pot"), Day: h.Agreements.Today(a.Zone).String()}, nil))
}

func (h *Handlers) buyBlock(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	v := r.PostFormValue
	f := blockForm{v("pot"), v("day"), v("until"), v("amount"), v("name"), v("price"), v("note")}
	b, err := f.block()
	if err == nil {
		err = h.Agreements.BuyBlock(r.Context(), a.ID, versionOf(r), b)
	}
	if mendable(err) {
		return page.Render(w, r, page.StatusOf(err), blockPage(a, f, err))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The block is entered."), urlOf(a.ID))
}

func (f blockForm) block() (b agreements.Block, err error) {
	b.Pot, b.Note = idOf(f.Pot), f.Note
	if b.Day, err = dayOf(f.Day, "day"); err != nil {
		return b, err
	}
	if b.Until, err = dayOf(f.Until, "until"); err != nil {
		return b, err
	}
	if b.Until.Known() {
		b.Until++ // the form asks for the last day
	}
	if b.Amount, err = catalogue.ParseDecimal(f.Amount, "amount"); err != nil {
		return b, err
	}
	price, err := decimalOf(f.Price, "price")
	if price != nil {
		b.Line = &agreements.NewLine{Copy: agreements.Copy{Name: f.Name}, Terms: rating.Terms{Once: true, Price: rating.Price{Unit: *price}}}
	}
	return b, err
}

// line shows how the quantity of a line is known: its counts and what it covers.
func (h *Handlers) line(w http.ResponseWriter, r *http.Request) error {
	a, l, err := h.findLine(r)
	if err != nil {
		return err
	}
	return h.linePage(w, r, a, l, countForm{Day: h.Agreements.Today(a.Zone).String()}, nil)
}

type countForm struct{ Day, Quantity, Evidence string }

func (h *Handlers) findLine(r *http.Request) (*agreements.Agreement, *agreements.Line, error) {
	a, err := h.find(r)
	if err != nil {
		return nil, nil, err
	}
	id, err := pathID(r, "line")
	if err != nil {
		return nil, nil, err
	}
	l := a.Line(id)
	if l == nil {
		return nil, nil, fault.NewNotFound("There is no such line in an agreement.")
	}
	return a, l, nil
}

func (h *Handlers) linePage(w http.ResponseWriter, r *http.Request, a *agreements.Agreement, l *agreements.Line, f countForm, failed error) error {
	members, err := h.Agreements.Members(r.Context(), l.ID)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	v := lineView{a: a, line: l, members: members, form: f, today: h.Agreements.Today(a.Zone), err: failed}
	if h.Counts != nil && l.Counted == agreements.CountedDevices {
		v.counts = h.Counts(r.Context(), a.Client, l.Filter)
	}
	if v.hand, err = h.known(r, a, l); err != nil {
		return err
	}
	return page.Render(w, r, status, linePage(&v))
}

// lineView is the page of a line.
type lineView struct {
	a       *agreements.Agreement
	line    *agreements.Line
	members []agreements.Member
	counts  string // the page of counts by day, "" = there is none
	hand    int    // how many could be counted, while its quantity is what somebody entered
	form    countForm
	today   civil.Date
	err     error
}

// known says how many people or sites could be counted of a line whose quantity is entered by hand; 0 = none, or they are counted.
func (h *Handlers) known(r *http.Request, a *agreements.Agreement, l *agreements.Line) (int, error) {
	if h.Estate == nil || a.State != agreements.Active || l.Counted != agreements.CountedPeople && l.Counted != agreements.CountedSites {
		return 0, nil
	}
	hand, err := h.Agreements.ByHand(r.Context(), l.ID)
	if err != nil || !hand {
		return 0, err
	}
	list, _, err := h.Estate(r.Context(), a.Client, l.Counted)
	return len(list), err
}

// countFromNow counts a line on its own, though its quantity was entered by hand.
func (h *Handlers) countFromNow(w http.ResponseWriter, r *http.Request) error {
	a, l, err := h.findLine(r)
	if err != nil {
		return err
	}
	if err := h.Agreements.CountFromNow(r.Context(), a, l.ID); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "It is counted from today on."), urlOf(a.ID, "lines", l.ID.String()))
}

func (h *Handlers) count(w http.ResponseWriter, r *http.Request) error {
	a, l, err := h.findLine(r)
	if err != nil {
		return err
	}
	f := countForm{r.PostFormValue("day"), r.PostFormValue("quantity"), r.PostFormValue("evidence")}
	fact := agreements.NewFact{Source: agreements.CountedHand, Evidence: f.Evidence}
	fact.Day, err = dayOf(f.Day, "day")
	if err == nil && f.Quantity == "" {
		err = fault.NewInvalid("Enter how many there were.").On("quantity")
	}
	if err == nil {
		fact.Quantity, err = catalogue.ParseDecimal(f.Quantity, "quantity")
	}
	if err == nil {
		err = h.Agreements.Count(r.Context(), l.ID, fact)
	}
	if mendable(err) {
		return h.linePage(w, r, a, l, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The count is entered."), urlOf(a.ID, "lines", l.ID.String()))
}

func versionText(a *agreements.Agreement) string { return strconv.FormatInt(a.Version, 10) }
