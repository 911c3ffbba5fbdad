// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/billing"
	"mainstay/practice/payments"
	"mainstay/practice/payments/sepa"
)

type debitsView struct {
	candidates []payments.Candidate
	mandates   []payments.Mandate
	runs       []payments.Run
	names      map[ids.ID]string
	collect    string
	chosen     map[ids.ID]bool // nil = all that are due
	ready      bool            // IBAN and creditor identifier are there
	err        error
}

func (h *Handlers) debits(w http.ResponseWriter, r *http.Request) error {
	return h.debitsPage(w, r, debitsView{})
}

func (h *Handlers) debitsPage(w http.ResponseWriter, r *http.Request, v debitsView) (err error) {
	ctx := r.Context()
	if v.candidates, err = h.Payments.Candidates(ctx); err != nil {
		return err
	}
	if v.mandates, err = h.Payments.Mandates(ctx, 0); err != nil {
		return err
	}
	if v.runs, err = h.Payments.Runs(ctx, 20); err != nil {
		return err
	}
	var list []ids.ID
	for _, m := range v.mandates {
		list = append(list, m.Client)
	}
	if v.names, err = h.names(ctx, list...); err != nil {
		return err
	}
	firm, err := h.Billing.Firm(ctx)
	if err != nil {
		return err
	}
	v.ready = firm.Creditor != "" && firm.Pay.IBAN != ""
	if v.collect == "" {
		day, err := h.Payments.EarliestCollect(ctx)
		if err != nil {
			return err
		}
		v.collect = day.String()
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, debitsTempl(v))
}

func (h *Handlers) makeRun(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	_ = r.ParseForm()
	v := debitsView{collect: r.PostFormValue("collect"), chosen: map[ids.ID]bool{}}
	var list []ids.ID
	for _, s := range r.PostForm["invoice"] {
		if id := idOf(s); id != 0 && !v.chosen[id] {
			v.chosen[id] = true
			list = append(list, id)
		}
	}
	day, err := dayOf(v.collect, "collect")
	var id ids.ID
	if err == nil {
		if len(list) == 0 {
			err = fault.NewInvalid("Choose at least one invoice.")
		} else {
			id, err = h.Payments.MakeRun(ctx, day, list)
		}
	}
	if mendable(err) {
		v.err = err
		return h.debitsPage(w, r, v)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(ctx, "The file is made. Hand it to your bank."), "/payments/debits/"+id.String())
}

type runView struct {
	payments.Run
	debits []payments.Debit
	names  map[ids.ID]string
	docs   map[ids.ID]billing.Doc
	due    bool // its day has come
}

func (h *Handlers) run(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "run")
	if err != nil {
		return err
	}
	v := runView{docs: map[ids.ID]billing.Doc{}}
	if v.Run, v.debits, err = h.Payments.Run(ctx, id); err != nil {
		return err
	}
	v.due = v.Collect <= h.Payments.Today()
	var list []ids.ID
	for _, d := range v.debits {
		list = append(list, d.Client)
		if v.docs[d.Invoice], err = h.Billing.Doc(ctx, d.Invoice); err != nil {
			return err
		}
	}
	if v.names, err = h.names(ctx, list...); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, runTempl(v))
}

func (h *Handlers) runFile(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "run")
	if err != nil {
		return err
	}
	code, body, err := h.Payments.RunFile(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Disposition", `attachment; filename="`+code+`.xml"`)
	_, err = w.Write([]byte(body)) //nolint:gosec // XML that we wrote, sent as a download
	return err
}

func (h *Handlers) collectRun(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "run")
	if err != nil {
		return err
	}
	if err := h.Payments.CollectRun(r.Context(), id); err != nil {
		return bad(w, r, err, "/payments/debits/"+id.String())
	}
	return good(w, r, locale.T(r.Context(), "The payments are booked."), "/payments/debits/"+id.String())
}

func (h *Handlers) dropRun(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "run")
	if err != nil {
		return err
	}
	if err := h.Payments.DropRun(r.Context(), id); err != nil {
		return bad(w, r, err, "/payments/debits/"+id.String())
	}
	return good(w, r, locale.T(r.Context(), "The run is taken back. Its file must not go to the bank."), "/payments/debits")
}

type mandateView struct {
	payments.Mandate
	signed  string
	clients []page.Option
	name    string
	err     error
}

func (h *Handlers) newMandate(w http.ResponseWriter, r *http.Request) error {
	v := mandateView{Mandate: payments.Mandate{Client: idOf(r.URL.Query().Get("client")), Mandate: sepa.Mandate{Scheme: sepa.Core}}, signed: h.Payments.Today().String()}
	return h.mandatePage(w, r, v)
}

func (h *Handlers) mandate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "mandate")
	if err != nil {
		return err
	}
	m, err := h.Payments.Mandate(r.Context(), id)
	if err != nil {
		return err
	}
	return h.mandatePage(w, r, mandateView{Mandate: m, signed: m.Signed.String()})
}

func (h *Handlers) mandatePage(w http.ResponseWriter, r *http.Request, v mandateView) (err error) {
	ctx := r.Context()
	if v.ID == 0 {
		if v.clients, err = h.choices(ctx, locale.T(ctx, "Choose a client")); err != nil {
			return err
		}
	} else {
		names, err := h.names(ctx, v.Client)
		if err != nil {
			return err
		}
		v.name = names[v.Client]
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, mandateTempl(v))
}

func (h *Handlers) saveMandate(w http.ResponseWriter, r *http.Request) error {
	f := r.PostFormValue
	v := mandateView{signed: f("signed"), Mandate: payments.Mandate{
		ID: idOf(r.PathValue("mandate")), Version: versionOf(f("version")), Client: idOf(f("client")),
		Mandate: sepa.Mandate{Reference: f("reference"), Scheme: sepa.Scheme(f("scheme")), Name: f("holder"), IBAN: f("iban"), BIC: f("bic")},
	}}
	var err error
	if v.Signed, err = dayOf(v.signed, "signed"); err == nil {
		_, err = h.Payments.SaveMandate(r.Context(), v.Mandate)
	}
	if mendable(err) {
		if v.err = err; v.ID != 0 { // what cannot be changed stays as it is
			old, loadErr := h.Payments.Mandate(r.Context(), v.ID)
			if loadErr != nil {
				return loadErr
			}
			v.Client, v.Reference, v.Scheme, v.signed, v.Ended = old.Client, old.Reference, old.Scheme, old.Signed.String(), old.Ended
		}
		return h.mandatePage(w, r, v)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Saved."), "/payments/debits")
}

func (h *Handlers) endMandate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "mandate")
	if err != nil {
		return err
	}
	if err := h.Payments.EndMandate(r.Context(), id); err != nil {
		return bad(w, r, err, "/payments/debits")
	}
	return good(w, r, locale.T(r.Context(), "The mandate has ended."), "/payments/debits")
}

// masked shows the end of an account number only, to those who may not write.
func masked(mayAll bool, iban string) string {
	if mayAll || len(iban) < 8 {
		return iban
	}
	return iban[:4] + " … " + iban[len(iban)-4:]
}
