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
// What may never happen: a secret in clear text in the database or a log
// (passwords are hashed, tokens are kept as SHA-256, TOTP secrets are sealed); an
// action without its line in the audit trail; an answer that tells whether an
// e-mail address has an account.
package access
