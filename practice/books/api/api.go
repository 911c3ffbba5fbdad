// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of the books.
package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/books"
)

// Handlers serve the operations.
type Handlers struct{ Books *books.Service }

// Import is one file on the wire.
type Import struct {
	ID        string        `json:"id" doc:"Sortable id"`
	File      string        `json:"file"`
	Size      int64         `json:"size" doc:"Bytes"`
	State     string        `json:"state" enum:"uploaded,committing,committed,undone"`
	Choices   books.Choices `json:"choices" doc:"What was decided about the file"`
	Report    *books.Report `json:"report,omitempty" doc:"What was understood of the file; absent in lists"`
	Added     int64         `json:"added" doc:"Rows that were new"`
	Known     int64         `json:"known" doc:"Rows that the books had already"`
	MadeBy    string        `json:"madeBy"`
	Created   time.Time     `json:"created"`
	Committed *time.Time    `json:"committed,omitempty"`
}

type importsIn struct {
	After string `query:"after" maxLength:"13" doc:"Cursor: the value of next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type importsOut struct {
	Body struct {
		Imports []Import `json:"imports"`
		Next    string   `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

type oneIn struct {
	ID string `path:"id" maxLength:"13"`
}

type oneOut struct{ Body Import }

type commitIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body books.Choices
}

type commitOut struct {
	Body struct {
		Import  string `json:"import" doc:"Id of the import; of the earlier one where the file was taken over before"`
		Added   int64  `json:"added"`
		Known   int64  `json:"known"`
		Already bool   `json:"already" doc:"The same file was taken over before; nothing changed"`
	}
}

type noneOut struct{}

// Mount registers the operations. Files are uploaded through [Handlers.MountUpload].
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/books/imports", access.BooksRead, "list-imports", "List imports, the newest first", h.list)
	api.Register(a, "GET", "/books/imports/{id}", access.BooksRead, "get-import", "Get an import with what was understood of its file", h.get)
	api.Register(a, "POST", "/books/imports/{id}/commit", access.BooksImport, "commit-import", "Take an uploaded file over, all of it or nothing", h.commit)
	api.Register(a, "POST", "/books/imports/{id}/undo", access.BooksImport, "undo-import", "Take an import back", h.undo)
	api.Register(a, "DELETE", "/books/imports/{id}", access.BooksImport, "discard-import", "Forget an uploaded file that was not taken over", h.discard)
	api.Register(a, "GET", "/books/lines", access.BooksRead, "list-book-lines", "List invoice lines, the newest first", h.lines)
	api.Register(a, "GET", "/books/tickets", access.BooksRead, "list-book-tickets", "List tickets, the newest first", h.tickets)
	api.Register(a, "GET", "/books/hours", access.BooksRead, "list-book-hours", "List time entries, the newest first", h.hours)
}

// MountUpload registers POST /api/v1/books/imports?name=FILE[&currency=EUR], whose body is the file itself: it is
// streamed, never held in memory. The answer is the import with its preview.
func (h *Handlers) MountUpload(r *access.Router) {
	r.HandleFunc("POST "+api.Prefix+"/books/imports", access.BooksImport, func(w http.ResponseWriter, req *http.Request) {
		i, err := h.upload(req)
		if err != nil {
			api.Refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", api.Prefix+"/books/imports/"+i.ID)
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(i) // the caller has gone; nobody to tell
	})
}

func (h *Handlers) upload(req *http.Request) (Import, error) {
	ctx, name := req.Context(), req.URL.Query().Get("name")
	if name == "" {
		return Import{}, fault.NewInvalid("Name the file: POST %s/imports?name=invoices.csv with the file as body.", api.Prefix).On("name")
	}
	i, err := h.Books.Upload(ctx, name, req.Body, "")
	if err != nil {
		return Import{}, err
	}
	c := books.Choices{Currency: money.Currency(req.URL.Query().Get("currency"))}
	if _, err := h.Books.Preview(ctx, i.ID, c, nil); err != nil && !fault.Is(err, fault.Invalid) {
		return Import{}, err // a file that is none of ours is kept: its report says why, and a mapping may help
	}
	if i, err = h.Books.Get(ctx, i.ID); err != nil {
		return Import{}, err
	}
	return wire(i, true), nil
}

func (h *Handlers) list(ctx context.Context, in *importsIn) (*importsOut, error) {
	var before ids.ID
	if in.After != "" {
		id, err := ids.Parse(in.After)
		if err != nil {
			return nil, fault.NewInvalid("The cursor is damaged. Start again from the first page.").On("after").Because(err)
		}
		before = id
	}
	list, err := h.Books.List(ctx, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &importsOut{}
	out.Body.Imports = make([]Import, 0, len(list))
	for _, i := range list {
		out.Body.Imports = append(out.Body.Imports, wire(i, false))
	}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].ID.String()
	}
	return out, nil
}

func (h *Handlers) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	i, err := h.Books.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &oneOut{Body: wire(i, true)}, nil
}

func (h *Handlers) commit(ctx context.Context, in *commitIn) (*commitOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	r, err := h.Books.Commit(ctx, id, in.Body, nil)
	if err != nil {
		return nil, err
	}
	out := &commitOut{}
	out.Body.Import, out.Body.Added, out.Body.Known, out.Body.Already = r.Import.String(), r.Added, r.Known, r.Already
	return out, nil
}

func (h *Handlers) undo(ctx context.Context, in *oneIn) (*oneOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.Books.Undo(ctx, id); err != nil {
		return nil, err
	}
	return h.get(ctx, in)
}

func (h *Handlers) discard(ctx context.Context, in *oneIn) (*noneOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, h.Books.Discard(ctx, id)
}

func parse(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is no such import.").Because(err)
	}
	return id, nil
}

func wire(i books.Import, report bool) Import {
	out := Import{
		ID: i.ID.String(), File: i.File, Size: i.Size, State: string(i.State), Choices: i.Choices, Added: i.Added, Known: i.Known, MadeBy: i.MadeBy, Created: i.Created,
	}
	if report {
		out.Report = i.Report
	}
	if !i.Committed.IsZero() {
		out.Committed = &i.Committed
	}
	return out
}
