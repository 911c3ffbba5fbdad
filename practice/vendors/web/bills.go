// SPDX-License-Identifier: Apache-2.0

package web

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/vendors"
)

// send takes in a vendor's file. Where the vendor's last one had the same columns it is read at once.
func (h *Handlers) send(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	r.Body = http.MaxBytesReader(w, r.Body, vendors.MaxFile+1<<20)
	f, head, err := r.FormFile("file")
	if err != nil {
		return h.again(w, r, fault.NewInvalid("Choose the vendor's file, at most %d MB.", vendors.MaxFile>>20).On("file").Because(err), func(v *view) { v.vendor = r.FormValue("vendor") })
	}
	defer func() { _ = f.Close() }()
	m, ok := monthIn(r.FormValue("month"))
	if !ok {
		err = fault.NewInvalid("Enter the month that the bill is for.").On("month")
	}
	var vendor, id ids.ID
	if err == nil {
		vendor, err = h.Vendors.Ensure(ctx, r.FormValue("vendor"))
	}
	if err == nil {
		id, err = h.Vendors.Send(ctx, vendor, head.Filename, f, m)
	}
	if err != nil {
		return h.again(w, r, err, func(v *view) { v.vendor = r.FormValue("vendor") })
	}
	b, err := h.Vendors.Bill(ctx, id)
	if err != nil {
		return err
	}
	s, err := h.Vendors.Sample(ctx, &b, h.Currency(ctx))
	if err != nil || !s.Known {
		if err != nil && mendable(err) { // no table: nothing to say columns of
			if removed := h.Vendors.Remove(ctx, id); removed != nil {
				return removed
			}
			return h.again(w, r, err, func(v *view) { v.vendor = r.FormValue("vendor") })
		}
		return orRedirect(w, r, err, billURL(id))
	}
	rows, err := h.Vendors.Take(ctx, id, s.Mapping, m)
	if err != nil || len(rows) > 0 {
		return orRedirect(w, r, nil, billURL(id)) // what is wrong is said where it can be mended
	}
	return h.took(w, r, id, m)
}

func orRedirect(w http.ResponseWriter, r *http.Request, err error, to string) error {
	if err != nil {
		return err
	}
	return page.Redirect(w, r, to)
}

// took matches what leaves no doubt and goes on to what is left.
func (h *Handlers) took(w http.ResponseWriter, r *http.Request, id ids.ID, m civil.Month) error {
	ctx := r.Context()
	if _, err := h.Vendors.Match(ctx); err != nil {
		return err
	}
	b, err := h.Vendors.Bill(ctx, id)
	if err != nil {
		return err
	}
	return good(w, r, locale.N(ctx, "%d row is taken in.|%d rows are taken in.", int64(b.Rows)), address(root, "month", m.String()))
}

func billURL(id ids.ID) string { return root + "/bills/" + id.String() }

type billView struct {
	b        vendors.Bill
	vendor   vendors.Vendor
	sample   *vendors.Sample
	mapping  *vendors.Mapping
	month    string
	rows     []vendors.Row
	more     int
	names    lookup
	bad      []vendors.BadRow
	currency string
	failed   error
}

func (v *billView) means(column int) vendors.Field {
	for f, c := range v.mapping.Columns {
		if c == column {
			return f
		}
	}
	return ""
}

func (h *Handlers) billView(r *http.Request) (*billView, error) {
	ctx := r.Context()
	id, err := ids.Parse(r.PathValue("bill"))
	if err != nil {
		return nil, fault.NewNotFound("There is no such bill of a vendor.").Because(err)
	}
	v := &billView{}
	if v.b, err = h.Vendors.Bill(ctx, id); err != nil {
		return nil, err
	}
	if v.vendor, err = h.Vendors.Vendor(ctx, v.b.Vendor); err != nil {
		return nil, err
	}
	v.month = v.b.Month().String()
	if v.b.State == vendors.Sent {
		if v.sample, err = h.Vendors.Sample(ctx, &v.b, h.Currency(ctx)); err != nil {
			return nil, err
		}
		v.mapping, v.currency = v.sample.Mapping, string(v.sample.Mapping.Currency)
		return v, nil
	}
	if v.rows, err = h.Vendors.Rows(ctx, id); err != nil {
		return nil, err
	}
	if v.more = max(0, len(v.rows)-shown); v.more > 0 {
		v.rows = v.rows[:shown]
	}
	var of []ids.ID
	for _, x := range v.rows {
		if x.Client != 0 {
			of = append(of, x.Client)
		}
	}
	v.names, err = h.lookup(ctx, of)
	return v, err
}

func (h *Handlers) bill(w http.ResponseWriter, r *http.Request) error {
	v, err := h.billView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, billPage(v))
}

// take reads the file by the columns that were said.
func (h *Handlers) take(w http.ResponseWriter, r *http.Request) error {
	v, err := h.billView(r)
	if err != nil {
		return err
	}
	if v.b.State != vendors.Sent {
		return bad(w, r, fault.NewConflict("This bill was taken in already."), billURL(v.b.ID))
	}
	v.mapping = mappingOf(r, v.sample.Mapping.Header)
	v.month, v.currency = r.PostFormValue("month"), string(v.mapping.Currency)
	m, ok := monthIn(v.month)
	if !ok {
		err = fault.NewInvalid("Enter the month that the bill is for.").On("month")
	} else {
		v.bad, err = h.Vendors.Take(r.Context(), v.b.ID, v.mapping, m)
	}
	if err == nil && len(v.bad) == 0 {
		return h.took(w, r, v.b.ID, m)
	}
	if err != nil && !mendable(err) {
		return err
	}
	v.failed = err
	return page.Render(w, r, http.StatusUnprocessableEntity, billPage(v))
}

// maxColumns bounds how many columns a page asks for.
const maxColumns = 80

// mappingOf reads which column is what: fields "column-" and the column's number.
func mappingOf(r *http.Request, header []string) *vendors.Mapping {
	m := &vendors.Mapping{Header: header, Columns: map[vendors.Field]int{}, Currency: money.Currency(strings.ToUpper(strings.TrimSpace(r.PostFormValue("currency"))))}
	if d := r.PostFormValue("days"); d == "dmy" || d == "mdy" {
		m.Days = d
	}
	if d := r.PostFormValue("decimal"); d == "." || d == "," {
		m.Decimal = d
	}
	known := map[vendors.Field]bool{}
	for _, f := range vendors.Fields() {
		known[f] = true
	}
	for i := range min(len(header), maxColumns) {
		f := vendors.Field(r.PostFormValue("column-" + number(i)))
		if _, have := m.Columns[f]; known[f] && !have {
			m.Columns[f] = i
		}
	}
	return m
}

func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) error {
	v, err := ids.Parse(r.PathValue("bill"))
	if err != nil {
		return fault.NewNotFound("There is no such bill of a vendor.").Because(err)
	}
	if err := h.Vendors.Remove(r.Context(), v); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The bill is removed."), root)
}

// file gives the vendor's file back as it was sent.
func (h *Handlers) file(w http.ResponseWriter, r *http.Request) error {
	id, err := ids.Parse(r.PathValue("bill"))
	if err != nil {
		return fault.NewNotFound("There is no such bill of a vendor.").Because(err)
	}
	b, f, err := h.Vendors.File(r.Context(), id)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": b.File}))
	_, err = io.Copy(w, f)
	return err
}

type namesView struct {
	lookup
	clientsOf []vendors.Unknown
	itemsOf   []vendors.Unknown
	all       []string // names of clients, for the list that a browser offers
	catalogue []string
	failed    string
}

// own is what is typed for the firm itself.
const own = "="

func (h *Handlers) names(w http.ResponseWriter, r *http.Request) error {
	return h.namesPage(w, r, http.StatusOK, "")
}

func (h *Handlers) namesPage(w http.ResponseWriter, r *http.Request, status int, failed string) error {
	ctx := r.Context()
	v := &namesView{failed: failed}
	var err error
	if v.clientsOf, err = h.Vendors.UnknownClients(ctx); err != nil {
		return err
	}
	if v.itemsOf, err = h.Vendors.UnknownItems(ctx); err != nil {
		return err
	}
	if v.all, err = h.Vendors.ClientNames(ctx); err != nil {
		return err
	}
	var of []ids.ID
	for _, u := range v.clientsOf {
		if u.Suggested != 0 {
			of = append(of, u.Suggested)
		}
	}
	if v.lookup, err = h.lookup(ctx, of); err != nil {
		return err
	}
	for _, name := range v.items {
		v.catalogue = append(v.catalogue, name)
	}
	return page.Render(w, r, status, namesPage(v))
}

// saveNames takes the names over that were filled in; the rest stays as it is.
func (h *Handlers) saveNames(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	items, err := h.Vendors.ItemNames(ctx)
	if err != nil {
		return err
	}
	saved := 0
	var wrong []string
	for i, text := range r.PostForm["client"] {
		text = strings.TrimSpace(text)
		vendor, key, ok := at(r, "client", i)
		if text == "" || !ok {
			continue
		}
		client := ids.ID(0)
		if text != own {
			if client, err = h.Clients.Resolve(ctx, text); fault.Is(err, fault.NotFound) || err == nil && client == 0 {
				wrong = append(wrong, text)
				continue
			}
			if err != nil {
				return err
			}
		}
		if err := h.Vendors.SetClient(ctx, vendor, key, client, text == own); err != nil {
			return err
		}
		saved++
	}
	for i, text := range r.PostForm["item"] {
		text = strings.TrimSpace(text)
		vendor, key, ok := at(r, "item", i)
		if text == "" || !ok {
			continue
		}
		item := items[strings.ToLower(text)]
		if item == 0 {
			wrong = append(wrong, text)
			continue
		}
		if err := h.Vendors.SetItem(ctx, vendor, key, item); err != nil {
			return err
		}
		saved++
	}
	if len(wrong) > 0 {
		return h.namesPage(w, r, http.StatusUnprocessableEntity, locale.T(ctx, "Nobody and nothing here is called %s. Choose from the list, or make it first.", strings.Join(wrong, ", ")))
	}
	return good(w, r, locale.N(ctx, "%d name is matched.|%d names are matched.", int64(saved)), root)
}

// at is which name of which vendor a line of the form is about.
func at(r *http.Request, what string, i int) (ids.ID, string, bool) {
	vendor, key := r.PostForm[what+"-vendor"], r.PostForm[what+"-key"]
	if i >= len(vendor) || i >= len(key) {
		return 0, "", false
	}
	id := idOf(vendor[i])
	return id, key[i], id != 0
}
