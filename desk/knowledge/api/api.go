// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of the knowledge: articles and documents, credentials, and what runs out.
package api

import (
	"context"

	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Handlers serve the operations.
type Handlers struct{ Knowledge *knowledge.Service }

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	read, write, secrets, change := access.KnowledgeRead, access.KnowledgeWrite, access.SecretsRead, access.SecretsWrite
	api.Register(a, "GET", "/articles", read, "list-articles", "List or search articles and clients' documents", h.listArticles)
	api.Register(a, "POST", "/articles", write, "create-article", "Write an article or a client's document", h.createArticle)
	api.Register(a, "GET", "/articles/{id}", read, "get-article", "Get an article with its text", h.getArticle)
	api.Register(a, "PUT", "/articles/{id}", write, "update-article", "Change an article; what it was stays as a version", h.updateArticle)
	api.Register(a, "DELETE", "/articles/{id}", write, "delete-article", "Delete an article with its versions", h.deleteArticle)
	api.Register(a, "GET", "/articles/{id}/versions", read, "list-article-versions", "List the versions of an article, the newest first", h.versions)
	api.Register(a, "GET", "/articles/{id}/versions/{number}", read, "get-article-version", "Get a version with its text", h.version)
	api.Register(a, "POST", "/articles/{id}/versions/{number}/restore", write, "restore-article-version", "Bring a version back as a new one", h.restore)
	api.Register(a, "GET", "/credentials", secrets, "list-credentials", "List credentials without their secrets", h.listCredentials)
	api.Register(a, "POST", "/credentials", change, "create-credential", "Keep a credential", h.createCredential)
	api.Register(a, "GET", "/credentials/{id}", secrets, "get-credential", "Get a credential without its secrets", h.getCredential)
	api.Register(a, "PUT", "/credentials/{id}", change, "update-credential", "Change a credential; secrets that are left out stay", h.updateCredential)
	api.Register(a, "DELETE", "/credentials/{id}", change, "delete-credential", "Delete a credential with all versions", h.deleteCredential)
	api.Register(a, "POST", "/credentials/{id}/reveal", secrets, "reveal-credential", "Read one secret of a credential; the audit trail names it. API tokens only", h.reveal)
	api.Register(a, "GET", "/credentials/{id}/readings", secrets, "list-credential-readings", "List who read a credential", h.readings)
	api.Register(a, "GET", "/expiring", read, "list-expiring", "List domains, certificates, vendors, warranties and licences by the day by which to act", h.listRecords)
	api.Register(a, "POST", "/expiring", write, "create-expiring", "Enter something that runs out", h.createRecord)
	api.Register(a, "GET", "/expiring/{id}", read, "get-expiring", "Get something that runs out", h.getRecord)
	api.Register(a, "PUT", "/expiring/{id}", write, "update-expiring", "Change something that runs out; a new day is reminded of anew", h.updateRecord)
	api.Register(a, "DELETE", "/expiring/{id}", write, "delete-expiring", "Delete something that runs out", h.deleteRecord)
}

type empty struct{}

func scope(ctx context.Context) access.Scope { return access.From(ctx).Scope() }

// known reads the id of a path.
func known(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is nothing of this id.").Because(err)
	}
	return id, nil
}

// optional reads the id of a field, which may be left out.
func optional(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not an id.", s).On(field).Because(err)
	}
	return id, nil
}

func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day of the form 2006-01-02.", s).On(field)
	}
	return d, nil
}

func dayText(d civil.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

type oneIn struct {
	ID string `path:"id" maxLength:"13"`
}

// VersionedIn is the address of a change and the version that the caller has seen.
type VersionedIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
}

// at reads the id and the version of a change.
func (in VersionedIn) at() (ids.ID, int64, error) {
	id, err := known(in.ID)
	if err != nil {
		return 0, 0, err
	}
	v, err := api.Version(in.IfMatch)
	return id, v, err
}

// PageIn is the part of a list that is asked for.
type PageIn struct {
	Offset int `query:"offset" minimum:"0" maximum:"1000000" default:"0"`
	Limit  int `query:"limit" minimum:"1" maximum:"500" default:"50"`
}
