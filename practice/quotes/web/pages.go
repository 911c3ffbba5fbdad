// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
	"mainstay/practice/quotes"
)

const perPage = 50

// listView is the list of quotes.
type listView struct {
	state, text string
	rows        []*quotes.Quote
	names       map[ids.ID]string
	more        string
	today       civil.Date
}

func (v *listView) filtered() bool { return v.state != "" || v.text != "" }

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &listView{state: q.Get("state"), text: strings.TrimSpace(q.Get("q")), today: h.Quotes.Today()}
	f := quotes.Filter{Text: v.text, Limit: perPage + 1}
	if s, ok := quotes.ParseState(v.state); ok {
		f.State = &s
	} else {
		v.state = ""
	}
	f.After, _ = ids.Parse(q.Get("after"))
	f.Client, _ = ids.Parse(q.Get("client"))
	var err error
	if v.rows, err = h.Quotes.List(ctx, f); err != nil {
		return err
	}
	if len(v.rows) > perPage {
		v.rows = v.rows[:perPage]
		v.more = address("/quotes", "state", v.state, "q", v.text, "client", q.Get("client"), "after", v.rows[perPage-1].ID.String())
	}
	list := make([]ids.ID, len(v.rows))
	for i, x := range v.rows {
		list[i] = x.Client
	}
	if v.names, err = h.Clients.Names(ctx, access.WholeFirm(), list...); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, listPage(v))
}

// quoteView is one quote.
type quoteView struct {
	q                  *quotes.Quote
	client             string
	content            *quotes.Content
	choice             quotes.Choice
	totals             quotes.Totals
	today              civil.Date
	canSend            bool
	link               string // just sent: shown once
	agreement, invoice func(ids.ID) string
	err                error
}

func (h *Handlers) quote(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return h.show(w, r, id, "", nil)
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request, id ids.ID, link string, failed error) error {
	ctx := r.Context()
	q, err := h.Quotes.Get(ctx, id)
	if err != nil {
		return err
	}
	v := &quoteView{q: q, content: q.Content(), today: h.Quotes.Today(), link: link, agreement: h.Agreement, invoice: h.Invoice, err: failed}
	v.choice = v.content.Preset()
	if q.State == quotes.Yes {
		v.choice = q.Current().Choice
	}
	if v.totals, err = v.content.Totals(v.choice); err != nil {
		return err
	}
	names, err := h.Clients.Names(ctx, access.WholeFirm(), q.Client)
	if err != nil {
		return err
	}
	v.client = names[q.Client]
	if v.canSend, err = h.Quotes.CanSend(ctx); err != nil {
		return err
	}
	return page.Render(w, r, statusOf(failed), quotePage(v))
}

// send freezes the draft. The link is shown once, to be passed on by hand where no mail is sent.
func (h *Handlers) send(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	link, err := h.Quotes.Send(r.Context(), id, version, r.PostFormValue("post") == "yes")
	if err != nil && !mendable(err) {
		return err
	}
	return h.show(w, r, id, link, err)
}

func (h *Handlers) act(w http.ResponseWriter, r *http.Request, do func(context.Context, ids.ID) error, text, to string) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := do(r.Context(), id); err != nil {
		if mendable(err) {
			return h.show(w, r, id, "", err)
		}
		return err
	}
	if to == "" {
		to = quoteURL(id)
	}
	return good(w, r, text, to)
}

func (h *Handlers) withdraw(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, h.Quotes.Withdraw, locale.T(r.Context(), "The quote is withdrawn; its link leads nowhere any more."), "")
}

func (h *Handlers) retry(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, h.Quotes.Retry, locale.T(r.Context(), "It is tried again. Look at this page in a moment."), "")
}

func (h *Handlers) revise(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return h.act(w, r, h.Quotes.Revise, locale.T(r.Context(), "What was sent stays valid until the new version is sent."), quoteURL(id)+"/edit")
}

func (h *Handlers) discard(w http.ResponseWriter, r *http.Request) error {
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	return h.act(w, r, func(ctx context.Context, id ids.ID) error { return h.Quotes.Discard(ctx, id, version) }, locale.T(r.Context(), "The draft is deleted."), "/quotes")
}

// proof is the draft on paper.
func (h *Handlers) proof(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	q, err := h.Quotes.Get(r.Context(), id)
	if err != nil {
		return err
	}
	b, err := h.Quotes.Proof(r.Context(), q)
	if err != nil {
		return err
	}
	pdfHead(w, q.Number)
	_, err = w.Write(b) //nolint:gosec // a PDF that was just drawn, served as one
	return err
}

func pdfHead(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	w.Header().Set("Cache-Control", "private, no-store")
}

// file is a version as it was sent or signed.
func (h *Handlers) file(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	q, err := h.Quotes.Get(r.Context(), id)
	if err != nil {
		return err
	}
	name := r.PathValue("file")
	for i := range q.Versions {
		v := &q.Versions[i]
		if strconv.FormatInt(v.Revision, 10) == r.PathValue("revision") && (name == "quote.pdf" || name == "signed.pdf" && v.Signed != "") {
			return h.serve(w, r, q, v, name == "signed.pdf")
		}
	}
	return fault.NewNotFound("There is no such file.")
}

func (h *Handlers) serve(w http.ResponseWriter, r *http.Request, q *quotes.Quote, v *quotes.Version, signed bool) error {
	f, err := h.Quotes.PDF(v, signed)
	if err != nil {
		return err
	}
	defer f.Close()
	pdfHead(w, q.Number)
	http.ServeContent(w, r, "", v.Sent, f)
	return nil
}

// clientList are the clients that a quote can be for.
func (h *Handlers) clientList(ctx context.Context) ([]page.Option, error) {
	out := []page.Option{{Label: locale.T(ctx, "Choose a client")}}
	for q := (clients.Query{Limit: 500}); ; {
		list, err := h.Clients.List(ctx, access.WholeFirm(), q)
		if err != nil {
			return nil, err
		}
		for _, c := range list.Rows {
			out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
		}
		if q.After = list.Next; q.After == "" {
			return out, nil
		}
	}
}
