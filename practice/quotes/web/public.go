// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/quotes"
)

// publicView is a quote as a client's person sees it.
type publicView struct {
	token   string
	q       *quotes.Quote
	v       *quotes.Version
	choice  quotes.Choice
	totals  quotes.Totals
	name    string
	agreed  bool
	decline bool // the form for a no is open
	reason  string
	err     error
}

// guard keeps the secret of the address on this site.
func guard(w http.ResponseWriter) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
}

// public shows the quote. Without script the sums are those of what was asked for in the address.
func (h *Handlers) public(w http.ResponseWriter, r *http.Request) error {
	guard(w)
	token := r.PathValue("token")
	q, v, err := h.Quotes.ByToken(r.Context(), token)
	if err != nil {
		return err
	}
	if err := h.Quotes.Saw(r.Context(), q, v); err != nil {
		return err
	}
	x := &publicView{token: token, q: q, v: v, choice: v.Content.Preset(), name: q.Name}
	if v.State == quotes.VersionAccepted {
		x.choice = v.Choice
	} else if r.URL.Query().Get("sum") != "" {
		x.choice = choiceOf(r.URL.Query())
	}
	return h.showPublic(w, r, x)
}

func (h *Handlers) showPublic(w http.ResponseWriter, r *http.Request, x *publicView) error {
	if err := x.choice.Check(&x.v.Content); err != nil { // an address that was tampered with, or a form with what cannot be
		if x.err == nil {
			x.err = err
		}
		x.choice = x.v.Content.Preset()
	}
	var err error
	if x.totals, err = x.v.Content.Totals(x.choice); err != nil {
		return err
	}
	status := http.StatusOK
	if x.err != nil {
		status = page.StatusOf(x.err)
	}
	return page.Render(w, r, status, publicPage(x))
}

// choiceOf reads the ticks of a form: "choice" of options, "choice-A" of alternatives.
func choiceOf(form map[string][]string) (out quotes.Choice) {
	for name, values := range form {
		if name != "choice" && !strings.HasPrefix(name, "choice-") {
			continue
		}
		for _, s := range values {
			n, err := strconv.Atoi(s)
			if err != nil {
				n = -1 // refused
			}
			out = append(out, n)
		}
	}
	return out
}

func (h *Handlers) publicFile(w http.ResponseWriter, r *http.Request) error {
	guard(w)
	q, v, err := h.Quotes.ByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return h.serve(w, r, q, v, v.State == quotes.VersionAccepted)
}

func (h *Handlers) accept(w http.ResponseWriter, r *http.Request) error {
	guard(w)
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	token := r.PathValue("token")
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("This choice does not fit the quote. Please load the page again.").Because(err)
	}
	a := quotes.Answer{Choice: choiceOf(r.PostForm), Name: r.PostFormValue("name"), Agreed: r.PostFormValue("agree") != "", Document: r.PostFormValue("document"), Agent: r.UserAgent()}
	err := h.Quotes.Accept(r.Context(), token, a)
	if err == nil {
		return page.Redirect(w, r, quotes.PublicPath+token)
	}
	return h.again(w, r, &publicView{token: token, choice: a.Choice, name: a.Name, agreed: a.Agreed}, err)
}

func (h *Handlers) decline(w http.ResponseWriter, r *http.Request) error {
	guard(w)
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	token := r.PathValue("token")
	name, reason := r.PostFormValue("decline-name"), r.PostFormValue("reason")
	err := h.Quotes.Decline(r.Context(), token, name, reason, r.UserAgent())
	if err == nil {
		return page.Redirect(w, r, quotes.PublicPath+token)
	}
	return h.again(w, r, &publicView{token: token, name: name, reason: reason, decline: true}, err)
}

// again shows the form with what was typed and what is wrong with it.
func (h *Handlers) again(w http.ResponseWriter, r *http.Request, x *publicView, failed error) error {
	if !mendable(failed) {
		return failed
	}
	var err error
	if x.q, x.v, err = h.Quotes.ByToken(r.Context(), x.token); err != nil {
		return err
	}
	if x.choice == nil {
		x.choice = x.v.Content.Preset()
	}
	x.err = failed
	return h.showPublic(w, r, x)
}

// subOf says which quote it is, and for whom.
func subOf(ctx context.Context, x *publicView) string {
	if x.q.Name == "" {
		return locale.T(ctx, "Quote %s", x.q.Number)
	}
	return locale.T(ctx, "Quote %[1]s for %[2]s", x.q.Number, x.q.Name)
}

func publicBadge(ctx context.Context, x *publicView) page.Badge {
	if x.v.State == quotes.VersionOpen {
		return page.Badge{}
	}
	return versionBadge(ctx, x.v)
}
