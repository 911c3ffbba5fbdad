// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

const (
	maxUpload = 32 << 20
	maxFiles  = 20
)

// readForm reads a form that may carry files, within limits.
func readForm(w http.ResponseWriter, r *http.Request, most int64) error {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	err := r.ParseMultipartForm(4 << 20)
	if errors.Is(err, http.ErrNotMultipart) {
		err = r.ParseForm()
	}
	if err != nil {
		return fault.NewInvalid("The files are larger than %d megabytes in all.", most>>20).On("files").Because(err)
	}
	return nil
}

// attach keeps the files of a form.
func (h *Handlers) attach(r *http.Request) (out []helpdesk.File, err error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	files := r.MultipartForm.File["files"]
	if len(files) > maxFiles {
		return nil, fault.NewInvalid("At most %d files can be attached at once.", maxFiles).On("files")
	}
	for _, f := range files {
		src, err := f.Open()
		if err != nil {
			return nil, err
		}
		ref, size, err := h.Blobs.Put(src, maxUpload)
		_ = src.Close()
		if err != nil {
			return nil, err
		}
		kind := f.Header.Get("Content-Type")
		out = append(out, helpdesk.File{Ref: string(ref), Name: cleanFileName(f.Filename), Type: kind[:min(len(kind), 100)], Size: size})
	}
	return out, nil
}

func cleanFileName(s string) string {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\\", "/"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[len(s)-200:], "")
	}
	if s == "" || s == "." || s == "/" {
		return "file"
	}
	return s
}

// file serves an attachment, always as a download: it was written by strangers.
func (h *Handlers) file(w http.ResponseWriter, r *http.Request) error {
	n, err := numberOf(r)
	if err != nil {
		return err
	}
	id, err := ids.Parse(r.PathValue("file"))
	if err != nil {
		return fault.NewNotFound("There is no such file.")
	}
	f, err := h.Portal.File(r.Context(), n, id)
	if err != nil {
		return err
	}
	body, err := h.Blobs.Open(blob.Ref(f.Ref))
	if err != nil {
		return err
	}
	defer body.Close()
	info, err := body.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+encodeName(f.Name))
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", info.ModTime(), body)
	return nil
}

// encodeName writes a file name as RFC 5987 wants it.
func encodeName(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
