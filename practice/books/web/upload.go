// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/books"
)

const (
	maxFiles = 50
	// patience is how long a page waits for a small file before it shows a progress bar.
	patience = 900 * time.Millisecond
)

// importForm shows where files are dropped, and those that wait.
func (h *Handlers) importForm(w http.ResponseWriter, r *http.Request) error {
	waiting, err := h.waiting(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, importPage(waiting, nil))
}

// pending is an uploaded file that is not taken over yet.
type pending struct {
	books.Import
	digest
	busy bool // in hand, or waiting for its turn
	err  error
}

// waiting lists the files that are not taken over yet, the newest upload first.
func (h *Handlers) waiting(ctx context.Context) ([]pending, error) {
	list, err := h.Books.List(ctx, 0, 200)
	if err != nil {
		return nil, err
	}
	var out []pending
	for _, i := range list {
		if i.State != books.Uploaded {
			continue
		}
		p := pending{Import: i, digest: digestOf(i.Report)}
		t := h.jobs().of(i.ID)
		if t == nil && i.Report == nil { // an upload that a stopped server left
			t = h.jobs().start(ctx, i.ID, false, i.Choices)
		}
		if t != nil {
			s := t.now()
			p.busy, p.err = !s.ended, s.err
		}
		out = append(out, p)
	}
	return out, nil
}

// upload takes files from the browser, part by part as they come: none of them is held in memory.
func (h *Handlers) upload(w http.ResponseWriter, r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return fault.NewInvalid("The form does not carry files.").Because(err)
	}
	got, refused, err := h.receive(r.Context(), parts)
	if err != nil {
		return err
	}
	if len(got) == 0 {
		if refused == nil {
			refused = fault.NewInvalid("Choose at least one file.").On("files")
		}
		waiting, err := h.waiting(r.Context())
		if err != nil {
			return err
		}
		w.Header().Set("Connection", "close") // the rest of a refused file is not read
		return page.Render(w, r, page.StatusOf(refused), importPage(waiting, refused))
	}
	if refused != nil {
		page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: locale.From(r.Context()).Fault(refused)})
	}
	until := time.Now().Add(patience)
	for _, t := range got {
		t.wait(r.Context(), time.Until(until))
	}
	next := "/books/import"
	if len(got) == 1 {
		next = url(got[0].id)
	}
	if r.Header.Get("X-Upload") != "" { // the script that shows the bar opens the page itself
		w.Header().Set("X-Next", next)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return page.Redirect(w, r, next)
}

// receive keeps the files and queues them. refused is the first file that could not be kept.
func (h *Handlers) receive(ctx context.Context, parts *multipart.Reader) (got []*task, refused, err error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return got, refused, nil
		}
		if err != nil {
			return got, fault.NewInvalid("The upload broke off. Files that had come through completely are kept.").On("files").Because(err), nil
		}
		if part.FormName() != "files" || part.FileName() == "" {
			continue
		}
		if len(got) == maxFiles {
			return got, fault.NewInvalid("At most %d files at once. Put more into a zip.", maxFiles).On("files"), nil
		}
		i, err := h.Books.Upload(ctx, part.FileName(), part, "")
		var f *fault.Error
		switch {
		case errors.As(err, &f) && f.Kind == fault.Invalid && f.Text != "":
			refused = f.On("files")
			if n, _ := io.CopyN(io.Discard, part, drained); n == drained { // far more is coming
				return got, refused, nil
			}
		case err != nil:
			return got, refused, err
		default:
			if h.Currency != nil {
				i.Choices.Currency = h.Currency(ctx)
			}
			got = append(got, h.jobs().start(ctx, i.ID, false, i.Choices))
		}
	}
}

// drained is how much of a refused file is read on, so that the files after it are still taken.
const drained = 64 << 20

// takeAll takes over every file whose preview leaves no question open.
func (h *Handlers) takeAll(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	waiting, err := h.waiting(ctx)
	if err != nil {
		return err
	}
	slices.Reverse(waiting) // in the order in which they came
	var started []*task
	for _, p := range waiting {
		if !p.busy && p.err == nil && p.ready() {
			started = append(started, h.jobs().start(ctx, p.ID, true, p.Choices))
		}
	}
	until := time.Now().Add(patience)
	done := true
	for _, t := range started {
		t.wait(ctx, time.Until(until))
		s := t.now()
		done = done && s.ended && s.err == nil
	}
	if len(started) > 0 && done && len(started) == len(waiting) {
		page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.N(ctx, "%d file is in the books now.|%d files are in the books now.", int64(len(started)))})
		return page.Redirect(w, r, "/books")
	}
	return page.Redirect(w, r, "/books/import")
}

// known is an export of a tool that people come from.
type known struct{ tool, export, gives string }

// knownExports lists the exports that are recognised without help, and what each gives.
func knownExports() []known {
	return []known{
		{"QuickBooks Online, QuickBooks Desktop", locale.Key("Sales by Customer Detail, Transaction Detail or General Ledger"), locale.Key("recurring and one-off revenue by client, and its ups and downs")},
		{"Xero", locale.Key("Sales invoices"), locale.Key("recurring and one-off revenue by client, and its ups and downs")},
		{"FreshBooks, Zoho Invoice, Wave, Invoice Ninja", locale.Key("Invoices with their lines"), locale.Key("the same, with the marks of recurring invoices where they are set")},

		{"ITFlow", locale.Key("Invoices, recurring invoices, tickets, assets"), locale.Key("revenue, who starts the work, how well devices are cared for")},
		{"Syncro", locale.Key("Invoices, tickets, ticket labor"), locale.Key("revenue, who starts the work, hours by client")},
		{"osTicket, Zendesk, Freshdesk", locale.Key("Tickets with source, opening and solution"), locale.Key("who starts the work, and how fast it is solved")},
		{"ServiceNow", locale.Key("Incidents, or the audit log of incidents"), locale.Key("who starts the work; events are folded into tickets")},
		{"Harvest, Toggl, Clockify", locale.Key("Detailed time report"), locale.Key("reactive and planned hours by client, what an hour really earns")},
		{"ConnectWise, Autotask, HaloPSA", locale.Key("Any grid, exported as CSV or XLSX"), locale.Key("you say once what each column means; it is remembered")},
	}
}
