// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"time"

	"mainstay/kit/ids"
)

// Identity is the caller of a request.
type Identity struct {
	User     ids.ID
	Name     string
	Email    string
	Role     Role
	Language string    // BCP 47; "" = as the browser asks
	Zone     string    // IANA; "" = the firm's
	Theme    string    // light, dark or "" = as the system
	Session  ids.ID    // 0 for an API token
	Method   string    // how the session was opened: see the constants of signin.go
	Verified time.Time // when the person last showed who they are
	Lacks    Lack      // what the firm's rule on second factors still wants before anything else
	Notices  int64     // what the person has not been told yet, see [Service.Notices]
	ByToken  bool
	Scopes   []Permission // of an API token
	Clients  []ids.ID     // whom an API token is limited to; none = to nobody

	// Of a person of a client, who has no User and no Role:
	Person ids.ID
	Client ids.ID
	Rights []Permission // besides [PortalUse]
}

// Scope is whose data a call may touch. Stores that read clients' data take one, so that it
// cannot be forgotten; the zero value reaches nothing.
type Scope struct {
	all    bool
	client ids.ID
}

// WholeFirm is the scope of the firm's own people and of jobs.
func WholeFirm() Scope { return Scope{all: true} }

// OneClient is the scope of a client's person.
func OneClient(id ids.ID) Scope { return Scope{client: id} }

// All reports whether the scope covers every client.
func (s Scope) All() bool { return s.all }

// Client returns the one client of the scope, 0 for all or none.
func (s Scope) Client() ids.ID { return s.client }

// Covers reports whether the scope reaches the client id.
func (s Scope) Covers(id ids.ID) bool { return s.all || (id != 0 && s.client == id) }

// Scope returns what the identity may see: the firm's people everything, a client's person their client. A token for some
// clients reaches by it the one it is for, or nothing.
func (id *Identity) Scope() Scope {
	switch {
	case id == nil:
		return Scope{}
	case id.Person != 0:
		return OneClient(id.Client)
	case len(id.Clients) == 1:
		return OneClient(id.Clients[0])
	case len(id.Clients) > 1:
		return Scope{}
	}
	return WholeFirm()
}

type contextKey struct{}

// From returns the caller, nil when nobody is signed in.
func From(ctx context.Context) *Identity {
	id, _ := ctx.Value(contextKey{}).(*Identity)
	return id
}

// With returns ctx with the caller in it.
func With(ctx context.Context, id *Identity) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}
