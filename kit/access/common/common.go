// SPDX-License-Identifier: Apache-2.0

// Package common knows the passwords that attackers try first. It holds no passwords, only
// 32 bits of the digest of each: about one other password in 45,000 is refused by accident, and the person
// takes another.
//
// The list is made by tools/passwords from SecLists; see there for what is in it.
package common

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed passwords.bin
var list []byte

const (
	shortest = 8 // characters of the shortest in the list
	padding  = 4 // characters around a listed password that do not make a new one of it
)

// Has reports whether password, in any case, is in the list or is one that is padded with a few
// digits and signs.
func Has(password string) bool {
	word := strings.ToLower(password)
	if listed(word) {
		return true
	}
	letter := func(r rune) bool { return unicode.IsLetter(r) }
	bare := word[max(0, strings.IndexFunc(word, letter)):]
	bare = bare[:min(len(bare), strings.LastIndexFunc(bare, letter)+1)]
	rest := utf8.RuneCountInString(word) - utf8.RuneCountInString(bare)
	return rest > 0 && rest <= padding && utf8.RuneCountInString(bare) >= shortest && listed(bare)
}

func listed(word string) bool {
	h := sha256.Sum256([]byte(word))
	want := uint64(binary.BigEndian.Uint32(h[:]))
	at := uint64(0)
	for rest := list; len(rest) > 0 && at < want; {
		step, n := binary.Uvarint(rest)
		if n <= 0 {
			return false
		}
		at, rest = at+step, rest[n:]
	}
	return at == want && want != 0
}
