// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/search"
)

// Draft is what a person writes of an article.
type Draft struct {
	Client    ids.ID // whose document it is; 0 = an article of the firm
	Shared    bool   // may be read in the portal once it is published
	Published bool
	Title     string
	Folder    string // category of an article, folder of a document
	Tags      []string
	Body      string // Markdown
	Ticket    ids.ID // that it was made from; 0 = none. It does not change
}

// Article is an article or a client's document.
type Article struct {
	ID      ids.ID
	Version int64
	Draft
	Author  string // who wrote last
	Created time.Time
	Updated time.Time
}

// Version is one state of an article. Text is filled in by [Service.Version] only.
type Version struct {
	Number    int64
	Title     string
	Body      string
	Shared    bool
	Published bool
	Restored  int64 // the number of the one that was brought back
	Author    string
	Made      time.Time
}

const (
	maxArticle = 200_000
	maxTitle   = 200
)

func noArticle() *fault.Error { return fault.NewNotFound("There is no such article.") }

func (d *Draft) clean() (err error) {
	d.Title = strings.Join(strings.Fields(d.Title), " ")
	switch {
	case d.Title == "":
		return fault.NewInvalid("Give it a title.").On("title")
	case len(d.Title) > maxTitle:
		return fault.NewInvalid("This is too long: at most %d characters.", maxTitle).On("title")
	}
	if d.Folder, err = line(strings.Trim(strings.TrimSpace(d.Folder), "/"), "folder"); err != nil {
		return err
	}
	if d.Tags, err = cleanTags(d.Tags); err != nil {
		return err
	}
	d.Body = strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(d.Body, "\r\n", "\n"), "\x00", ""), "\uFFFD")
	if len(d.Body) > maxArticle {
		return fault.NewInvalid("The text is longer than %d characters. Cut it into several.", maxArticle).On("body")
	}
	if d.Published && strings.TrimSpace(d.Body) == "" {
		return fault.NewInvalid("Write something before you publish it.").On("body")
	}
	return nil
}

func articleOf(r store.KnowledgeArticle) Article {
	return Article{
		ID: ids.ID(r.ID), Version: r.Version, Author: r.Author, Created: instant(r.CreatedAt), Updated: instant(r.UpdatedAt),
		Draft: Draft{ids.ID(r.ClientID), r.Shared == 1, r.Published == 1, r.Title, r.Folder, unpackTags(r.Tags), r.Body, ids.ID(r.TicketID)},
	}
}

// readable says whether a scope may read an article: the firm's people all, a client's people what is published and shared
// with them.
func (a Article) readable(scope access.Scope) bool {
	if scope.All() {
		return true
	}
	return scope.Client() != 0 && a.Published && a.Shared && (a.Client == 0 || a.Client == scope.Client())
}

// CreateArticle writes a new article.
func (s *Service) CreateArticle(ctx context.Context, scope access.Scope, d Draft) (ids.ID, error) {
	if err := d.clean(); err != nil {
		return 0, err
	}
	if err := s.checkClient(ctx, scope, d.Client); err != nil {
		return 0, err
	}
	user, name := who(ctx)
	now := s.micros()
	a := Article{ID: s.p.IDs.New(), Version: 1, Draft: d, Author: name}
	return a.ID, s.change(ctx, "knowledge.article", a.Title, "", func(tx *sql.Tx, q *store.Queries) error {
		if err := q.InsertArticle(ctx, store.InsertArticleParams{
			ID: int64(a.ID), ClientID: int64(d.Client), Shared: flag(d.Shared), Published: flag(d.Published), Title: d.Title, Folder: d.Folder, Tags: packTags(d.Tags), Body: d.Body,
			TicketID: int64(d.Ticket), AuthorID: int64(user), Author: name, CreatedAt: now, UpdatedAt: now,
		}); err != nil {
			return err
		}
		if err := s.keepVersion(ctx, q, a, 0); err != nil {
			return err
		}
		return s.indexArticle(ctx, tx, a)
	})
}

// UpdateArticle changes an article whose version the caller has seen. What it was before stays as a version.
func (s *Service) UpdateArticle(ctx context.Context, scope access.Scope, id ids.ID, version int64, d Draft) error {
	if err := d.clean(); err != nil {
		return err
	}
	before, err := s.Article(ctx, scope, id)
	if err != nil {
		return err
	}
	if !covers(scope, before.Client) {
		return noArticle()
	}
	if d.Client != before.Client {
		if err := s.checkClient(ctx, scope, d.Client); err != nil {
			return err
		}
	}
	return s.writeArticle(ctx, before, version, d, 0)
}

func (s *Service) writeArticle(ctx context.Context, before Article, version int64, d Draft, restored int64) error {
	user, name := who(ctx)
	d.Ticket = before.Ticket
	a := Article{ID: before.ID, Version: version + 1, Draft: d, Author: name}
	err := s.change(ctx, "knowledge.article", d.Title, "", func(tx *sql.Tx, q *store.Queries) error {
		if err := orChanged(q.UpdateArticle(ctx, store.UpdateArticleParams{
			ID: int64(a.ID), Version: version, ClientID: int64(d.Client), Shared: flag(d.Shared), Published: flag(d.Published), Title: d.Title, Folder: d.Folder, Tags: packTags(d.Tags),
			Body: d.Body, AuthorID: int64(user), Author: name, UpdatedAt: s.micros(),
		})); err != nil {
			return err
		}
		if err := s.keepVersion(ctx, q, a, restored); err != nil {
			return err
		}
		return s.indexArticle(ctx, tx, a)
	})
	if db.IsUnique(err) {
		return orChanged(0, nil)
	}
	return err
}

func (s *Service) keepVersion(ctx context.Context, q *store.Queries, a Article, restored int64) error {
	user, name := who(ctx)
	return q.InsertVersion(ctx, store.InsertVersionParams{
		ID: int64(s.p.IDs.New()), ArticleID: int64(a.ID), Number: a.Version, Title: a.Title, Body: a.Body, Shared: flag(a.Shared), Published: flag(a.Published),
		Restored: restored, AuthorID: int64(user), Author: name, MadeAt: s.micros(),
	})
}

// RestoreArticle brings title and text of an earlier version back, as a new version. Whether it is published and shared
// stays as it is.
func (s *Service) RestoreArticle(ctx context.Context, scope access.Scope, id ids.ID, version, number int64) error {
	a, err := s.Article(ctx, scope, id)
	if err != nil {
		return err
	}
	if !covers(scope, a.Client) {
		return noArticle()
	}
	v, err := s.Version(ctx, scope, id, number)
	if err != nil {
		return err
	}
	d := a.Draft
	d.Title, d.Body = v.Title, v.Body
	return s.writeArticle(ctx, a, version, d, number)
}

// DeleteArticle removes an article with its versions and files. Its audit entry stays.
func (s *Service) DeleteArticle(ctx context.Context, scope access.Scope, id ids.ID) error {
	a, err := s.Article(ctx, scope, id)
	if err != nil {
		return err
	}
	if !covers(scope, a.Client) {
		return noArticle()
	}
	return s.change(ctx, "knowledge.article.removed", a.Title, id.String(), func(tx *sql.Tx, q *store.Queries) error {
		for _, drop := range []func(context.Context, int64) error{q.DeleteVersions, q.DeleteFiles} {
			if err := drop(ctx, int64(id)); err != nil {
				return err
			}
		}
		n, err := q.DeleteArticle(ctx, int64(id))
		if err == nil && n == 0 {
			err = noArticle()
		}
		if err != nil {
			return err
		}
		return s.unindex(ctx, tx, id)
	})
}

// Article returns an article that the scope may read: a client's people see what is published and shared with them.
func (s *Service) Article(ctx context.Context, scope access.Scope, id ids.ID) (Article, error) {
	r, err := s.read().ArticleByID(ctx, int64(id))
	if err != nil {
		return Article{}, orMissing(err, noArticle())
	}
	a := articleOf(r)
	if !a.readable(scope) {
		return Article{}, noArticle()
	}
	return a, nil
}

// Versions lists the versions of an article, the newest first, without their texts. Only the firm's people see them.
func (s *Service) Versions(ctx context.Context, scope access.Scope, id ids.ID) (out []Version, err error) {
	if _, err := s.Article(ctx, scope, id); err != nil {
		return nil, err
	}
	if !scope.All() {
		return nil, noArticle()
	}
	rows, err := s.read().VersionsOf(ctx, int64(id))
	for _, r := range rows {
		out = append(out, Version{Number: r.Number, Title: r.Title, Shared: r.Shared == 1, Published: r.Published == 1, Restored: r.Restored, Author: r.Author, Made: instant(r.MadeAt)})
	}
	return out, err
}

// Version returns one version with its text.
func (s *Service) Version(ctx context.Context, scope access.Scope, id ids.ID, number int64) (Version, error) {
	if _, err := s.Article(ctx, scope, id); err != nil {
		return Version{}, err
	}
	missing := fault.NewNotFound("There is no such version.")
	if !scope.All() {
		return Version{}, missing
	}
	r, err := s.read().VersionOf(ctx, int64(id), number)
	if err != nil {
		return Version{}, orMissing(err, missing)
	}
	return Version{Number: r.Number, Title: r.Title, Body: r.Body, Shared: r.Shared == 1, Published: r.Published == 1, Restored: r.Restored, Author: r.Author, Made: instant(r.MadeAt)}, nil
}

// Kind says of which sort articles are in a query.
type Kind string

// The kinds of articles.
const (
	Any       Kind = ""
	OfFirm    Kind = "articles"
	Documents Kind = "documents" // of clients
)

// Query chooses articles. Zero fields choose all.
type Query struct {
	Text   string
	Kind   Kind
	Client ids.ID
	Folder string
	Tag    string
	State  string // draft, published, shared
	Offset int
	Limit  int // 1–500; 0 = 50
}

// Page is a part of a list and how many there are in all.
type Page struct {
	Rows  []Article
	Total int
}

// Articles returns the articles that the scope may read, without their texts: what fits a text best first, otherwise what
// was changed last. For the portal it is all that a client's person may read, and nothing else.
func (s *Service) Articles(ctx context.Context, scope access.Scope, query Query) (Page, error) {
	var p Page
	if !scope.All() && scope.Client() == 0 {
		return p, nil
	}
	if query.Limit <= 0 {
		query.Limit = 50
	}
	query.Limit, query.Offset = min(query.Limit, 500), max(query.Offset, 0)
	where, args := []string{"1 = 1"}, []any{}
	add := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, cond)
	}
	if !scope.All() {
		add("published = 1 AND shared = 1 AND client_id IN (0, ?)", int64(scope.Client()))
	}
	switch query.Kind {
	case OfFirm:
		add("client_id = 0")
	case Documents:
		add("client_id <> 0")
	}
	if query.Client != 0 {
		add("client_id = ?", int64(query.Client))
	}
	if query.Folder != "" {
		add("folder = ?", query.Folder)
	}
	if query.Tag != "" {
		add("tags LIKE ? ESCAPE '!'", pattern(","+query.Tag+","))
	}
	switch query.State {
	case "draft":
		add("published = 0")
	case "published":
		add("published = 1")
	case "shared":
		add("published = 1 AND shared = 1")
	}
	order := "updated_at DESC, id DESC"
	if strings.TrimSpace(query.Text) != "" {
		refs, err := s.find(ctx, scope, query.Text)
		if err != nil || len(refs) == 0 {
			return p, err
		}
		list, rank := make([]string, len(refs)), strings.Builder{}
		for i, id := range refs { // numbers of ours: nothing of what was typed
			list[i] = strconv.FormatInt(int64(id), 10)
			fmt.Fprintf(&rank, " WHEN %d THEN %d", int64(id), i)
		}
		add("id IN (" + strings.Join(list, ", ") + ")")
		order = "CASE id" + rank.String() + " ELSE 9999 END"
	}
	cond := " FROM knowledge_articles WHERE " + strings.Join(where, " AND ")
	if err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*)"+cond, args...).Scan(&p.Total); err != nil || p.Total == 0 {
		return p, err
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, version, client_id, shared, published, title, folder, tags, ticket_id, author, created_at, updated_at"+cond+
		fmt.Sprintf(" ORDER BY %s LIMIT %d OFFSET %d", order, query.Limit, query.Offset), args...)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		var r store.KnowledgeArticle
		if err := rows.Scan(&r.ID, &r.Version, &r.ClientID, &r.Shared, &r.Published, &r.Title, &r.Folder, &r.Tags, &r.TicketID, &r.Author, &r.CreatedAt, &r.UpdatedAt); err != nil {
			return p, err
		}
		p.Rows = append(p.Rows, articleOf(r))
	}
	return p, rows.Err()
}

// Folder is a name under which articles lie, and how many.
type Folder struct {
	Name string
	N    int64
}

// ReadableFolders lists the folders and categories of what a scope may read, by name.
func (s *Service) ReadableFolders(ctx context.Context, scope access.Scope) (out []Folder, err error) {
	if scope.All() || scope.Client() == 0 {
		return nil, noArticle()
	}
	rows, err := s.read().SharedFolderNames(ctx, int64(scope.Client()))
	for _, r := range rows {
		out = append(out, Folder{r.Folder, r.N})
	}
	return out, err
}

// Folders lists the folders of a client's documents, or (0) the categories of articles.
func (s *Service) Folders(ctx context.Context, client ids.ID) (out []Folder, err error) {
	rows, err := s.read().FolderNames(ctx, int64(client))
	for _, r := range rows {
		out = append(out, Folder{r.Folder, r.N})
	}
	return out, err
}

// The kinds of documents in the full-text search. What clients' people may find has kinds of its own, so that their
// search meets nothing else.
const (
	ArticleKind  = "article"  // of the firm, not for clients
	GuideKind    = "guide"    // of the firm, published for all clients
	DocumentKind = "document" // of a client, not for its people
	HandoutKind  = "handout"  // of a client, published for its people
	RecordKind   = "record"   // something that runs out
)

// ArticleKinds are those of articles and documents.
func ArticleKinds() []string { return []string{ArticleKind, GuideKind, DocumentKind, HandoutKind} }

func (a Article) searchKind() string {
	out := a.Published && a.Shared
	switch {
	case a.Client == 0 && out:
		return GuideKind
	case a.Client == 0:
		return ArticleKind
	case out:
		return HandoutKind
	}
	return DocumentKind
}

func (s *Service) indexArticle(ctx context.Context, tx *sql.Tx, a Article) error {
	if err := s.unindex(ctx, tx, a.ID); err != nil {
		return err
	}
	body := a.Body
	if len(body) > 50_000 {
		body = strings.ToValidUTF8(body[:50_000], "")
	}
	state := "draft"
	if a.Published {
		state = "published"
	}
	return s.search.Put(ctx, tx, search.Doc{Kind: a.searchKind(), Ref: a.ID, Client: a.Client, Title: a.Title, Body: a.Folder + " " + strings.Join(a.Tags, " ") + "\n" + body, Facets: []string{state}})
}

func (s *Service) unindex(ctx context.Context, tx *sql.Tx, id ids.ID) error {
	for _, k := range ArticleKinds() {
		if err := s.search.Delete(ctx, tx, k, id); err != nil {
			return err
		}
	}
	return nil
}

// find returns the articles that have the words, the best first, 500 at most.
func (s *Service) find(ctx context.Context, scope access.Scope, text string) ([]ids.ID, error) {
	within, kinds := search.Scope{All: true}, ArticleKinds()
	if !scope.All() {
		within, kinds = search.Scope{Client: scope.Client(), House: true}, []string{GuideKind, HandoutKind}
	}
	docs, err := s.search.Find(ctx, within, text, 500, kinds...)
	out := make([]ids.ID, len(docs))
	for i, d := range docs {
		out[i] = d.Ref
	}
	return out, err
}

// Suggest returns the published articles that fit a text best, such as a ticket that is being written: those of the firm and
// the documents of its client, 3 at most.
func (s *Service) Suggest(ctx context.Context, scope access.Scope, client ids.ID, text string) ([]Article, error) {
	const most = 3
	if len(text) > 4000 {
		text = strings.ToValidUTF8(text[:4000], "")
	}
	kinds := ArticleKinds()
	if !scope.All() {
		client, kinds = scope.Client(), []string{GuideKind, HandoutKind}
	}
	docs, err := s.search.Similar(ctx, search.Scope{Client: client, House: true}, text, 12, kinds...)
	if err != nil {
		return nil, err
	}
	var out []Article
	for _, d := range docs {
		if len(out) == most {
			break
		}
		a, err := s.Article(ctx, scope, d.Ref)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if a.Published {
			out = append(out, a)
		}
	}
	return out, nil
}
