// SPDX-License-Identifier: Apache-2.0

// Package access decides who may do what: sign-in by password (argon2id) with
// TOTP, by passkey and by OpenID Connect; sessions; roles; API tokens; and the
// audit trail, which is only appended to and hash-chained.
//
// The one place where permissions are checked is [Router]: every route is registered
// with the permission it needs, and a route without one does not compile. Handlers
// find the caller with [From].
//
//	r := access.NewRouter(service)
//	r.Handle("GET /clients", access.ClientsRead, list)
//	r.Handle("GET /healthz", access.Public, health)
//
// People of clients are let in under [PortalPath] only, by [Router.Portal], with permissions that begin with "portal:";
// nobody of the firm has those, and routes there can have no others. Their scope is one client ([OneClient]).
//
// What changes how people get in is registered with [Router.HandleFresh] and asks for a confirmation
// of the last ten minutes. The firm's [FactorRule] leads whoever lacks a second factor to set one up before anything
// else. Limits on guessing, half-done sign-ins and what people should hear of their account live in the
// database, so that several servers share them.
//
// What may never happen: a secret in clear text in the database or a log
// (passwords are hashed, tokens are kept as SHA-256, TOTP secrets are sealed); an
// action without its line in the audit trail; an answer that tells whether an
// e-mail address has an account.
package access
