// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the books: what is there, import, preview, row lists.
//
// Reading a file and taking it over last as long as the file is large, so both go on in the background (see
// work.go); a page waits a moment for small ones and follows the others.
package web

import (
	"context"
	"net/http"
	"sync"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/books"
)

// Handlers serve the pages of the books. Close ends what goes on in the background.
type Handlers struct {
	Books *books.Service

	// Currency is the firm's, for rows that name none; nil = not known.
	Currency func(context.Context) money.Currency
	// Taken is told of every import that was taken over from a page; it may be nil.
	Taken func(context.Context) error

	once sync.Once
	work *worker

	mu       sync.Mutex
	stamp    string
	coverage []books.Coverage
	counting chan struct{} // closed when the months are counted; nil while nobody counts
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	handle := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	handle("GET /books", access.BooksRead, h.overview)
	handle("GET /books/import", access.BooksImport, h.importForm)
	handle("POST /books/import", access.BooksImport, h.upload)
	handle("GET /books/import/events", access.BooksImport, h.queueEvents)
	handle("POST /books/import/take", access.BooksImport, h.takeAll)
	handle("GET /books/imports/{import}", access.BooksRead, h.show)
	handle("POST /books/imports/{import}", access.BooksImport, h.choose)
	handle("GET /books/imports/{import}/events", access.BooksRead, h.events)
	handle("POST /books/imports/{import}/discard", access.BooksImport, h.discard)
	handle("POST /books/imports/{import}/undo", access.BooksImport, h.undo)
	for _, l := range lists() {
		handle("GET /books/"+l.path, access.BooksRead, h.rows(l))
		handle("GET /books/"+l.path+"/export.csv", access.Export, h.export(l))
	}
}

// Close stops what is being read or taken over, which takes it back, and waits for that.
func (h *Handlers) Close() { h.jobs().close() }

func (h *Handlers) jobs() *worker {
	h.once.Do(func() { h.work = newWorker(h.Books, h.Taken) })
	return h.work
}

// pathID reads the import's id from the path; a malformed one is a page that does not exist.
func pathID(r *http.Request) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue("import"))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func url(id ids.ID) string { return "/books/imports/" + id.String() }
