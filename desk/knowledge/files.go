// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"context"
	"database/sql"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// File is a picture or file beside an article's text.
type File struct {
	ID     ids.ID
	Ref    blob.Ref
	Name   string // unique within the article
	Size   int64
	Author string
	Made   time.Time
}

// Limits of files.
const (
	MaxFile  = 32 << 20
	maxFiles = 100
)

// Picture says which media type a browser may show the file as in the page, "" for one that it may only download. The ending
// decides, and the browser is told not to guess.
func (f File) Picture() string {
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	}
	return ""
}

// AddFile keeps a file beside an article's text. A name that is there already gets a number.
func (s *Service) AddFile(ctx context.Context, scope access.Scope, article ids.ID, name string, r io.Reader) error {
	a, err := s.Article(ctx, scope, article)
	if err != nil {
		return err
	}
	if !covers(scope, a.Client) {
		return noArticle()
	}
	ref, size, err := s.p.Blobs.Put(r, MaxFile)
	if err != nil {
		return err
	}
	_, author := who(ctx)
	name = fileName(name)
	return s.change(ctx, "knowledge.article", a.Title, name, func(_ *sql.Tx, q *store.Queries) error {
		have, err := q.FilesOf(ctx, int64(article))
		if err != nil {
			return err
		}
		if len(have) >= maxFiles {
			return fault.NewInvalid("There are at most %d files.", maxFiles).On("files")
		}
		return q.InsertFile(ctx, store.InsertFileParams{ID: int64(s.p.IDs.New()), ArticleID: int64(article), Ref: string(ref), Name: unused(name, have), Size: size, Author: author, MadeAt: s.micros()})
	})
}

// unused adds a number to a name until none of the files has it.
func unused(name string, have []store.KnowledgeFile) string {
	taken := map[string]bool{}
	for _, f := range have {
		taken[strings.ToLower(f.Name)] = true
	}
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	out := name
	for n := 2; taken[strings.ToLower(out)]; n++ {
		out = base + "-" + strconv.Itoa(n) + ext
	}
	return out
}

// fileName is a name that Markdown and every file system take.
func fileName(s string) string {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\\", "/"))
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r == 0x7f, strings.ContainsRune(`"<>|?*:()[]`, r):
			return -1
		case r == ' ':
			return '-'
		}
		return r
	}, s)
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[len(s)-120:], "")
	}
	if s == "" || s == "." || s == "/" || s == ".." {
		return "file"
	}
	return s
}

// Files lists the files of an article that the scope may read.
func (s *Service) Files(ctx context.Context, scope access.Scope, article ids.ID) (out []File, err error) {
	if _, err := s.Article(ctx, scope, article); err != nil {
		return nil, err
	}
	rows, err := s.read().FilesOf(ctx, int64(article))
	for _, r := range rows {
		out = append(out, fileOf(r))
	}
	return out, err
}

func fileOf(r store.KnowledgeFile) File {
	return File{ids.ID(r.ID), blob.Ref(r.Ref), r.Name, r.Size, r.Author, instant(r.MadeAt)}
}

// File opens a file of an article that the scope may read. Close it. One that was removed stays readable for the firm's
// people, because earlier versions name it.
func (s *Service) File(ctx context.Context, scope access.Scope, article, file ids.ID) (File, io.ReadSeekCloser, error) {
	missing := fault.NewNotFound("There is no such file.")
	if _, err := s.Article(ctx, scope, article); err != nil {
		return File{}, nil, err
	}
	r, err := s.read().FileOf(ctx, int64(article), int64(file))
	if err != nil {
		return File{}, nil, orMissing(err, missing)
	}
	if r.RemovedAt != 0 && !scope.All() {
		return File{}, nil, missing
	}
	f, err := s.p.Blobs.Open(blob.Ref(r.Ref))
	return fileOf(r), f, err
}

// RemoveFile takes a file away from an article.
func (s *Service) RemoveFile(ctx context.Context, scope access.Scope, article, file ids.ID) error {
	a, err := s.Article(ctx, scope, article)
	if err != nil {
		return err
	}
	if !covers(scope, a.Client) {
		return noArticle()
	}
	return s.change(ctx, "knowledge.article", a.Title, file.String(), func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.RemoveFile(ctx, int64(article), int64(file), s.micros())
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such file.")
		}
		return err
	})
}
