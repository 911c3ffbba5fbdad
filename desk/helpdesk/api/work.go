// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// maxFile bounds one uploaded file, in bytes.
const maxFile = 32 << 20

func (h *Handlers) mountWork(a *api.API) {
	read, write := access.TicketsRead, access.TicketsWrite
	api.Register(a, "POST", "/tickets/{number}/unmerge", write, "unmerge-ticket", "Take the merging of a ticket back", h.unmerge)
	api.Register(a, "POST", "/tickets/{number}/split", write, "split-ticket", "Make a ticket of one entry of a thread", h.split)
	api.Register(a, "GET", "/tickets/{number}/followers", read, "list-ticket-followers", "List who follows a ticket", h.followers)
	api.Register(a, "PUT", "/tickets/{number}/followers/me", read, "follow-ticket", "Follow a ticket, or not any more", h.follow)
	api.Register(a, "GET", "/tickets/{number}/steps", read, "list-ticket-steps", "List the checklist of a ticket", h.steps)
	api.Register(a, "POST", "/tickets/{number}/steps", write, "add-ticket-step", "Add a step to the checklist", h.addStep)
	api.Register(a, "PATCH", "/tickets/{number}/steps/{id}", write, "tick-ticket-step", "Mark a step as done, or not", h.tickStep)
	api.Register(a, "DELETE", "/tickets/{number}/steps/{id}", write, "delete-ticket-step", "Take a step away", h.dropStep)
}

// MountFiles registers the up- and download of attachments, whose bodies are the files themselves.
func (h *Handlers) MountFiles(r *access.Router) {
	handle := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.HandleFunc(pattern, need, func(w http.ResponseWriter, req *http.Request) {
			if err := f(w, req); err != nil {
				api.Refuse(w, err)
			}
		})
	}
	handle("POST "+api.Prefix+"/tickets/{number}/files", access.TicketsWrite, h.upload)
	handle("GET "+api.Prefix+"/tickets/{number}/files/{file}", access.TicketsRead, h.download)
}

func (h *Handlers) named(r *http.Request) (helpdesk.Ticket, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return helpdesk.Ticket{}, fault.NewNotFound("There is no such ticket.").Because(err)
	}
	return h.Desk.ByNumber(r.Context(), access.From(r.Context()).Scope(), n)
}

// upload adds an entry with one file: POST …/files?name=report.pdf&public=true, the content as body.
func (h *Handlers) upload(w http.ResponseWriter, r *http.Request) error {
	t, err := h.named(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	name := q.Get("name")
	if name == "" {
		return fault.NewInvalid("Name the file: POST %s/tickets/1001/files?name=report.pdf with the file as body.", api.Prefix).On("name")
	}
	ref, size, err := h.Blobs.Put(http.MaxBytesReader(w, r.Body, maxFile), maxFile)
	if err != nil {
		return fault.NewInvalid("The file is larger than %d megabytes, or was cut off.", maxFile>>20).Because(err)
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = "application/octet-stream"
	}
	m := helpdesk.Message{Body: q.Get("text"), Public: q.Get("public") == "true", Files: []helpdesk.File{{Ref: string(ref), Name: name, Type: kind, Size: size}}}
	_, entry, err := h.Desk.Say(r.Context(), access.From(r.Context()).Scope(), t.ID, 0, m)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]string{"entry": entry.String()}) // the caller has gone; nobody to tell
	return nil
}

func (h *Handlers) download(w http.ResponseWriter, r *http.Request) error {
	t, err := h.named(r)
	if err != nil {
		return err
	}
	id, err := ids.Parse(r.PathValue("file"))
	if err != nil {
		return fault.NewNotFound("There is no such file.").Because(err)
	}
	f, err := h.Desk.File(r.Context(), access.From(r.Context()).Scope(), t.ID, id)
	if err != nil {
		return err
	}
	src, err := h.Blobs.Open(blob.Ref(f.Ref))
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	http.ServeContent(w, r, "", time.Time{}, src)
	return nil
}

func (h *Handlers) unmerge(ctx context.Context, in *oneIn) (*oneOut, error) {
	t, err := h.Desk.ByNumber(ctx, access.From(ctx).Scope(), in.Number)
	if err != nil {
		return nil, err
	}
	if err := h.Desk.Unmerge(ctx, access.From(ctx).Scope(), t.ID); err != nil {
		return nil, err
	}
	return h.get(ctx, in)
}

type splitIn struct {
	Number int64 `path:"number" minimum:"1"`
	Body   struct {
		Entry   string `json:"entry" maxLength:"13"`
		Subject string `json:"subject,omitempty" maxLength:"300" doc:"Of the new ticket; empty: as of the old one"`
	}
}

func (h *Handlers) split(ctx context.Context, in *splitIn) (*oneOut, error) {
	scope := access.From(ctx).Scope()
	t, err := h.Desk.ByNumber(ctx, scope, in.Number)
	if err != nil {
		return nil, err
	}
	entry, err := parse(in.Body.Entry, "entry")
	if err != nil {
		return nil, err
	}
	made, err := h.Desk.Split(ctx, scope, t.ID, entry, in.Body.Subject)
	if err != nil {
		return nil, err
	}
	return one(made), nil
}

type followersOut struct {
	Body struct {
		Followers []string `json:"followers" doc:"Ids of people of the firm"`
	}
}

func (h *Handlers) followers(ctx context.Context, in *oneIn) (*followersOut, error) {
	t, err := h.Desk.ByNumber(ctx, access.From(ctx).Scope(), in.Number)
	if err != nil {
		return nil, err
	}
	list, err := h.Desk.Watchers(ctx, t.ID)
	out := &followersOut{}
	out.Body.Followers = make([]string, 0, len(list))
	for _, id := range list {
		out.Body.Followers = append(out.Body.Followers, id.String())
	}
	return out, err
}

type followIn struct {
	Number int64 `path:"number" minimum:"1"`
	Body   struct {
		Follow bool `json:"follow"`
	}
}

func (h *Handlers) follow(ctx context.Context, in *followIn) (*followersOut, error) {
	t, err := h.Desk.ByNumber(ctx, access.From(ctx).Scope(), in.Number)
	if err != nil {
		return nil, err
	}
	if err := h.Desk.Follow(ctx, access.From(ctx).Scope(), t.ID, in.Body.Follow); err != nil {
		return nil, err
	}
	return h.followers(ctx, &oneIn{in.Number})
}

// Step is one thing to be done on a ticket.
type Step struct {
	ID     string     `json:"id"`
	Text   string     `json:"text"`
	Done   *time.Time `json:"done,omitempty"`
	DoneBy string     `json:"doneBy,omitempty"`
}

type stepsOut struct {
	Body struct {
		Steps []Step `json:"steps"`
	}
}

func (h *Handlers) steps(ctx context.Context, in *oneIn) (*stepsOut, error) {
	t, err := h.Desk.ByNumber(ctx, access.From(ctx).Scope(), in.Number)
	if err != nil {
		return nil, err
	}
	list, err := h.Desk.Steps(ctx, access.From(ctx).Scope(), t.ID)
	out := &stepsOut{}
	out.Body.Steps = make([]Step, 0, len(list))
	for _, s := range list {
		x := Step{ID: s.ID.String(), Text: s.Text, DoneBy: s.DoneBy}
		if !s.Done.IsZero() {
			x.Done = &s.Done
		}
		out.Body.Steps = append(out.Body.Steps, x)
	}
	return out, err
}

type addStepIn struct {
	Number int64 `path:"number" minimum:"1"`
	Body   struct {
		Text string `json:"text" minLength:"1" maxLength:"300"`
	}
}

func (h *Handlers) addStep(ctx context.Context, in *addStepIn) (*stepsOut, error) {
	return h.changeSteps(ctx, in.Number, func(scope access.Scope, t ids.ID) error { return h.Desk.AddStep(ctx, scope, t, in.Body.Text) })
}

type tickStepIn struct {
	Number int64  `path:"number" minimum:"1"`
	ID     string `path:"id" maxLength:"13"`
	Body   struct {
		Done bool `json:"done"`
	}
}

func (h *Handlers) tickStep(ctx context.Context, in *tickStepIn) (*stepsOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	return h.changeSteps(ctx, in.Number, func(scope access.Scope, t ids.ID) error { return h.Desk.TickStep(ctx, scope, t, id, in.Body.Done) })
}

type dropStepIn struct {
	Number int64  `path:"number" minimum:"1"`
	ID     string `path:"id" maxLength:"13"`
}

func (h *Handlers) dropStep(ctx context.Context, in *dropStepIn) (*stepsOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	return h.changeSteps(ctx, in.Number, func(scope access.Scope, t ids.ID) error { return h.Desk.DropStep(ctx, scope, t, id) })
}

func (h *Handlers) changeSteps(ctx context.Context, number int64, fn func(access.Scope, ids.ID) error) (*stepsOut, error) {
	scope := access.From(ctx).Scope()
	t, err := h.Desk.ByNumber(ctx, scope, number)
	if err != nil {
		return nil, err
	}
	if err := fn(scope, t.ID); err != nil {
		return nil, err
	}
	return h.steps(ctx, &oneIn{number})
}
