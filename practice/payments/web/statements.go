// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/payments"
)

// mailStatement mails one client's statement of the days that the page shows.
func (h *Handlers) mailStatement(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "client")
	if err != nil {
		return err
	}
	back := address(statementURL(id), "from", r.PostFormValue("from"), "to", r.PostFormValue("to"))
	from, to, err := h.days(r)
	if err == nil {
		err = h.Payments.MailStatement(ctx, id, from, to)
	}
	if err != nil {
		return bad(w, r, err, back)
	}
	return good(w, r, locale.T(ctx, "The statement is on its way."), back)
}

// days are those of a form that mails statements.
func (h *Handlers) days(r *http.Request) (from, to civil.Date, err error) {
	today := h.Payments.Today()
	if to, err = dayOf(r.PostFormValue("to"), "to"); err != nil {
		return from, to, err
	}
	if !to.Known() {
		to = today
	}
	if from, err = dayOf(r.PostFormValue("from"), "from"); err != nil {
		return from, to, err
	}
	if !from.Known() {
		from = (to.Month() - 2).First()
	}
	return from, to, nil
}

// mailStatements mails a statement to every client with a balance on a day.
func (h *Handlers) mailStatements(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	back := address("/payments/ageing", "day", r.PostFormValue("to"))
	from, to, err := h.days(r)
	if err != nil {
		return bad(w, r, err, back)
	}
	m, err := h.Payments.MailStatements(ctx, from, to)
	if err != nil {
		return bad(w, r, err, back)
	}
	page.SetFlash(w, r, page.Flash{Kind: mailedTone(m), Text: mailedText(ctx, m)})
	return page.Redirect(w, r, back)
}

func mailedTone(m payments.Mailed) page.Tone {
	if len(m.Without) > 0 {
		return page.Warn
	}
	return page.Good
}

// namedAtOnce is how many clients without an address one sentence names.
const namedAtOnce = 5

func mailedText(ctx context.Context, m payments.Mailed) string {
	text := locale.N(ctx, "%d statement is on its way.|%d statements are on their way.", int64(m.Sent))
	if m.Before > 0 {
		text += " " + locale.N(ctx, "%d went out before.|%d went out before.", int64(m.Before))
	}
	if n := len(m.Without); n > 0 {
		names := m.Without[:min(n, namedAtOnce)]
		text += " " + locale.N(ctx, "%[1]d client has no address for documents: %[2]s|%[1]d clients have no address for documents: %[2]s", int64(n), strings.Join(names, ", "))
	}
	return text
}

func (h *Handlers) sentStatement(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "statement")
	if err != nil {
		return err
	}
	b, err := h.Payments.SentFile(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="statement.pdf"`)
	_, err = w.Write(b) //nolint:gosec // a PDF that we drew, of which the type is said
	return err
}
