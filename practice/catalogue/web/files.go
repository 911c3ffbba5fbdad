// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/base64"
	"io"
	"net/http"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/catalogue"
)

// importView is the form of an import, or what a file would change.
type importView struct {
	in   *catalogue.Incoming
	file string // base64: the preview's form carries it, so that nothing has to be kept on the server
	err  error
}

func (h *Handlers) importForm(w http.ResponseWriter, r *http.Request) error {
	return page.Render(w, r, http.StatusOK, importPage(&importView{}))
}

// preview reads the file and shows what it would change.
func (h *Handlers) preview(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, catalogue.MaxImport+1<<20)
	if err := r.ParseMultipartForm(4 << 20); err != nil { //nolint:gosec // the body is bounded above
		return fault.NewInvalid("The file is larger than %d MB, which is the limit.", catalogue.MaxImport>>20).Because(err)
	}
	v := &importView{}
	f, _, err := r.FormFile("file")
	if err != nil {
		v.err = fault.NewInvalid("Choose a CSV file.").On("file")
		return page.Render(w, r, http.StatusUnprocessableEntity, importPage(v))
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	return h.show(w, r, text)
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request, text []byte) error {
	v := &importView{}
	v.in, v.err = h.Catalogue.Preview(r.Context(), text)
	if mendable(v.err) {
		return page.Render(w, r, http.StatusUnprocessableEntity, importPage(v))
	}
	if v.err != nil {
		return v.err
	}
	status := http.StatusOK
	if len(v.in.Bad) > 0 {
		status = http.StatusUnprocessableEntity
	} else {
		v.file = base64.StdEncoding.EncodeToString(text)
	}
	return page.Render(w, r, status, importPage(v))
}

// take takes over the file that was shown. It is checked again: the catalogue may have changed.
func (h *Handlers) take(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, catalogue.MaxImport*2)
	text, err := base64.StdEncoding.DecodeString(r.PostFormValue("file"))
	if err != nil || len(text) == 0 {
		return fault.NewInvalid("Choose a CSV file.").Because(err)
	}
	in, err := h.Catalogue.Import(r.Context(), text)
	if mendable(err) || err == nil && len(in.Bad) > 0 {
		return h.show(w, r, text)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.N(r.Context(), "The file is in: %d item was added or changed.|The file is in: %d items were added or changed.", int64(len(in.New)+len(in.Changed))), "/catalogue")
}
