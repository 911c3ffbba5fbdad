// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"crypto/rand"
	"encoding/base32"
	"math/big"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"mainstay/kit/fault"
)

const period = 30 * time.Second // of an authenticator's code, RFC 6238

// cleanSeed takes a base32 seed as sites show it, or the otpauth:// address of a QR code.
func cleanSeed(s string) (string, error) {
	s = strings.TrimSpace(s)
	wrong := fault.NewInvalid("This is not the key of an authenticator: letters A–Z and digits 2–7, or an address that begins with otpauth://.").On("totp")
	if rest, ok := strings.CutPrefix(s, "otpauth://"); ok {
		u, err := url.Parse("otpauth://" + rest)
		if err != nil || u.Host != "totp" {
			return "", wrong
		}
		q := u.Query()
		if d, p, a := q.Get("digits"), q.Get("period"), strings.ToUpper(q.Get("algorithm")); d != "" && d != "6" || p != "" && p != "30" || a != "" && a != "SHA1" {
			return "", fault.NewInvalid("Only codes of six digits that change every 30 seconds (SHA-1) are known.").On("totp")
		}
		s = q.Get("secret")
	}
	s = strings.TrimRight(strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s)), "=")
	if b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s); err != nil || len(b) < 5 || len(b) > 128 {
		return "", wrong
	}
	return s, nil
}

// codeAt is the code of an instant, and how long it still holds.
func codeAt(seed string, now time.Time) (string, time.Duration, error) {
	code, err := totp.GenerateCodeCustom(seed, now, totp.ValidateOpts{Period: uint(period / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", 0, fault.NewConflict("The key of the authenticator is damaged. Enter it anew.")
	}
	return code, period - time.Duration(now.UnixNano()%int64(period)), nil
}

// Characters of passwords, without those that are easily mistaken for another.
const (
	lower   = "abcdefghijkmnopqrstuvwxyz"
	upper   = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	digits  = "23456789"
	symbols = "!#$%&*+-=?@_"
)

// GeneratePassword makes a random password of 12 to 128 characters, with letters, digits and, if asked, symbols; each sort
// is there at least once.
func GeneratePassword(length int, withSymbols bool) string {
	length = max(12, min(length, 128))
	sorts := []string{lower, upper, digits}
	if withSymbols {
		sorts = append(sorts, symbols)
	}
	all := strings.Join(sorts, "")
	for {
		var b strings.Builder
		for range length {
			b.WriteByte(all[draw(len(all))])
		}
		p, whole := b.String(), true
		for _, s := range sorts {
			whole = whole && strings.ContainsAny(p, s)
		}
		if whole {
			return p
		}
	}
}

func draw(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil { // the machine has no randomness: nothing may go on
		panic(err)
	}
	return int(i.Int64())
}
