// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"mainstay/kit/access/common"
	"mainstay/kit/config"
	"mainstay/kit/fault"
)

// Parameters of argon2id: OWASP Password Storage Cheat Sheet, 19 MiB, 2 passes, 1 lane.
const (
	argonMemory  = 19 * 1024
	argonPasses  = 2
	argonLanes   = 1
	argonKeyLen  = 32
	minPassword  = 12
	maxPassword  = 256
	tokenEntropy = 32 // bytes
)

// hashPassword returns the PHC string of a password.
func hashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKeyLen)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes, enc(salt), enc(key))
}

// checkPassword compares in constant time. An empty or unreadable hash costs as much
// as a real one and never matches, so that the time tells nothing.
func checkPassword(hash, password string) bool {
	var version, memory, passes, lanes int
	parts := strings.Split(hash, "$")
	ok := len(parts) == 6 && len(password) <= maxPassword
	salt, want := make([]byte, 16), make([]byte, argonKeyLen)
	if ok {
		_, err1 := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes)
		s, err2 := base64.RawStdEncoding.DecodeString(parts[4])
		w, err3 := base64.RawStdEncoding.DecodeString(parts[5])
		if ok = err1 == nil && err2 == nil && err3 == nil && version == argon2.Version && len(w) == argonKeyLen; ok {
			salt, want = s, w
		}
	}
	if !ok {
		memory, passes, lanes = argonMemory, argonPasses, argonLanes
	}
	got := argon2.IDKey([]byte(password[:min(len(password), maxPassword)]), salt, uint32(passes), uint32(memory), uint8(lanes), argonKeyLen)
	return subtle.ConstantTimeCompare(got, want) == 1 && ok
}

// checkNewPassword refuses passwords that are short, well known, leaked, or made of the account, the firm or
// whom it serves. No rule asks for kinds of characters (NIST SP 800-63B 5.1.1.2).
func (s *Service) checkNewPassword(ctx context.Context, password, email, name string) error {
	low := strings.ToLower(password)
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return fault.NewInvalid("The password is too short: at least %d characters. A few unrelated words are easy to remember.", minPassword).On("password")
	case len(password) > maxPassword:
		return fault.NewInvalid("The password is too long: at most %d bytes.", maxPassword).On("password")
	case len(local) > 3 && strings.Contains(low, local), len(name) > 3 && strings.Contains(low, strings.ToLower(name)):
		return fault.NewInvalid("The password contains your name or address. Choose something nobody would guess from them.").On("password")
	case guessable(low) || common.Has(password):
		return fault.NewInvalid("This password is one of those that attackers try first.").On("password")
	}
	if err := s.checkNames(ctx, low); err != nil {
		return err
	}
	leaked, err := s.options.Breached.Has(password)
	if err != nil {
		return err
	}
	if leaked {
		return fault.NewInvalid("This password is in a list of leaked passwords, so attackers have it too. Choose another.").On("password")
	}
	return nil
}

const shortName = 4 // characters; shorter names stand in too many words

// checkNames refuses a password that holds the firm's name or one of the names that the surroundings know.
func (s *Service) checkNames(ctx context.Context, low string) error {
	firm, err := config.Values{DB: s.db}.Firm(ctx)
	if err != nil {
		return err
	}
	names := []string{s.options.FirmName, firm.Name}
	if s.options.Names != nil {
		more, err := s.options.Names(ctx)
		if err != nil {
			return err
		}
		names = append(names, more...)
	}
	plain := squash(low)
	for _, n := range names {
		if n = squash(n); utf8.RuneCountInString(n) >= shortName && strings.Contains(plain, n) {
			return fault.NewInvalid("The password contains the name of your firm or of a client. Choose something nobody would guess from them.").On("password")
		}
	}
	return nil
}

// squash leaves the letters and digits of a text, in lower case.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// guessable recognises what no list can hold in full: a stem that everybody uses with a little more, a keyboard
// row or a repeated piece.
func guessable(low string) bool {
	for _, row := range []string{"1234567890", "0987654321", "qwertyuiop", "qwertzuiop", "asdfghjkl", "abcdefghijkl", "zxcvbnm", "1q2w3e4r5t", "passwort", "password", "mainstay", "letmein", "iloveyou", "administrator", "welcome"} {
		if rest := strings.ReplaceAll(low, row, ""); strings.Contains(strings.Repeat(row, 4), low) || len(rest) <= 4 && rest != low {
			return true
		}
	}
	for n := 1; n <= len(low)/3; n++ {
		if strings.Repeat(low[:n], len(low)/n+1)[:len(low)] == low {
			return true
		}
	}
	return false
}

// newToken returns a secret for a person or program and what is stored of it.
func newToken() (secret, stored string) {
	b := make([]byte, tokenEntropy)
	_, _ = rand.Read(b)
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, digest(secret)
}

// digest is how tokens are stored: they have 256 bits of entropy, so a plain hash suffices.
func digest(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}
