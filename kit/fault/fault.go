// SPDX-License-Identifier: Apache-2.0

// Package fault is how the product says that something went wrong: a kind
// that code can act on, a sentence that a technician understands, and the
// cause underneath for the log.
//
// The sentence never carries a secret, a file path of the server or an SQL
// text; those belong to the cause.
package fault

import (
	"errors"
	"fmt"
)

// Kind tells what the caller can do about a fault.
type Kind uint8

const (
	// Internal is everything without a kind: our mistake or a broken machine.
	Internal Kind = iota
	// Invalid: the input is wrong and the sentence says how to mend it.
	Invalid
	// NotFound: the thing does not exist, or the caller may not know that it does.
	NotFound
	// Conflict: somebody else changed it first, or it exists already.
	Conflict
	// Denied: the caller is known but may not do this.
	Denied
	// Unauthenticated: the caller must sign in first.
	Unauthenticated
	// Busy: try again later; nothing was changed.
	Busy
)

// String returns the kind's name as it appears in logs and problem documents.
func (k Kind) String() string {
	return [...]string{"internal", "invalid", "not-found", "conflict", "denied", "unauthenticated", "busy"}[k]
}

// Error is a fault with its kind, its sentence and, optionally, where in the
// input it lies and what caused it.
type Error struct {
	Kind  Kind
	Text  string // one plain sentence for a person, in English
	Field string // name of the form field or column, where there is one
	Cause error  // for logs; never shown to a person

	// Key and Args are the sentence before its verbs were filled in, so that a
	// page can say it in the reader's language.
	Key  string
	Args []any
}

// Error returns the sentence followed by the cause.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Text + ": " + e.Cause.Error()
	}
	return e.Text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Word is an argument of a sentence that is itself said in the reader's language: the noun of
// what is missing.
type Word string

func build(k Kind, format string, args []any) *Error {
	return &Error{Kind: k, Text: fmt.Sprintf(format, args...), Key: format, Args: args}
}

// NewInvalid says that the input is wrong and how to mend it.
func NewInvalid(format string, args ...any) *Error { return build(Invalid, format, args) }

// NewNotFound says that the thing asked for does not exist.
func NewNotFound(format string, args ...any) *Error { return build(NotFound, format, args) }

// NewConflict says that the change clashes with what is there.
func NewConflict(format string, args ...any) *Error { return build(Conflict, format, args) }

// NewDenied says that the caller may not do this.
func NewDenied(format string, args ...any) *Error { return build(Denied, format, args) }

// NewUnauthenticated says that the caller must sign in first.
func NewUnauthenticated(format string, args ...any) *Error {
	return build(Unauthenticated, format, args)
}

// NewBusy says that the work can be tried again later.
func NewBusy(format string, args ...any) *Error { return build(Busy, format, args) }

// On names the field that the fault lies in and returns the same fault.
func (e *Error) On(field string) *Error { e.Field = field; return e }

// Because wraps the cause and returns the same fault.
func (e *Error) Because(cause error) *Error { e.Cause = cause; return e }

// KindOf returns the kind of the first fault in err's chain, Internal when
// there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// TextOf returns the sentence to show a person for err. Errors without a
// sentence give a neutral one, so that internals never reach a page.
func TextOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Text
	}
	return "Something went wrong on our side. The log has the details."
}

// Is reports whether err carries the kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }
