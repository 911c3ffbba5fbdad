// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// ticketView is a ticket's page.
type ticketView struct {
	*known
	t        helpdesk.Ticket
	client   clients.Full
	thread   []helpdesk.Entry
	steps    []helpdesk.Step
	parts    []helpdesk.Ticket
	parent   helpdesk.Ticket // ID 0 = none
	into     helpdesk.Ticket // the one that this was merged into
	draft    helpdesk.Unsent
	watchers []ids.ID
	me       ids.ID
	others   []helpdesk.Present
	canned   []helpdesk.Canned
	devices  []helpdesk.Device
	canLink  bool // with devices
	panels   []templ.Component
	planned  templ.Component
	to       string // whom a reply goes to by mail
	copies   string
	now      time.Time
	err      error  // of the composer
	body     string // as it was sent
	public   bool
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	v, err := h.view(r.Context(), scope(r), t)
	if err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, threadPart(v))
	}
	if h.Looked != nil {
		if err := h.Looked(r.Context(), t); err != nil {
			return err
		}
	}
	return page.Render(w, r, http.StatusOK, ticketPage(v))
}

func (h *Handlers) view(ctx context.Context, scope access.Scope, t helpdesk.Ticket) (*ticketView, error) {
	v := &ticketView{t: t, now: h.Clock.Now(), me: access.From(ctx).User, public: true}
	var err error
	if v.known, err = h.know(ctx, t.Client); err != nil {
		return nil, err
	}
	if v.client, err = h.Clients.Get(ctx, scope, t.Client); err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		func() (err error) { v.thread, err = h.Desk.Thread(ctx, scope, t.ID); return },
		func() (err error) { v.steps, err = h.Desk.Steps(ctx, scope, t.ID); return },
		func() (err error) { v.parts, err = h.Desk.Children(ctx, scope, t.ID); return },
		func() (err error) { v.watchers, err = h.Desk.Watchers(ctx, t.ID); return },
		func() (err error) { v.canned, err = h.Desk.CannedTexts(ctx); return },
		func() error { return h.ticketDevices(ctx, scope, v) },
		func() error { return h.related(ctx, scope, v) },
		func() (err error) {
			var copies []string
			v.to, copies, err = h.Desk.Addressees(ctx, t)
			v.copies = strings.Join(copies, ", ")
			return err
		},
		func() error { return h.mine(ctx, scope, v) },
		func() (err error) { v.planned, err = h.appointmentsPanel(ctx, v); return },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	for _, p := range h.Panels {
		c, err := p(ctx, t)
		if err != nil {
			return nil, err
		}
		if c != nil {
			v.panels = append(v.panels, c)
		}
	}
	return v, nil
}

func (h *Handlers) related(ctx context.Context, scope access.Scope, v *ticketView) (err error) {
	if v.t.Parent != 0 {
		if v.parent, err = h.Desk.Get(ctx, scope, v.t.Parent); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if v.t.MergedInto != 0 {
		v.into, err = h.Desk.Get(ctx, scope, v.t.MergedInto)
	}
	return err
}

// mine is what the reader has begun to write, and who else looks.
func (h *Handlers) mine(ctx context.Context, scope access.Scope, v *ticketView) (err error) {
	if !may(ctx, access.TicketsWrite) {
		return nil
	}
	if v.draft, err = h.Desk.DraftOf(ctx, v.t.ID); err != nil {
		return err
	}
	if v.draft.Body != "" {
		v.body, v.public = v.draft.Body, v.draft.Public
	}
	v.others, err = h.Desk.Look(ctx, scope, v.t.ID, false)
	return err
}

// say adds what was written, with what is to happen then.
func (h *Handlers) say(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	if err := r.ParseMultipartForm(4 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // the body is bounded above
		return fault.NewInvalid("The files are larger than %d megabytes in all.", maxUpload>>20).Because(err)
	}
	m := helpdesk.Message{Body: r.PostFormValue("body"), Public: r.PostFormValue("public") == "yes"}
	if m.Then, err = editOf(r.PostForm); err != nil {
		return err
	}
	m.Then.Tags = nil
	if r.PostForm.Has("copies") {
		copies := fields(r.PostFormValue("copies"))
		m.Copies = &copies
	}
	if m.Files, err = h.attach(r); err != nil {
		return err
	}
	if _, _, err = h.Desk.Say(ctx, scope(r), t.ID, 0, m); err != nil {
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
			return err
		}
		v, e := h.view(ctx, scope(r), t)
		if e != nil {
			return e
		}
		v.err, v.body, v.public = err, m.Body, m.Public
		if m.Copies != nil {
			v.copies = strings.Join(*m.Copies, ", ")
		}
		return page.Render(w, r, page.StatusOf(err), ticketPage(v))
	}
	return page.Redirect(w, r, address(t)+"#end")
}

const (
	maxUpload = 32 << 20
	maxFiles  = 20
)

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
		out = append(out, helpdesk.File{Ref: string(ref), Name: cleanFileName(f.Filename), Type: f.Header.Get("Content-Type"), Size: size})
	}
	return out, nil
}

func cleanFileName(s string) string {
	s = path.Base(strings.ReplaceAll(s, "\\", "/"))
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
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	id, err := idOf(r.PathValue("file"))
	if err != nil {
		return fault.NewNotFound("There is no such file.")
	}
	f, err := h.Desk.File(r.Context(), scope(r), t.ID, id)
	if err != nil {
		return err
	}
	body, err := h.Blobs.Open(blob.Ref(f.Ref))
	if err != nil {
		return err
	}
	defer body.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s", encodeName(f.Name)))
	http.ServeContent(w, r, "", t.Opened, body)
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

// draft keeps what is being written, and answers who else is at the ticket.
func (h *Handlers) draft(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	ctx, body := r.Context(), r.PostFormValue("body")
	if err := h.Desk.KeepDraft(ctx, scope(r), t.ID, r.PostFormValue("public") == "yes", body); err != nil {
		return err
	}
	others, err := h.Desk.Look(ctx, scope(r), t.ID, strings.TrimSpace(body) != "")
	if err != nil {
		return err
	}
	k, err := h.know(ctx)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, presence(k, others))
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	e, err := editOf(r.PostForm)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	return h.changed(w, r, t, version, e)
}

// changed makes a change and offers to take it back.
func (h *Handlers) changed(w http.ResponseWriter, r *http.Request, t helpdesk.Ticket, version int64, e helpdesk.Edit) error {
	t, err := h.Desk.Update(r.Context(), scope(r), t.ID, version, e)
	if err != nil {
		return err
	}
	f := page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Ticket %s is changed.", strconv.FormatInt(t.Number, 10))}
	if f.Undo, err = h.undoAddress(r, t); err != nil {
		return err
	}
	page.SetFlash(w, r, f)
	return page.Redirect(w, r, backTo(r, address(t)))
}

// takeOver assigns the ticket to the reader and begins it.
func (h *Handlers) takeOver(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	me, open := access.From(r.Context()).User, helpdesk.StateOpen
	e := helpdesk.Edit{Assignee: &me}
	if t.State == helpdesk.StateNew {
		e.State = &open
	}
	return h.changed(w, r, t, 0, e)
}

func (h *Handlers) merge(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(r.PostFormValue("into")), 10, 64)
	if err != nil {
		return fault.NewInvalid("Write the number of the ticket that goes on.").On("into")
	}
	into, err := h.Desk.ByNumber(r.Context(), scope(r), n)
	if err != nil {
		return err
	}
	if err := h.Desk.Merge(r.Context(), scope(r), t.ID, into.ID); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The two tickets are one now.")})
	return page.Redirect(w, r, address(into))
}

func (h *Handlers) unmerge(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	if err := h.Desk.Unmerge(r.Context(), scope(r), t.ID); err != nil {
		return err
	}
	return page.Redirect(w, r, address(t))
}

func (h *Handlers) split(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	entry, err := idOf(r.PostFormValue("entry"))
	if err != nil {
		return err
	}
	made, err := h.Desk.Split(r.Context(), scope(r), t.ID, entry, r.PostFormValue("subject"))
	if err != nil {
		return err
	}
	return page.Redirect(w, r, address(made))
}

func (h *Handlers) follow(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	if err := h.Desk.Follow(r.Context(), scope(r), t.ID, r.PostFormValue("on") == "yes"); err != nil {
		return err
	}
	return page.Redirect(w, r, address(t))
}

func (h *Handlers) addStep(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	if err := h.Desk.AddStep(r.Context(), scope(r), t.ID, r.PostFormValue("text")); err != nil {
		return err
	}
	return page.Redirect(w, r, address(t)+"#steps")
}

func (h *Handlers) step(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	id, err := idOf(r.PathValue("step"))
	if err != nil {
		return fault.NewNotFound("This step is not there any more.")
	}
	if r.PostFormValue("do") == "drop" {
		err = h.Desk.DropStep(r.Context(), scope(r), t.ID, id)
	} else {
		err = h.Desk.TickStep(r.Context(), scope(r), t.ID, id, r.PostFormValue("done") == "yes")
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, address(t)+"#steps")
}

// watch tells a ticket's page that something changed there.
func (h *Handlers) watch(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	notices, stop := h.Bus.Subscribe(helpdesk.Topic)
	defer stop()
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case id := <-notices:
			if id == t.ID.String() {
				err = s.JSON("changed", id)
			}
		case <-beat.C:
			err = s.Beat()
		}
		if err != nil {
			return nil //nolint:nilerr // the reader has gone
		}
	}
}

// fillIn puts what is known in the places of a text that is written often.
func (v *ticketView) fillIn(body string) string {
	person := ""
	for _, p := range v.client.People {
		if p.ID == v.t.Person {
			person = p.Name
		}
	}
	return strings.NewReplacer("{client}", v.client.Name, "{person}", person, "{number}", strconv.FormatInt(v.t.Number, 10), "{subject}", v.t.Subject, "{me}", v.names[v.me]).Replace(body)
}

func (v *ticketView) following() bool { return slices.Contains(v.watchers, v.me) }

func (v *ticketView) sayAll(ctx context.Context, list []helpdesk.FieldChange) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = v.say(ctx, c)
	}
	return strings.Join(words, ", ")
}

// say writes what an entry of kind change tells.
func (v *ticketView) say(ctx context.Context, c helpdesk.FieldChange) string {
	switch c.Field {
	case "subject":
		return locale.T(ctx, "subject changed to “%s”", c.To)
	case "client":
		return locale.T(ctx, "moved to another client")
	case "site":
		return locale.T(ctx, "site changed")
	case "person":
		return locale.T(ctx, "person changed")
	case "board":
		return locale.T(ctx, "moved to %s", v.boardWord(ctx, c.To))
	case "status":
		return locale.T(ctx, "status: %s → %s", v.statusWord(ctx, c.From), v.statusWord(ctx, c.To))
	case "kind":
		k, _ := helpdesk.ParseKind(c.To)
		return locale.T(ctx, "kind: %s", kindName(ctx, k))
	case "priority":
		a, _ := helpdesk.ParsePriority(c.From)
		b, _ := helpdesk.ParsePriority(c.To)
		return locale.T(ctx, "priority: %s → %s", priorityName(ctx, a), priorityName(ctx, b))
	case "assignee":
		if c.To == "" {
			return locale.T(ctx, "assigned to nobody")
		}
		return locale.T(ctx, "assigned to %s", v.personWord(c.To))
	case "tags":
		if c.To == "" {
			return locale.T(ctx, "tags removed")
		}
		return locale.T(ctx, "tags: %s", c.To)
	case "device":
		if c.To == "" {
			return locale.T(ctx, "device %s unlinked", c.From)
		}
		return locale.T(ctx, "device %s linked", c.To)
	case "parent":
		return locale.T(ctx, "part of another ticket now")
	case "merged":
		if c.To == "" {
			return locale.T(ctx, "goes on by itself again")
		}
		return locale.T(ctx, "merged into another ticket")
	case "appointment":
		return v.appointmentWord(ctx, c)
	case "split-to":
		return locale.T(ctx, "a message became a ticket of its own")
	case "split-from":
		return locale.T(ctx, "made from a message of another ticket")
	}
	return c.Field
}

func (v *ticketView) appointmentWord(ctx context.Context, c helpdesk.FieldChange) string {
	user, start, end, ok := helpdesk.ParseAppointmentMark(c.To)
	if !ok {
		_, start, end, _ = helpdesk.ParseAppointmentMark(c.From)
		return locale.T(ctx, "appointment called off: %s", spanOf(ctx, start, end))
	}
	if c.From != "" {
		return locale.T(ctx, "appointment moved: %s, %s", spanOf(ctx, start, end), v.names[user])
	}
	return locale.T(ctx, "appointment: %s, %s", spanOf(ctx, start, end), v.names[user])
}

func (v *ticketView) statusWord(ctx context.Context, id string) string {
	x, _ := ids.Parse(id)
	return statusName(ctx, v.status(x))
}

func (v *ticketView) boardWord(ctx context.Context, id string) string {
	x, _ := ids.Parse(id)
	return boardName(ctx, v.board(x))
}

func (v *ticketView) personWord(id string) string {
	x, _ := ids.Parse(id)
	return v.names[x]
}
