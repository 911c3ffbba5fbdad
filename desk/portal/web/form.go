// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"io"
	"net/http"

	"mainstay/desk/portal"
	"mainstay/kit/fault"
	"mainstay/kit/page"
)

const (
	maxFormUpload = 10 << 20
	maxFormFiles  = 5
)

// embed makes the form fit to stand in the firm's own website, and says whether it is open.
func (h *Handlers) embed(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	ctx := r.Context()
	set, err := h.Portal.Settings(ctx)
	if err != nil {
		return r, err
	}
	if !set.Form {
		return r, fault.NewNotFound("There is no page at this address.")
	}
	page.Embeddable(w, set.Hosts)
	v := page.From(ctx)
	if v.Outside != nil && r.Header.Get("Sec-Fetch-Dest") == "iframe" {
		o := *v.Outside
		o.Inside = true
		v.Outside = &o
		r = r.WithContext(page.With(ctx, v))
	}
	return r, nil
}

func (h *Handlers) form(w http.ResponseWriter, r *http.Request) error {
	r, err := h.embed(w, r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, formPage(portal.Enquiry{}, nil))
}

func (h *Handlers) sendForm(w http.ResponseWriter, r *http.Request) error {
	r, err := h.embed(w, r)
	if err != nil {
		return err
	}
	var e portal.Enquiry
	if err = readForm(w, r, maxFormUpload); err == nil {
		e = portal.Enquiry{
			Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Subject: r.PostFormValue("subject"), Body: r.PostFormValue("body"), Trap: r.PostFormValue("homepage"),
		}
		var shut func() error
		e.Files, shut, err = uploads(r)
		if err == nil {
			err = h.Portal.Enquire(r.Context(), e)
		}
		err = errors.Join(err, shut())
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		return page.Render(w, r, formStatus(w, err), formPage(e, err))
	}
	return page.Render(w, r, http.StatusOK, thanksPage())
}

// uploads opens the files of a form; shut closes them.
func uploads(r *http.Request) (out []portal.Upload, shut func() error, err error) {
	var open []io.Closer
	shut = func() (err error) {
		for _, c := range open {
			err = errors.Join(err, c.Close())
		}
		return err
	}
	if r.MultipartForm == nil {
		return nil, shut, nil
	}
	files := r.MultipartForm.File["files"]
	if len(files) > maxFormFiles {
		return nil, shut, fault.NewInvalid("At most %d files can be attached at once.", maxFormFiles).On("files")
	}
	for _, f := range files {
		src, err := f.Open()
		if err != nil {
			return nil, shut, err
		}
		open = append(open, src)
		out = append(out, portal.Upload{Name: cleanFileName(f.Filename), Content: src})
	}
	return out, shut, nil
}
