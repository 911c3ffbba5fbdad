// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/desk/knowledge"
	"mainstay/kit/api"
	"mainstay/kit/ids"
)

// Article is an article or a client's document on the wire. Lists leave the body out.
type Article struct {
	ID        string    `json:"id"`
	Version   int64     `json:"version" doc:"Grows with each change; the ETag carries it"`
	Client    string    `json:"client,omitempty" doc:"Whose document it is; absent for an article of the firm"`
	Shared    bool      `json:"shared" doc:"May be read in the portal once it is published: by the people of the client, or of all clients"`
	Published bool      `json:"published"`
	Title     string    `json:"title"`
	Folder    string    `json:"folder,omitempty"`
	Tags      []string  `json:"tags"`
	Body      string    `json:"body,omitempty" doc:"Markdown"`
	Author    string    `json:"author" doc:"Who wrote last"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
}

// ArticleInput is what a caller sends of an article.
type ArticleInput struct {
	Client    string   `json:"client,omitempty" maxLength:"13"`
	Shared    bool     `json:"shared,omitempty"`
	Published bool     `json:"published,omitempty"`
	Title     string   `json:"title" minLength:"1" maxLength:"200"`
	Folder    string   `json:"folder,omitempty" maxLength:"200"`
	Tags      []string `json:"tags,omitempty" maxItems:"20"`
	Body      string   `json:"body,omitempty" maxLength:"200000"`
}

func wireArticle(a knowledge.Article) Article {
	tags := a.Tags
	if tags == nil {
		tags = []string{}
	}
	return Article{
		ID: a.ID.String(), Version: a.Version, Client: idText(a.Client), Shared: a.Shared, Published: a.Published, Title: a.Title, Folder: a.Folder, Tags: tags, Body: a.Body, Author: a.Author,
		Created: a.Created, Updated: a.Updated,
	}
}

func (in ArticleInput) draft() (d knowledge.Draft, err error) {
	d = knowledge.Draft{Shared: in.Shared, Published: in.Published, Title: in.Title, Folder: in.Folder, Tags: in.Tags, Body: in.Body}
	d.Client, err = optional(in.Client, "client")
	return d, err
}

type articlesIn struct {
	PageIn
	Text   string `query:"q" maxLength:"200"`
	Kind   string `query:"kind" enum:"articles,documents"`
	Client string `query:"client" maxLength:"13"`
	Folder string `query:"folder" maxLength:"200"`
	Tag    string `query:"tag" maxLength:"40"`
	State  string `query:"state" enum:"draft,published,shared"`
}

type articlesOut struct {
	Body struct {
		Articles []Article `json:"articles"`
		Total    int       `json:"total"`
	}
}

type articleOut struct {
	ETag string `header:"ETag"`
	Body Article
}

type newArticleIn struct{ Body ArticleInput }

type changeArticleIn struct {
	VersionedIn
	Body ArticleInput
}

func (h *Handlers) listArticles(ctx context.Context, in *articlesIn) (*articlesOut, error) {
	client, err := optional(in.Client, "client")
	if err != nil {
		return nil, err
	}
	p, err := h.Knowledge.Articles(ctx, scope(ctx), knowledge.Query{Text: in.Text, Kind: knowledge.Kind(in.Kind), Client: client, Folder: in.Folder, Tag: in.Tag, State: in.State, Offset: in.Offset, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &articlesOut{}
	out.Body.Articles, out.Body.Total = make([]Article, 0, len(p.Rows)), p.Total
	for _, a := range p.Rows {
		out.Body.Articles = append(out.Body.Articles, wireArticle(a))
	}
	return out, nil
}

func (h *Handlers) oneArticle(ctx context.Context, id ids.ID) (*articleOut, error) {
	a, err := h.Knowledge.Article(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	return &articleOut{ETag: api.ETag(a.Version), Body: wireArticle(a)}, nil
}

func (h *Handlers) getArticle(ctx context.Context, in *oneIn) (*articleOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return h.oneArticle(ctx, id)
}

func (h *Handlers) createArticle(ctx context.Context, in *newArticleIn) (*articleOut, error) {
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	id, err := h.Knowledge.CreateArticle(ctx, scope(ctx), d)
	if err != nil {
		return nil, err
	}
	return h.oneArticle(ctx, id)
}

func (h *Handlers) updateArticle(ctx context.Context, in *changeArticleIn) (*articleOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	if err := h.Knowledge.UpdateArticle(ctx, scope(ctx), id, version, d); err != nil {
		return nil, err
	}
	return h.oneArticle(ctx, id)
}

func (h *Handlers) deleteArticle(ctx context.Context, in *oneIn) (*empty, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Knowledge.DeleteArticle(ctx, scope(ctx), id)
}

// Version is a state of an article on the wire. Lists leave the body out.
type Version struct {
	Number    int64     `json:"number"`
	Title     string    `json:"title"`
	Body      string    `json:"body,omitempty"`
	Shared    bool      `json:"shared"`
	Published bool      `json:"published"`
	Restored  int64     `json:"restored,omitempty" doc:"Number of the version that was brought back"`
	Author    string    `json:"author"`
	Made      time.Time `json:"made"`
}

func wireVersion(v knowledge.Version) Version {
	return Version{v.Number, v.Title, v.Body, v.Shared, v.Published, v.Restored, v.Author, v.Made}
}

type versionsOut struct {
	Body struct {
		Versions []Version `json:"versions"`
	}
}

type versionIn struct {
	ID     string `path:"id" maxLength:"13"`
	Number int64  `path:"number" minimum:"1"`
}

type restoreIn struct {
	VersionedIn
	Number int64 `path:"number" minimum:"1"`
}

type versionOut struct{ Body Version }

func (h *Handlers) versions(ctx context.Context, in *oneIn) (*versionsOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := h.Knowledge.Versions(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	out := &versionsOut{}
	out.Body.Versions = make([]Version, 0, len(list))
	for _, v := range list {
		out.Body.Versions = append(out.Body.Versions, wireVersion(v))
	}
	return out, nil
}

func (h *Handlers) version(ctx context.Context, in *versionIn) (*versionOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	v, err := h.Knowledge.Version(ctx, scope(ctx), id, in.Number)
	if err != nil {
		return nil, err
	}
	return &versionOut{wireVersion(v)}, nil
}

func (h *Handlers) restore(ctx context.Context, in *restoreIn) (*articleOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	if err := h.Knowledge.RestoreArticle(ctx, scope(ctx), id, version, in.Number); err != nil {
		return nil, err
	}
	return h.oneArticle(ctx, id)
}
