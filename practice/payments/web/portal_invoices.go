// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/explain"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/payments"
)

// shownInvoices is how many documents or payments one page of the portal lists.
const shownInvoices = 25

// portalList is what a client was billed, with where they stand.
type portalList struct {
	show         string // "" = everything issued, "open", "payments"
	docs         []billing.Doc
	paid         []payments.Payment
	older, newer string
	sums         []portalSum
	balances     []billing.Balance
	today        civil.Date
}

// portalSum is where a client stands in one currency.
type portalSum struct {
	currency            money.Currency
	open, late, credit  int64 // minor units; credit = paid or credited, and used for nothing yet
	invoices, lateCount int
}

func (h *Handlers) portalInvoices(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	client := access.From(ctx).Scope().Client()
	v := portalList{show: q.Get("show"), today: h.Payments.Today()}
	if v.show != "open" {
		v.show = ""
	}
	issued := billing.IssuedDoc
	before := idOf(q.Get("before"))
	list, err := h.Billing.List(ctx, billing.Filter{Client: client, State: &issued, Open: v.show == "open", Before: before, Limit: shownInvoices})
	if err != nil {
		return err
	}
	if v.docs = list.Rows; list.More {
		v.older = address("/portal/invoices", "show", v.show, "before", v.docs[len(v.docs)-1].ID.String())
	}
	if before != 0 {
		v.newer = address("/portal/invoices", "show", v.show)
	}
	if err := h.standing(ctx, client, &v); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, portalInvoicesPage(&v))
}

// portalPayments lists what a client paid.
func (h *Handlers) portalPayments(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	client := access.From(ctx).Scope().Client()
	v := portalList{show: "payments", today: h.Payments.Today()}
	after := idOf(r.URL.Query().Get("after"))
	list, err := h.Payments.List(ctx, payments.Query{Client: client, After: after, Limit: shownInvoices})
	if err != nil {
		return err
	}
	if v.paid = list.Rows; list.Next != 0 {
		v.older = address("/portal/payments", "after", list.Next.String())
	}
	if after != 0 {
		v.newer = "/portal/payments"
	}
	if err := h.standing(ctx, client, &v); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, portalInvoicesPage(&v))
}

// standing fills in what is open, what the client has to their credit, and what is left of allowances.
func (h *Handlers) standing(ctx context.Context, client ids.ID, v *portalList) error {
	at := map[money.Currency]*portalSum{}
	of := func(c money.Currency) *portalSum {
		if at[c] == nil {
			at[c] = &portalSum{currency: c}
		}
		return at[c]
	}
	open, err := h.Payments.OpenOf(ctx, client)
	if err != nil {
		return err
	}
	for _, d := range open {
		s := of(d.Currency)
		s.open += d.Open
		s.invoices++
		if d.Due < v.today {
			s.late += d.Open
			s.lateCount++
		}
	}
	credit, err := h.Payments.CreditOf(ctx, client)
	if err != nil {
		return err
	}
	for c, n := range credit {
		of(c).credit += n
	}
	notes, err := h.Billing.List(ctx, billing.Filter{Client: client, Kind: invoice.CreditNote, Open: true, Limit: 1000})
	if err != nil {
		return err
	}
	for _, d := range notes.Rows {
		of(d.Currency).credit += d.Open
	}
	for _, s := range at {
		v.sums = append(v.sums, *s)
	}
	slices.SortFunc(v.sums, func(a, b portalSum) int { return strings.Compare(string(a.currency), string(b.currency)) })
	v.balances, err = h.Billing.Balances(ctx, client, v.today)
	return err
}

// portalDoc is one document as its client reads it.
type portalDoc struct {
	billing.Doc
	body    *invoice.Invoice
	words   explain.Words // in the document's language
	settled []portalSettled
	state   payments.AttemptState
	tried   bool // there was an attempt to pay it
	card    bool
	today   civil.Date
}

// portalSettled is a payment, or a document that a document was set off against.
type portalSettled struct {
	billing.Settlement
	number string // of the other document, "" where there is none
	other  ids.ID
}

// ownDoc returns the document of an address where it was issued to the client that asks. Of what is not theirs it says what it
// says of what is not there.
func (h *Handlers) ownDoc(r *http.Request) (billing.Doc, *invoice.Invoice, error) {
	none := fault.NewNotFound("There is no such document.")
	id, err := ids.Parse(r.PathValue("doc"))
	if err != nil {
		return billing.Doc{}, nil, none.Because(err)
	}
	client := access.From(r.Context()).Scope().Client()
	d, err := h.Billing.Doc(r.Context(), id)
	if err != nil {
		return d, nil, err
	}
	if client == 0 || d.Client != client || d.State != billing.IssuedDoc {
		return billing.Doc{}, nil, none
	}
	_, body, err := h.Billing.Document(r.Context(), id)
	return d, body, err
}

func (h *Handlers) portalInvoice(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, body, err := h.ownDoc(r)
	if err != nil {
		return err
	}
	v := portalDoc{
		Doc: d, body: body, today: h.Payments.Today(),
		words: explain.Words{P: locale.New(locale.Document(body.Language, locale.EnUS), h.Payments.Zone()), Currency: d.Currency},
	}
	settled, err := h.Billing.Settlements(ctx, d.ID)
	if err != nil {
		return err
	}
	for _, s := range settled {
		x := portalSettled{Settlement: s}
		if s.Kind == billing.ByCredit {
			if other, err := h.Billing.Doc(ctx, s.Ref); err == nil && other.Client == d.Client {
				x.number, x.other = other.Number, other.ID
			}
		}
		v.settled = append(v.settled, x)
	}
	set, err := h.Payments.Settings(ctx)
	if err != nil {
		return err
	}
	v.card = set.HasStripe()
	list, err := h.Payments.Attempts(ctx, d.ID)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		v.state, v.tried = list[0].State, true
	}
	if access.From(ctx).Person != 0 {
		if err := h.Billing.Seen(ctx, d.ID); err != nil {
			return err
		}
	}
	return page.Render(w, r, http.StatusOK, portalInvoicePage(&v))
}

func (h *Handlers) portalPDF(w http.ResponseWriter, r *http.Request) error {
	d, _, err := h.ownDoc(r)
	if err != nil {
		return err
	}
	b, err := h.Billing.PDF(r.Context(), d.ID)
	if err != nil {
		return err
	}
	return download(w, b, "application/pdf", d.Number, ".pdf")
}

func (h *Handlers) portalXML(w http.ResponseWriter, r *http.Request) error {
	d, _, err := h.ownDoc(r)
	if err != nil {
		return err
	}
	b, err := h.Billing.XML(r.Context(), d.ID)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) { // what is missing is the firm's to mend
		page.SetFlash(w, r, page.Flash{Kind: page.Warn, Text: locale.T(r.Context(), "There is no electronic form of this document. Please take the PDF, or ask us for it.")})
		return page.Redirect(w, r, portalDocURL(d.ID))
	}
	if err != nil {
		return err
	}
	return download(w, b, "application/xml", d.Number, ".xml")
}

func download(w http.ResponseWriter, b []byte, kind, number, ending string) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+billing.FileName(number)+ending+`"`)
	_, err := w.Write(b)
	return err
}

func portalDocURL(id ids.ID) string { return "/portal/invoices/" + id.String() }

// why are the reasons of a line, the last of them its tax.
func (v *portalDoc) why(l *invoice.Line) []string {
	out := slices.Clone(l.Why)
	for _, r := range l.Taxes {
		out = append(out, v.words.Tax(r))
	}
	if len(l.Taxes) == 0 {
		out = append(out, v.words.Tax(invoice.TaxOf(nil)))
	}
	return out
}

// payable reports whether the client can pay the document here.
func (v *portalDoc) payable() bool {
	return v.card && v.Kind != invoice.CreditNote && v.Open > 0 && (!v.tried || v.state != payments.AttemptUnderWay)
}

// portalBadge says where a document stands, in the words of who pays it.
func portalBadge(ctx context.Context, d billing.Doc, today civil.Date) page.Badge {
	switch {
	case d.Kind == invoice.CreditNote && d.Open > 0:
		return page.Badge{Text: locale.T(ctx, "To your credit"), Tone: page.Accent}
	case d.Kind == invoice.CreditNote || d.Gross == 0:
		return page.Badge{Text: locale.T(ctx, "Settled"), Tone: page.Good}
	case d.Open <= 0:
		return page.Badge{Text: locale.T(ctx, "Paid"), Tone: page.Good}
	case d.Due < today:
		return page.Badge{Text: locale.N(ctx, "%d day overdue|%d days overdue", int64(today-d.Due)), Tone: page.Warn}
	case d.Open < d.Gross:
		return page.Badge{Text: locale.T(ctx, "Paid in part"), Tone: page.Info}
	}
	return page.Badge{Text: locale.T(ctx, "Open invoice"), Tone: page.Accent}
}

// docKind is what a document is called to who gets it.
func docKind(ctx context.Context, k invoice.Kind) string {
	switch k {
	case invoice.CreditNote:
		return locale.T(ctx, "Credit note")
	case invoice.Fee:
		return locale.T(ctx, "document::Fee")
	}
	return locale.T(ctx, "Invoice")
}

// signedMinor gives a credit note's amount its sign.
func signedMinor(d billing.Doc, n int64) int64 {
	if d.Kind == invoice.CreditNote {
		return -n
	}
	return n
}

// settledName says what lessened what is open of a document, or opened it again.
func settledName(ctx context.Context, s portalSettled) string {
	switch {
	case s.Kind == billing.ByCredit && s.Minor < 0:
		return locale.T(ctx, "No longer set off")
	case s.Kind == billing.ByCredit:
		return locale.T(ctx, "Set off")
	case s.Kind == billing.ByWriteOff:
		return locale.T(ctx, "Written off")
	case s.Kind == billing.ByRefund:
		return locale.T(ctx, "Given back")
	case s.Minor < 0:
		return locale.T(ctx, "Payment taken back")
	}
	return locale.T(ctx, "Payment")
}

// leftOf writes an amount of an allowance: hours, money or tickets.
func leftOf(ctx context.Context, b billing.Balance, x money.Exact) string {
	p := locale.From(ctx)
	if b.Pot.Measure == agreements.Money && b.Currency != "" {
		if n, err := x.Round(b.Currency.Digits()); err == nil {
			return p.Money(n, b.Currency)
		}
	}
	n, err := x.Round(2)
	if err != nil {
		return x.String()
	}
	d := money.Decimal{Coef: n, Scale: 2}
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	if b.Pot.Measure == agreements.Tickets {
		return p.T("tickets: %s", p.Decimal(d))
	}
	return p.T("%s h", p.Decimal(d))
}

// untilText says when a grant lapses.
func untilText(ctx context.Context, until civil.Date) string {
	if !until.Known() {
		return locale.T(ctx, "does not lapse")
	}
	return locale.T(ctx, "until %s", locale.From(ctx).Date(until-1))
}

// leftShare is what is left of an allowance, in percent.
func leftShare(b billing.Balance) string {
	if b.Granted.Sign() <= 0 {
		return "0"
	}
	n, err := b.Usage.Left.Over(b.Granted).Round(2)
	if err != nil || n < 0 {
		return "0"
	}
	return strconv.FormatInt(min(n, 100), 10)
}

// quantityText leaves the unit of pieces out.
func quantityText(ctx context.Context, l *invoice.Line) string {
	p := locale.From(ctx)
	n := p.Decimal(l.Quantity)
	switch l.Unit {
	case "HUR":
		return p.T("%s h", n)
	case "MIN":
		return p.T("%s min", n)
	case "KMT":
		return p.T("%s km", n)
	}
	return n
}

// priceText writes a price as money where it has whole minor units, else with the places that it has.
func priceText(ctx context.Context, l *invoice.Line, c money.Currency) string {
	p := locale.From(ctx)
	if l.Price.Coef == 0 {
		return ""
	}
	if n, err := l.Price.Round(c.Digits()); err == nil && money.Minor(n, c.Digits()).Cmp(l.Price.Exact()) == 0 {
		return p.Money(n, c)
	}
	return p.Decimal(l.Price) + " " + string(c)
}

// spanText names days in the reader's language.
func spanText(p locale.Printer, x rating.Period) string {
	if x.Empty() || !x.From.Known() {
		return ""
	}
	return p.Date(x.From) + "–" + p.Date(x.To-1)
}

// portalTax names a row of the breakdown of the tax.
func portalTax(p locale.Printer, t invoice.Tax, c money.Currency) string {
	name := explain.Words{P: p, Currency: c}.Tax(rating.Rate{Category: t.Category, Percent: t.Percent})
	return name + ", " + p.Money(t.Base, c)
}
