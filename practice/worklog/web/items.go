// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/worklog"
)

// itemForm is an item as it was typed.
type itemForm struct {
	ID, Version, Kind, Client, Ticket, Day, Note, Quantity, Price, Cost, Currency string
	Free                                                                          bool
}

func itemFormOf(it worklog.Item) itemForm {
	f := itemForm{
		ID: it.ID.String(), Version: strconv.FormatInt(it.Version, 10), Kind: it.Kind.String(), Client: it.Client.String(), Day: it.Day.String(), Note: it.Note, Quantity: it.Quantity.String(),
		Price: it.Price.String(), Currency: string(it.Currency), Free: it.Coverage == worklog.Free,
	}
	if it.Cost.Coef != 0 {
		f.Cost = it.Cost.String()
	}
	if it.Ticket.ID != 0 {
		f.Ticket = strconv.FormatInt(it.Ticket.Number, 10)
	}
	return f
}

func typedItem(get func(string) string) itemForm {
	return itemForm{
		ID: get("id"), Version: get("version"), Kind: get("kind"), Client: get("client"), Ticket: get("ticket"), Day: get("day"), Note: get("note"), Quantity: get("quantity"), Price: get("price"),
		Cost: get("cost"), Currency: get("currency"), Free: get("free") != "",
	}
}

func (f itemForm) draft() (d worklog.ItemDraft, err error) {
	d = worklog.ItemDraft{Client: idOf(f.Client), Note: f.Note, Priced: f.Price != "", Currency: money.Currency(f.Currency), Free: f.Free}
	var ok bool
	if d.Kind, ok = worklog.ParseItemKind(f.Kind); !ok {
		return d, fault.NewInvalid("There is no such kind of item.").On("kind")
	}
	if d.Number, err = ticketOf(f.Ticket); err != nil {
		return d, err
	}
	if d.Day, err = dayOf(f.Day, "day"); err != nil {
		return d, err
	}
	if d.Quantity, err = worklog.ParseDecimal(f.Quantity, "quantity"); err != nil {
		return d, err
	}
	if d.Price, err = worklog.ParseDecimal(f.Price, "price"); err != nil {
		return d, err
	}
	d.Cost, err = worklog.ParseDecimal(f.Cost, "cost")
	return d, err
}

func (h *Handlers) items(w http.ResponseWriter, r *http.Request) error {
	f := filterOf(r, "/time/items")
	if f.bad != nil {
		return f.bad
	}
	found, err := h.Work.Items(r.Context(), scope(r), f.q)
	if err != nil {
		return err
	}
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, itemsPage(f, found, l))
}

// exportItems streams the items that the filters choose as CSV.
func (h *Handlers) exportItems(w http.ResponseWriter, r *http.Request) error {
	f := filterOf(r, "/time/items")
	if f.bad != nil {
		return f.bad
	}
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	f.q.Limit, f.q.After = 1000, ""
	found, err := h.Work.Items(r.Context(), scope(r), f.q)
	if err != nil {
		return err
	}
	out := csv(w, "time-items.csv")
	if err := out.Write("Id", "Day", "Kind", "Person", "Client", "Ticket", "Text", "Quantity", "Price", "Cost", "Amount", "Currency", "Coverage", "State", "Invoice", "Line"); err != nil {
		return err
	}
	for {
		for _, it := range found.Rows {
			number := ""
			if it.Ticket.ID != 0 {
				number = strconv.FormatInt(it.Ticket.Number, 10)
			}
			if err := out.Write(it.ID.String(), it.Day.String(), it.Kind.String(), it.Name, l.name[it.Client], number, it.Note, it.Quantity.String(), it.Price.String(), it.Cost.String(),
				money.FormatMinor(it.Minor, it.Currency.Digits()), string(it.Currency), it.Coverage.String(), it.State.String(), it.Invoice, it.Line); err != nil {
				return err
			}
		}
		if f.q.After = found.Next; f.q.After == "" {
			return out.Flush()
		}
		if found, err = h.Work.Items(r.Context(), scope(r), f.q); err != nil {
			return err
		}
	}
}

func (h *Handlers) newItem(w http.ResponseWriter, r *http.Request) error {
	f := typedItem(r.URL.Query().Get)
	if f.Day == "" {
		f.Day = h.Work.Today().String()
	}
	if f.Quantity == "" {
		f.Quantity = "1"
	}
	return h.itemForm(w, r, nil, f, nil)
}

func (h *Handlers) createItem(w http.ResponseWriter, r *http.Request) error {
	f := typedItem(r.PostFormValue)
	d, err := f.draft()
	if err == nil {
		_, err = h.Work.CreateItem(r.Context(), actor(r.Context()), d)
	}
	if mendable(err) {
		return h.itemForm(w, r, nil, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The item is entered."), "/time/items")
}

func (h *Handlers) itemForm(w http.ResponseWriter, r *http.Request, it *worklog.Item, f itemForm, failed error) error {
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, itemPage(it, f, l, h.Work.HasTickets(), failed))
}

func (h *Handlers) item(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	it, err := h.Work.Item(r.Context(), scope(r), id)
	if err != nil {
		return err
	}
	return h.itemForm(w, r, &it, itemFormOf(it), nil)
}

func (h *Handlers) saveItem(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	f := typedItem(r.PostFormValue)
	version, _ := strconv.ParseInt(f.Version, 10, 64)
	d, err := f.draft()
	if err == nil {
		err = h.Work.UpdateItem(r.Context(), actor(r.Context()), id, version, d)
	}
	if mendable(err) {
		it, readErr := h.Work.Item(r.Context(), scope(r), id)
		if readErr != nil {
			return readErr
		}
		return h.itemForm(w, r, &it, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Saved."), itemURL(id))
}

func (h *Handlers) deleteItem(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err := h.Work.DeleteItem(r.Context(), actor(r.Context()), id, version); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The item is deleted."), "/time/items")
}

func itemURL(id ids.ID) string { return "/time/items/" + id.String() }
