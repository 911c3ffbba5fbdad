// SPDX-License-Identifier: Apache-2.0

// Package api sets up the JSON API: huma on net/http, OpenAPI 3.1, problem documents (RFC 9457),
// keyset paging and ETags. Every operation names its permission, and the router of kit/access checks
// it, as for pages.
//
//	func (h *Handlers) Mount(a *api.API) {
//		api.Get(a, "/clients", access.ClientsRead, "List clients", h.list)
//	}
package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/page"
)

// Prefix is the path under which all operations lie.
const Prefix = "/api/v1"

// MaxBody is the largest request body accepted, in bytes. Files are uploaded by the importers' own
// route.
const MaxBody = 1 << 20

// API is the set of operations.
type API struct {
	huma huma.API
	mux  *gate
}

// New returns an API whose operations are mounted on r. Documentation stands at
// /api/docs (a page of ours, offline) and /api/openapi.json.
func New(r *access.Router, version string) *API {
	cfg := huma.DefaultConfig("Mainstay", version)
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks = nil // no $schema links: clients of ours need none
	cfg.Info.Description = "Everything that the pages show and do. Authenticate with an API token: Authorization: Bearer mst_…"
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "An API token from the page \"My account\"."}}
	g := &gate{router: r, needs: map[string]access.Permission{}}
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", g.schemaName)
	cfg.Servers = []*huma.Server{{URL: Prefix}}
	a := &API{huma: humago.NewWithPrefix(g, Prefix, cfg), mux: g}
	huma.NewError = problem //nolint:reassign // huma's one hook for problem documents; set once, to a pure function
	return a
}

// schemaName names a type's schema. Types of the areas carry the area's name, and bodies without a name of their own
// that of their operation, because two areas may well have a type of the same name.
func (g *gate) schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct && t.Name() == "" {
		var operation strings.Builder // list-tickets → ListTickets
		for part := range strings.SplitSeq(g.operation, "-") {
			operation.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
		return operation.String() + name
	}
	path := t.PkgPath()
	inArea := false
	for _, house := range []string{"mainstay/practice/", "mainstay/desk/", "mainstay/care/"} {
		if rest, ok := strings.CutPrefix(path, house); ok {
			path, inArea = rest, true
		}
	}
	if !inArea {
		return name
	}
	var prefix strings.Builder // practice/books → Books, practice/books/api → BooksAPI
	for part := range strings.SplitSeq(path, "/") {
		if part == "api" {
			part = "API"
		}
		prefix.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return prefix.String() + name
}

// gate hands huma's routes to the router together with the permission declared for them.
type gate struct {
	router *access.Router
	needs  map[string]access.Permission
	next   access.Permission

	operation string // being registered
}

// HandleFunc is what huma calls for each operation.
func (g *gate) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	need := g.next
	g.needs[pattern] = need
	g.router.HandleFunc(pattern, need, h)
}

// ServeHTTP is not used: requests reach the operations through the router.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.router.ServeHTTP(w, r) }

// OpenAPI returns the description as JSON.
func (a *API) OpenAPI() ([]byte, error) { return a.huma.OpenAPI().MarshalJSON() }

// Operations calls fn for each operation in the order of paths.
func (a *API) Operations() []*huma.Operation {
	var out []*huma.Operation
	for path, item := range a.huma.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op != nil {
				op.Method, op.Path = method, path
				out = append(out, op)
			}
		}
	}
	return out
}

// Register adds an operation. id is verb-noun and unique; the first segment of path groups it.
func Register[I, O any](a *API, method, path string, need access.Permission, id, summary string, h func(context.Context, *I) (*O, error)) {
	a.mux.next, a.mux.operation = need, id
	group, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	huma.Register(a.huma, huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{group},
		Description: "Needs the permission `" + string(need) + "`.", MaxBodyBytes: MaxBody,
		Security: []map[string][]string{{"token": {string(need)}}},
		Errors:   []int{401, 403, 404, 409, 412, 422, 503},
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, asProblem(err)
		}
		return out, nil
	})
}

// Webhook describes an event that is sent to those who subscribed to it; example is the payload's data, of which only the
// type counts. It stands among the webhooks of the description.
func Webhook(a *API, code, text string, example any) {
	spec := a.huma.OpenAPI()
	if spec.Webhooks == nil {
		spec.Webhooks = map[string]*huma.PathItem{}
	}
	data := spec.Components.Schemas.Schema(reflect.TypeOf(example), true, "")
	body := &huma.Schema{Type: "object", Required: []string{"type", "timestamp", "data"}, Properties: map[string]*huma.Schema{
		"type": {Type: "string", Enum: []any{code}}, "timestamp": {Type: "string", Format: "date-time", Description: "When it happened"}, "data": data,
	}}
	header := func(name, what string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: what, Schema: &huma.Schema{Type: "string"}}
	}
	spec.Webhooks[code] = &huma.PathItem{Post: &huma.Operation{
		OperationID: "event-" + strings.ReplaceAll(strings.ReplaceAll(code, ".", "-"), "_", "-"), Summary: text, Tags: []string{"webhooks"},
		Description: "Sent as the Standard Webhooks specification 1.0 says. Answer with a status 2xx within 15 seconds; 410 ends the subscription. An event may come twice, with the same webhook-id, and events in another order than they happened.",
		Parameters: []*huma.Param{
			header("webhook-id", "Names the event; the same each time it is sent"), header("webhook-timestamp", "When it was sent, in seconds since 1970"),
			header("webhook-signature", "One or more, with spaces between: v1, and the base64 of the HMAC-SHA256 of id.timestamp.body, with the bytes that the secret has after whsec_ in base64"),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: body}}},
		Responses:   map[string]*huma.Response{"2XX": {Description: "It has arrived"}, "410": {Description: "Send nothing more"}},
	}}
}

// Event is a webhook of the description.
type Event struct{ Code, Text string }

// Events lists the webhooks of the description by their codes.
func (a *API) Events() (out []Event) {
	for code, item := range a.huma.OpenAPI().Webhooks {
		out = append(out, Event{code, item.Post.Summary})
	}
	slices.SortFunc(out, func(x, y Event) int { return strings.Compare(x.Code, y.Code) })
	return out
}

// asProblem gives a fault its status and its sentence; other errors become a neutral 500 whose cause is logged only.
func asProblem(err error) error {
	if p, ok := errors.AsType[huma.StatusError](err); ok {
		return p
	}
	status := page.StatusOf(err)
	p := &Problem{ErrorModel: huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: fault.TextOf(err)}, Code: fault.KindOf(err).String(), cause: err}
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Field != "" {
		p.Errors = []*huma.ErrorDetail{{Location: "body." + f.Field, Message: f.Text}}
	}
	return p
}

// Problem is a problem document (RFC 9457) with our code of the kind of fault.
type Problem struct {
	huma.ErrorModel
	Code  string `json:"code" doc:"Kind of fault: invalid, not-found, conflict, denied, unauthenticated, busy, internal"`
	cause error
}

// Unwrap returns the cause, for logs.
func (p *Problem) Unwrap() error { return p.cause }

// problem makes huma's own errors (validation, unreadable bodies) look like ours.
func problem(status int, message string, errs ...error) huma.StatusError {
	p := &Problem{ErrorModel: huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: message}, Code: "invalid"}
	for _, e := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](e); ok {
			p.Errors = append(p.Errors, d)
		} else if e != nil {
			p.Errors = append(p.Errors, &huma.ErrorDetail{Message: e.Error()})
		}
	}
	if status >= http.StatusInternalServerError {
		p.Code = fault.Internal.String()
	}
	return p
}

// Refuse answers a request that the router refused, as a problem document.
func Refuse(w http.ResponseWriter, err error) {
	status := page.StatusOf(err)
	w.Header().Set("Content-Type", "application/problem+json")
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Mainstay"`)
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"title":%q,"status":%d,"detail":%q,"code":%q}`, http.StatusText(status), status, fault.TextOf(err), fault.KindOf(err))
}

// ETag returns the entity tag of a version.
func ETag(version int64) string { return fmt.Sprintf(`"v%d"`, version) }

// Version reads an If-Match header; it is required, so that nobody overwrites what they have not seen.
func Version(ifMatch string) (v int64, err error) {
	if _, err := fmt.Sscanf(ifMatch, `"v%d"`, &v); err != nil {
		return 0, fault.NewInvalid("The header If-Match must carry the ETag of the version that you read, such as \"v3\".").On("If-Match")
	}
	return v, nil
}
