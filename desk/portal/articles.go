// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"io"

	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// reader is the scope of what the caller may read of the knowledge: the articles that the firm published for all clients and the
// documents that it shared with their own.
func (s *Service) reader(ctx context.Context) (access.Scope, error) {
	a, err := s.caller(ctx)
	return access.OneClient(a.Client), err
}

// Articles lists what the caller may read, without the texts, and the categories and folders that it lies in.
func (s *Service) Articles(ctx context.Context, q knowledge.Query) (knowledge.Page, []knowledge.Folder, error) {
	scope, err := s.reader(ctx)
	if err != nil {
		return knowledge.Page{}, nil, err
	}
	q.Client, q.State, q.Kind = 0, "", knowledge.Any
	p, err := s.p.Know.Articles(ctx, scope, q)
	if err != nil {
		return p, nil, err
	}
	folders, err := s.p.Know.ReadableFolders(ctx, scope)
	return p, folders, err
}

// HasArticles reports whether there is anything that the caller may read.
func (s *Service) HasArticles(ctx context.Context) (bool, error) {
	scope, err := s.reader(ctx)
	if err != nil {
		return false, err
	}
	p, err := s.p.Know.Articles(ctx, scope, knowledge.Query{Limit: 1})
	return p.Total > 0, err
}

// Article returns one that the caller may read, with its files; what they may not does not exist.
func (s *Service) Article(ctx context.Context, id ids.ID) (knowledge.Article, []knowledge.File, error) {
	scope, err := s.reader(ctx)
	if err != nil {
		return knowledge.Article{}, nil, err
	}
	a, err := s.p.Know.Article(ctx, scope, id)
	if err != nil {
		return knowledge.Article{}, nil, err
	}
	files, err := s.p.Know.Files(ctx, scope, id)
	return a, files, err
}

// ArticleFile opens a file of an article that the caller may read. Close it.
func (s *Service) ArticleFile(ctx context.Context, article, file ids.ID) (knowledge.File, io.ReadSeekCloser, error) {
	scope, err := s.reader(ctx)
	if err != nil {
		return knowledge.File{}, nil, err
	}
	return s.p.Know.File(ctx, scope, article, file)
}

// Suggest returns what the caller may read and fits the words of a ticket that is being written, the best first, 3 at most.
func (s *Service) Suggest(ctx context.Context, text string) ([]knowledge.Article, error) {
	scope, err := s.reader(ctx)
	if err != nil {
		return nil, err
	}
	return s.p.Know.Suggest(ctx, scope, scope.Client(), text)
}
