// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of access: the first link of the owner, signing in, one's own account,
// people and their roles, and the audit trail. [Mount] is all that the application calls.
package web
