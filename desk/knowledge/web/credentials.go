// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func (h *Handlers) mountCredentials(r *access.Router, on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	fresh := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.HandleFresh(pattern, need, page.Handler(f))
	}
	read, write := access.SecretsRead, access.SecretsWrite
	on("GET /credentials", read, h.credentials)
	on("GET /credentials/new", write, h.newCredential)
	on("POST /credentials/new", write, h.createCredential)
	on("POST /credentials/password", write, h.password)
	on("GET /credentials/{credential}", read, h.credential)
	on("GET /credentials/{credential}/edit", write, h.editCredential)
	on("POST /credentials/{credential}/edit", write, h.saveCredential)
	on("POST /credentials/{credential}/restore", write, h.restoreCredential)
	on("POST /credentials/{credential}/archive", write, h.archiveCredential)
	on("POST /credentials/{credential}/delete", write, h.deleteCredential)
	fresh("POST /credentials/{credential}/reveal", read, h.reveal)
	fresh("POST /credentials/{credential}/share", read, h.shareCredential)
	on("GET /shares", read, h.shares)
	on("POST /shares", read, h.shareText)
	on("POST /shares/{share}/recall", read, h.recall)
	on("GET /share/{token}", access.Public, h.peek)
	on("POST /share/{token}", access.Public, h.openShare)
}

// hideAfter is how long a secret stands on the page.
const hideAfter = 30 * time.Second

type credentialsView struct {
	q       knowledge.CredentialQuery
	rows    []knowledge.Credential
	total   int
	clients clients
	pager   page.Pager
}

func (v *credentialsView) link(client, archived string) string {
	return address("/credentials", "q", v.q.Text, "client", client, "archived", archived)
}

func (h *Handlers) credentials(w http.ResponseWriter, r *http.Request) error {
	ctx, get := r.Context(), r.URL.Query().Get
	v := &credentialsView{q: knowledge.CredentialQuery{Text: get("q"), House: get("client") == "firm", Archived: get("archived") != "", Limit: perPage, Offset: offset(r)}}
	var err error
	if v.q.Client, err = idOf(get("client"), "client"); err != nil {
		return err
	}
	if v.clients, err = h.clients(ctx); err != nil {
		return err
	}
	if v.rows, v.total, err = h.Knowledge.Credentials(ctx, scope(r), v.q); err != nil {
		return err
	}
	v.pager = pager(ctx, r, v.q.Offset, len(v.rows), v.total)
	return page.Render(w, r, http.StatusOK, credentialsPage(v))
}

// credentialForm is a credential as it was typed. Secrets are never sent back to a form.
type credentialForm struct {
	ID, Version, Name, Client, Username, URL, Device, Site string
	HasTOTP, HasNotes                                      bool
}

type credentialEditView struct {
	form      credentialForm
	generated string
	clients   clients
	err       error
}

func (v *credentialEditView) new() bool { return v.form.ID == "" }

func typedCredential(r *http.Request) (credentialForm, knowledge.CredentialDraft, error) {
	get := r.PostFormValue
	f := credentialForm{Version: get("version"), Name: get("name"), Client: get("client"), Username: get("username"), URL: get("url"), Device: get("device"), Site: get("site")}
	d := knowledge.CredentialDraft{Name: f.Name, Username: f.Username, URL: f.URL, Device: f.Device, Site: f.Site}
	for _, x := range []struct {
		name string
		to   **string
	}{{"secret", &d.Secret}, {"totp", &d.TOTP}, {"notes", &d.Notes}} { // an empty field leaves what is there, a tick takes it away
		if v := get(x.name); v != "" {
			*x.to = &v
		} else if get(x.name+"-none") != "" {
			*x.to = new(string)
		}
	}
	var err error
	d.Client, err = idOf(f.Client, "client")
	return f, d, err
}

func (h *Handlers) newCredential(w http.ResponseWriter, r *http.Request) error {
	return h.credentialForm(w, r, credentialForm{Client: r.URL.Query().Get("client")}, nil)
}

func (h *Handlers) credentialForm(w http.ResponseWriter, r *http.Request, f credentialForm, failed error) error {
	v := &credentialEditView{form: f, err: failed, generated: knowledge.GeneratePassword(20, true)}
	var err error
	if v.clients, err = h.clients(r.Context()); err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	w.Header().Set("Cache-Control", "no-store")
	return page.Render(w, r, status, credentialEditPage(v))
}

// password answers with a fresh password for the form.
func (h *Handlers) password(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(r.PostFormValue("length"))
	if err != nil {
		n = 20
	}
	w.Header().Set("Cache-Control", "no-store")
	return page.Render(w, r, http.StatusOK, generatedPassword(knowledge.GeneratePassword(n, r.PostFormValue("symbols") != "no")))
}

func (h *Handlers) createCredential(w http.ResponseWriter, r *http.Request) error {
	f, d, err := typedCredential(r)
	var id ids.ID
	if err == nil {
		id, err = h.Knowledge.CreateCredential(r.Context(), scope(r), d)
	}
	if mendable(err) {
		return h.credentialForm(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The credential is sealed and kept."), credentialURL(id))
}

// credentialView is a credential's page.
type credentialView struct {
	c        knowledge.Credential
	client   string
	versions []knowledge.SecretVersion
	readings []knowledge.Reading
	shares   []knowledge.Share
	now      time.Time

	what, plain string // what was just read, "" = nothing
	holds       int64  // seconds for which a code still holds
	link        string // of a share that was just made
	err         error
}

func (h *Handlers) credentialOf(r *http.Request) (knowledge.Credential, error) {
	id, err := pathID(r, "credential")
	if err != nil {
		return knowledge.Credential{}, err
	}
	return h.Knowledge.Credential(r.Context(), scope(r), id)
}

func (h *Handlers) credential(w http.ResponseWriter, r *http.Request) error {
	c, err := h.credentialOf(r)
	if err != nil {
		return err
	}
	return h.showCredential(w, r, http.StatusOK, &credentialView{c: c})
}

func (h *Handlers) showCredential(w http.ResponseWriter, r *http.Request, status int, v *credentialView) error {
	ctx := r.Context()
	v.now = h.Clock.Now()
	list, err := h.clients(ctx)
	if err != nil {
		return err
	}
	v.client = list.name[v.c.Client]
	if v.versions, err = h.Knowledge.SecretVersions(ctx, scope(r), v.c.ID); err != nil {
		return err
	}
	if v.readings, err = h.Knowledge.Readings(ctx, scope(r), v.c.ID); err != nil {
		return err
	}
	if v.shares, err = h.Knowledge.Shares(ctx, scope(r), v.c.ID); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return page.Render(w, r, status, credentialPage(v))
}

// reveal shows one secret. The browser itself leaves the page after half a minute, with a script or without.
func (h *Handlers) reveal(w http.ResponseWriter, r *http.Request) error {
	c, err := h.credentialOf(r)
	if err != nil {
		return err
	}
	v := &credentialView{c: c, what: r.PostFormValue("what")}
	var left time.Duration
	if v.plain, left, err = h.Knowledge.Reveal(r.Context(), scope(r), c.ID, v.what); err != nil {
		return err
	}
	v.holds = int64((left + time.Second - 1) / time.Second)
	w.Header().Set("Refresh", strconv.Itoa(int(hideAfter/time.Second))+"; url="+credentialURL(c.ID))
	return h.showCredential(w, r, http.StatusOK, v)
}

func (h *Handlers) editCredential(w http.ResponseWriter, r *http.Request) error {
	c, err := h.credentialOf(r)
	if err != nil {
		return err
	}
	return h.credentialForm(w, r, credentialForm{
		ID: c.ID.String(), Version: strconv.FormatInt(c.Version, 10), Name: c.Name, Client: idText(c.Client), Username: c.Username, URL: c.URL, Device: c.Device, Site: c.Site, HasTOTP: c.HasTOTP, HasNotes: c.HasNotes,
	}, nil)
}

func (h *Handlers) saveCredential(w http.ResponseWriter, r *http.Request) error {
	c, err := h.credentialOf(r)
	if err != nil {
		return err
	}
	f, d, err := typedCredential(r)
	f.ID, f.HasTOTP, f.HasNotes = c.ID.String(), c.HasTOTP, c.HasNotes
	if err == nil {
		err = h.Knowledge.UpdateCredential(r.Context(), scope(r), c.ID, versionOf(r), d)
	}
	if mendable(err) {
		return h.credentialForm(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The credential is sealed and kept."), credentialURL(c.ID))
}

func (h *Handlers) restoreCredential(w http.ResponseWriter, r *http.Request) error {
	c, err := h.credentialOf(r)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(r.PostFormValue("number"), 10, 64)
	if err := h.Knowledge.RestoreCredential(r.Context(), scope(r), c.ID, versionOf(r), n); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Version %d is back.", n), credentialURL(c.ID))
}

func (h *Handlers) archiveCredential(w http.ResponseWriter, r *http.Request) error {
	c, err := h.credentialOf(r)
	if err != nil {
		return err
	}
	if err := h.Knowledge.ArchiveCredential(r.Context(), scope(r), c.ID, !c.Archived); err != nil {
		return err
	}
	return page.Redirect(w, r, credentialURL(c.ID))
}

func (h *Handlers) deleteCredential(w http.ResponseWriter, r *http.Request) error {
	c, err := h.credentialOf(r)
	if err != nil {
		return err
	}
	if err := h.Knowledge.DeleteCredential(r.Context(), scope(r), c.ID); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "“%s” is deleted.", c.Name), "/credentials")
}

func credentialURL(id ids.ID) string { return "/credentials/" + id.String() }

func lifeOf(r *http.Request) time.Duration {
	n, _ := strconv.Atoi(r.PostFormValue("life"))
	return time.Duration(max(0, min(n, 1000))) * time.Hour
}

func (h *Handlers) linkOf(token string) string { return h.URL + "/share/" + token }

func (h *Handlers) shareCredential(w http.ResponseWriter, r *http.Request) error {
	c, err := h.credentialOf(r)
	if err != nil {
		return err
	}
	v := &credentialView{c: c}
	token, _, err := h.Knowledge.MakeShare(r.Context(), scope(r), knowledge.ShareDraft{Credential: c.ID, Life: lifeOf(r), Passphrase: r.PostFormValue("passphrase")})
	if mendable(err) {
		v.err = err
		return h.showCredential(w, r, page.StatusOf(err), v)
	}
	if err != nil {
		return err
	}
	v.link = h.linkOf(token)
	return h.showCredential(w, r, http.StatusOK, v)
}

// sharesView are the links that were made, and the form of one for a text.
type sharesView struct {
	list    []knowledge.Share
	clients clients
	now     time.Time
	label   string
	link    string
	err     error
}

func (h *Handlers) shares(w http.ResponseWriter, r *http.Request) error {
	return h.showShares(w, r, &sharesView{})
}

func (h *Handlers) showShares(w http.ResponseWriter, r *http.Request, v *sharesView) error {
	var err error
	v.now = h.Clock.Now()
	if v.list, err = h.Knowledge.Shares(r.Context(), scope(r), 0); err != nil {
		return err
	}
	if v.clients, err = h.clients(r.Context()); err != nil {
		return err
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	w.Header().Set("Cache-Control", "no-store")
	return page.Render(w, r, status, sharesPage(v))
}

func (h *Handlers) shareText(w http.ResponseWriter, r *http.Request) error {
	v := &sharesView{label: r.PostFormValue("label")}
	token, _, err := h.Knowledge.MakeShare(r.Context(), scope(r), knowledge.ShareDraft{Label: v.label, Text: r.PostFormValue("text"), Life: lifeOf(r), Passphrase: r.PostFormValue("passphrase")})
	switch {
	case mendable(err):
		v.err = err
	case err != nil:
		return err
	default:
		v.link, v.label = h.linkOf(token), ""
	}
	return h.showShares(w, r, v)
}

func (h *Handlers) recall(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "share")
	if err != nil {
		return err
	}
	if err := h.Knowledge.RecallShare(r.Context(), scope(r), id); err != nil {
		return err
	}
	to := "/shares"
	if back := r.PostFormValue("credential"); back != "" {
		if c, err := ids.Parse(back); err == nil {
			to = credentialURL(c)
		}
	}
	return good(w, r, locale.T(r.Context(), "The link does not open any more."), to)
}

// private keeps the page of a link out of caches, search engines and the addresses that a browser passes on.
func private(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow, noarchive")
}

// peek shows a button and nothing else: programs that look at links in mails do not open it.
func (h *Handlers) peek(w http.ResponseWriter, r *http.Request) error {
	private(w)
	x, err := h.Knowledge.Peek(r.Context(), r.PathValue("token"))
	if err != nil {
		return h.noShare(w, r, err)
	}
	return page.Render(w, r, http.StatusOK, peekPage(x, nil))
}

func (h *Handlers) openShare(w http.ResponseWriter, r *http.Request) error {
	private(w)
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	token := r.PathValue("token")
	got, err := h.Knowledge.OpenShare(r.Context(), token, strings.TrimSpace(r.PostFormValue("passphrase")))
	if fault.Is(err, fault.Invalid) {
		x, gone := h.Knowledge.Peek(r.Context(), token)
		if gone != nil {
			return h.noShare(w, r, gone)
		}
		return page.Render(w, r, http.StatusUnprocessableEntity, peekPage(x, err))
	}
	if err != nil {
		return h.noShare(w, r, err)
	}
	return page.Render(w, r, http.StatusOK, sharedPage(got))
}

// noShare says why a link does not open, without the frame of the program around it.
func (h *Handlers) noShare(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	return page.Render(w, r, http.StatusNotFound, goneSharePage(err))
}
