// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/clients"
)

// query is what the list of documents is narrowed by, as it stands in the address.
type query struct{ show, text, client, before string }

func queryOf(r *http.Request) query {
	v := r.URL.Query()
	return query{v.Get("show"), strings.TrimSpace(v.Get("q")), v.Get("client"), v.Get("before")}
}

func (q query) filter(today civil.Date) billing.Filter {
	f := billing.Filter{Client: idOf(q.client), Before: idOf(q.before), Number: q.text, Limit: 50}
	draft := billing.DraftDoc
	issued := billing.IssuedDoc
	switch q.show {
	case "drafts":
		f.State = &draft
	case "open":
		f.Open = true
	case "overdue":
		f.Overdue = today
	case "credits":
		f.Kind = invoice.CreditNote
	case "issued":
		f.State = &issued
	}
	return f
}

func (q query) url(show string) string {
	return address("/billing/invoices", "show", show, "q", q.text, "client", q.client)
}

func (h *Handlers) invoices(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), queryOf(r)
	today := h.Billing.Today()
	list, err := h.Billing.List(ctx, q.filter(today))
	if err != nil {
		return err
	}
	name := ""
	if id := idOf(q.client); id != 0 {
		names, err := h.Clients.Names(ctx, access.WholeFirm(), id)
		if err != nil {
			return err
		}
		name = names[id]
	}
	sums, err := h.Billing.OpenSums(ctx, today)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, invoicesPage(q, list, name, sums, today))
}

func (h *Handlers) exportInvoices(w http.ResponseWriter, r *http.Request) error {
	f := queryOf(r).filter(h.Billing.Today())
	f.Limit, f.Before = 1000, 0
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="invoices.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("Number", "Kind", "State", "Client", "Issued", "Due", "From", "To", "Currency", "Net", "Tax", "Gross", "Open"); err != nil {
		return err
	}
	for {
		list, err := h.Billing.List(r.Context(), f)
		if err != nil {
			return err
		}
		for _, d := range list.Rows {
			m := func(n int64) string { return money.FormatMinor(signed(d, n), d.Currency.Digits()) }
			state := []string{"draft", "issued", "discarded"}[d.State]
			if err := out.Write(d.Number, string(d.Kind), state, d.Name, d.Issued.String(), d.Due.String(), d.Period.From.String(), d.Period.To.String(), string(d.Currency), m(d.Net), m(d.Tax), m(d.Gross), m(d.Open)); err != nil {
				return err
			}
			f.Before = d.ID
		}
		if !list.More {
			return out.Flush()
		}
	}
}

// docView is a document with what is shown around it.
type docView struct {
	billing.Doc
	body     *invoice.Invoice
	settled  []billing.Settlement
	credits  []billing.Doc
	panels   []templ.Component
	today    civil.Date
	agreed   string // number and name of the agreement
	line     lineForm
	failed   error
	canSend  bool
	editable bool
}

// lineForm is a line as it was typed.
type lineForm struct{ Name, Description, Quantity, Price, Tax, Unit string }

func (h *Handlers) view(ctx context.Context, id ids.ID) (*docView, error) {
	d, f, err := h.Billing.Document(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &docView{Doc: d, body: f, today: h.Billing.Today(), line: lineForm{Quantity: "1", Tax: "standard"}}
	v.editable = d.State == billing.DraftDoc && may(ctx, access.BillingRun)
	v.canSend = h.Send != nil && d.State == billing.IssuedDoc && may(ctx, access.BillingRun)
	if v.settled, err = h.Billing.Settlements(ctx, id); err != nil {
		return nil, err
	}
	credits, err := h.Billing.List(ctx, billing.Filter{Of: id, Limit: 100})
	if err != nil {
		return nil, err
	}
	v.credits = credits.Rows
	if d.Agreement != 0 {
		if a, err := h.Agreements.Get(ctx, d.Agreement); err == nil {
			v.agreed = a.Number + " " + a.Name
		}
	}
	for _, p := range h.Panels {
		c, err := p(ctx, d)
		if err != nil {
			return nil, err
		}
		if c != nil {
			v.panels = append(v.panels, c)
		}
	}
	return v, nil
}

func (h *Handlers) document(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	v, err := h.view(r.Context(), id)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, documentPage(v))
}

func (h *Handlers) pdf(w http.ResponseWriter, r *http.Request) error {
	return h.file(w, r, "application/pdf", ".pdf", h.Billing.PDF)
}

func (h *Handlers) xml(w http.ResponseWriter, r *http.Request) error {
	return h.file(w, r, "application/xml", ".xml", h.Billing.XML)
}

func (h *Handlers) file(w http.ResponseWriter, r *http.Request, kind, ending string, read func(context.Context, ids.ID) ([]byte, error)) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	d, err := h.Billing.Doc(r.Context(), id)
	if err != nil {
		return err
	}
	b, err := read(r.Context(), id)
	if err != nil {
		return bad(w, r, err, docURL(id))
	}
	name := d.Number
	if name == "" {
		name = "draft"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+billing.FileName(name)+ending+`"`)
	_, err = w.Write(b)
	return err
}

func (h *Handlers) issue(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	out, err := h.Billing.Issue(r.Context(), id)
	if err != nil {
		return bad(w, r, err, docURL(id))
	}
	return good(w, r, locale.T(r.Context(), "%s is issued.", out[0].Number), docURL(id))
}

func (h *Handlers) discard(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	if err := h.Billing.Discard(r.Context(), id, versionOf(r)); err != nil {
		return bad(w, r, err, docURL(id))
	}
	return good(w, r, locale.T(r.Context(), "The draft is thrown away. What it would have billed is due again."), "/billing/invoices")
}

func typedLine(r *http.Request) lineForm {
	v := r.PostFormValue
	return lineForm{v("name"), v("description"), v("quantity"), v("price"), v("tax"), v("unit")}
}

func (f lineForm) line() (l billing.NewLine, err error) {
	l = billing.NewLine{Name: strings.TrimSpace(f.Name), Description: strings.TrimSpace(f.Description), Tax: f.Tax, Unit: f.Unit}
	if l.Quantity, err = decimalOf(f.Quantity, "quantity"); err != nil {
		return l, err
	}
	l.Price, err = decimalOf(f.Price, "price")
	return l, err
}

func (h *Handlers) addLine(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	f := typedLine(r)
	l, err := f.line()
	if err == nil {
		err = h.Billing.EditDraft(r.Context(), id, versionOf(r), billing.Edit{Add: []billing.NewLine{l}})
	}
	if err == nil {
		return page.Redirect(w, r, docURL(id)+"#lines")
	}
	if !mendable(err) {
		return err
	}
	v, failed := h.view(r.Context(), id)
	if failed != nil {
		return failed
	}
	v.line, v.failed = f, err
	return page.Render(w, r, page.StatusOf(err), documentPage(v))
}

func (h *Handlers) removeLine(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	if err := h.Billing.EditDraft(r.Context(), id, versionOf(r), billing.Edit{Remove: []ids.ID{idOf(r.PostFormValue("line"))}}); err != nil {
		return bad(w, r, err, docURL(id))
	}
	return page.Redirect(w, r, docURL(id)+"#lines")
}

func (h *Handlers) savePapers(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	order := strings.TrimSpace(r.PostFormValue("order"))
	var notes []string
	for _, n := range strings.Split(r.PostFormValue("notes"), "\n\n") {
		if n = strings.TrimSpace(n); n != "" {
			notes = append(notes, n)
		}
	}
	if err := h.Billing.EditDraft(r.Context(), id, versionOf(r), billing.Edit{Order: &order, Notes: &notes}); err != nil {
		return bad(w, r, err, docURL(id))
	}
	return good(w, r, locale.T(r.Context(), "The draft is saved."), docURL(id))
}

func (h *Handlers) send(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	if h.Send == nil {
		return fault.NewConflict("There is no mailbox to send from.")
	}
	if err := h.Send(r.Context(), id); err != nil {
		return bad(w, r, err, docURL(id))
	}
	return good(w, r, locale.T(r.Context(), "The document is on its way."), docURL(id))
}

func (h *Handlers) newInvoice(w http.ResponseWriter, r *http.Request) error {
	return h.invoiceForm(w, r, idOf(r.URL.Query().Get("client")), lineForm{Quantity: "1", Tax: "standard"}, nil)
}

func (h *Handlers) invoiceForm(w http.ResponseWriter, r *http.Request, client ids.ID, f lineForm, failed error) error {
	options, err := h.clientOptions(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, newInvoicePage(options, client, f, failed))
}

func (h *Handlers) createInvoice(w http.ResponseWriter, r *http.Request) error {
	f, client := typedLine(r), idOf(r.PostFormValue("client"))
	l, err := f.line()
	var id ids.ID
	if err == nil && client == 0 {
		err = fault.NewInvalid("Choose the client.").On("client")
	}
	if err == nil {
		id, err = h.Billing.Write(r.Context(), billing.ByHand{Client: client, Lines: []billing.NewLine{l}})
	}
	if err == nil {
		return page.Redirect(w, r, docURL(id))
	}
	if !mendable(err) {
		return err
	}
	return h.invoiceForm(w, r, client, f, err)
}

// creditForm is how much of each line is credited, as it was typed.
type creditForm struct {
	reason string
	again  bool
	lines  map[ids.ID]string
}

func (h *Handlers) credit(w http.ResponseWriter, r *http.Request) error {
	return h.creditForm(w, r, creditForm{}, nil)
}

func (h *Handlers) creditForm(w http.ResponseWriter, r *http.Request, f creditForm, failed error) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	d, err := h.Billing.Doc(r.Context(), id)
	if err != nil {
		return err
	}
	left, err := h.Billing.CreditLeft(r.Context(), id)
	if err != nil {
		return bad(w, r, err, docURL(id))
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, creditPage(d, left, f, failed))
}

func (h *Handlers) createCredit(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "doc")
	if err != nil {
		return err
	}
	d, err := h.Billing.Doc(r.Context(), id)
	if err != nil {
		return err
	}
	left, err := h.Billing.CreditLeft(r.Context(), id)
	if err != nil {
		return bad(w, r, err, docURL(id))
	}
	f := creditForm{reason: strings.TrimSpace(r.PostFormValue("reason")), again: r.PostFormValue("again") == "yes", lines: map[ids.ID]string{}}
	c := billing.Credit{Of: id, Reason: f.reason, Again: f.again}
	for _, l := range left {
		text := r.PostFormValue("line-" + l.Line.Span.String())
		f.lines[l.Line.Span] = text
		if strings.TrimSpace(text) == "" {
			continue
		}
		n, err := minorOf(text, "lines", d.Currency)
		if err != nil {
			return h.creditForm(w, r, f, err)
		}
		if n != 0 {
			c.Lines = append(c.Lines, billing.CreditLine{Span: l.Line.Span, Net: n})
		}
	}
	if len(c.Lines) == 0 {
		return h.creditForm(w, r, f, fault.NewInvalid("Enter an amount above 0."))
	}
	made, err := h.Billing.CreditNote(r.Context(), c)
	if err == nil {
		return page.Redirect(w, r, docURL(made))
	}
	if !mendable(err) {
		return err
	}
	return h.creditForm(w, r, f, err)
}

func (h *Handlers) journal(w http.ResponseWriter, r *http.Request) error {
	today := h.Billing.Today()
	from, err := dayOf(r.URL.Query().Get("from"), "from")
	if err != nil || !from.Known() {
		from = today.Month().First()
	}
	through, err := dayOf(r.URL.Query().Get("through"), "through")
	if err != nil || !through.Known() {
		through = today
	}
	v := journalView{from: from, through: through}
	sums := map[billing.Posting]int{}
	err = h.Billing.Entries(r.Context(), from, through, func(e billing.Entry) error {
		if len(v.entries) < 300 {
			v.entries = append(v.entries, e)
		} else {
			v.more++
		}
		for _, p := range e.Postings {
			k := billing.Posting{Account: p.Account, Currency: p.Currency}
			i, ok := sums[k]
			if !ok {
				i = len(v.balances)
				sums[k] = i
				v.balances = append(v.balances, k)
			}
			v.balances[i].Minor += p.Minor
		}
		return nil
	})
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, journalPage(&v))
}

// exportJournal hands the books of some days to another program.
func (h *Handlers) exportJournal(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	today := h.Billing.Today()
	from, err := dayOf(v.Get("from"), "from")
	if err != nil || !from.Known() {
		from = today.Month().First()
	}
	through, err := dayOf(v.Get("through"), "through")
	if err != nil || !through.Known() {
		through = today
	}
	f := billing.Format(v.Get("format"))
	var b bytes.Buffer
	if err := h.Billing.Export(r.Context(), &b, f, from, through); err != nil {
		return bad(w, r, err, "/billing/journal")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="billing-`+from.String()+"-"+through.String()+f.Ending()+`"`)
	_, err = w.Write(b.Bytes())
	return err
}

func formatName(f billing.Format) string {
	switch f {
	case billing.Hledger:
		return "hledger, ledger"
	case billing.Beancount:
		return "beancount"
	case billing.Xero:
		return "Xero"
	case billing.QuickBooks:
		return "QuickBooks Online"
	case billing.QuickBooksJournal:
		return "QuickBooks Online, journal"
	case billing.DatevFile:
		return "DATEV"
	}
	return "QuickBooks Desktop (IIF)"
}

type journalView struct {
	from, through civil.Date
	entries       []billing.Entry
	more          int
	balances      []billing.Posting
}

// clientOptions are all clients by name, for a choice.
func (h *Handlers) clientOptions(ctx context.Context) ([]page.Option, error) {
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

// taxCodes are the codes of the tax table, for a choice.
func taxCodes(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: "standard", Label: locale.T(ctx, "Standard rate")}, {Value: "reduced", Label: locale.T(ctx, "Reduced rate")}, {Value: "zero", Label: locale.T(ctx, "Zero rate")}, {Value: "exempt", Label: locale.T(ctx, "Exempt")},
	}
}

func units(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: "C62", Label: locale.T(ctx, "pieces")}, {Value: "HUR", Label: locale.T(ctx, "hours")}, {Value: "MON", Label: locale.T(ctx, "months")}, {Value: "KMT", Label: locale.T(ctx, "kilometres")},
	}
}

func unitName(ctx context.Context, code string) string {
	for _, u := range append(units(ctx), page.Option{Value: "MIN", Label: locale.T(ctx, "minutes")}) {
		if u.Value == code {
			return u.Label
		}
	}
	return code
}

// days names a period by its first and last day.
func days(ctx context.Context, p rating.Period) string {
	if p.Empty() || !p.From.Known() {
		return ""
	}
	l := locale.From(ctx)
	if p.Days() == 1 {
		return l.Date(p.From)
	}
	return l.Date(p.From) + "–" + l.Date(p.To-1)
}

func count(n int) string { return strconv.Itoa(n) }
