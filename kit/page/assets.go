// SPDX-License-Identifier: Apache-2.0

package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed assets
var embedded embed.FS

// bundle is every asset in the form in which it is served. All share one hash in
// their URL, /assets/HASH/js/app.js, so that modules, sprites and fonts may refer to each
// other by relative paths and still be cached for ever.
type bundle struct {
	hash  string
	files map[string]asset
}

type asset struct {
	kind       string
	body, gzip []byte
}

var assets = sync.OnceValue(func() *bundle {
	b, err := newBundle(embedded)
	if err != nil {
		panic(err) // compiled in; a test opens the bundle
	}
	return b
})

func newBundle(fsys fs.FS) (*bundle, error) {
	b := &bundle{files: map[string]asset{}}
	sum := sha256.New()
	var sheet bytes.Buffer
	err := fs.WalkDir(fsys, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		sum.Write([]byte(name))
		sum.Write(body)
		short := strings.TrimPrefix(name, "assets/")
		if strings.HasPrefix(short, "css/") { // one sheet, in the order of the names
			sheet.Write(body)
			return nil
		}
		return b.add(short, body)
	})
	if err != nil {
		return nil, err
	}
	if err := b.add("app.css", sheet.Bytes()); err != nil {
		return nil, err
	}
	b.hash = strings.ToLower(base32.StdEncoding.EncodeToString(sum.Sum(nil)[:10]))
	return b, nil
}

func (b *bundle) add(name string, body []byte) error {
	a := asset{kind: kindOf(name), body: body}
	if a.kind != "font/woff2" { // woff2 is compressed already
		var z bytes.Buffer
		w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, bytes.NewReader(body)); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if z.Len() < len(body) {
			a.gzip = z.Bytes()
		}
	}
	b.files[name] = a
	return nil
}

// kindOf is the media type by ending, without asking the machine's own tables.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt", "":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// Asset returns the URL of an asset, such as "app.css", "js/app.js" or "icons.svg".
func Asset(name string) string { return "/assets/" + assets().hash + "/" + name }

// Assets serves the embedded assets below /assets/. URLs carry the hash of the content
// and are immutable; a URL with another release's hash is not found, so that
// two versions behind one load balancer never mix.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := assets()
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/assets/"), "/")
		a, ok := b.files[name]
		if !ok || hash != b.hash {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Add("Vary", "Accept-Encoding")
		body := a.body
		if a.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.gzip
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(body)
		}
	})
}

// StyleSheet returns the whole style sheet, for documents that carry their style
// with them, such as a downloaded report. Its font URLs are relative and
// fall back to the system's font there.
func StyleSheet() []byte { return assets().files["app.css"].body }
