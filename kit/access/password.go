// SPDX-License-Identifier: Apache-2.0

package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

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

// checkNewPassword refuses passwords that are short, well known or made of the account
// itself. No rule asks for kinds of characters (NIST SP 800-63B 5.1.1.2).
func checkNewPassword(password, email, name string) error {
	low := strings.ToLower(password)
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return fault.NewInvalid("The password is too short: at least %d characters. A few unrelated words are easy to remember.", minPassword).On("password")
	case len(password) > maxPassword:
		return fault.NewInvalid("The password is too long: at most %d bytes.", maxPassword).On("password")
	case len(local) > 3 && strings.Contains(low, local), len(name) > 3 && strings.Contains(low, strings.ToLower(name)):
		return fault.NewInvalid("The password contains your name or address. Choose something nobody would guess from them.").On("password")
	case common(low):
		return fault.NewInvalid("This password is one of those that attackers try first.").On("password")
	}
	return nil
}

// common recognises the long passwords at the head of published lists: a stem that everybody
// uses, a keyboard row or a repeated piece.
func common(low string) bool {
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
