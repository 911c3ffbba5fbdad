// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

const secretPrefix = "whsec_"

// newSecret is 32 random bytes as the specification writes them.
func newSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails since Go 1.24
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// Sign is one signature of a message: "v1," and the HMAC-SHA256 of id.timestamp.body, timestamp in seconds since 1970.
func Sign(secret, id string, timestamp string, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(id + "." + timestamp + "."))
	_, _ = h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// signatures are those of the secret and, while it still counts, of the former one.
func (s *Service) signatures(e Endpoint, id, timestamp string, body []byte, now time.Time) (string, error) {
	sealed := []string{e.secret}
	if e.former != "" && now.Before(e.Rotated) {
		sealed = append(sealed, e.former)
	}
	var out []string
	for _, x := range sealed {
		secret, err := s.p.Sealer.Open(purpose(e.ID), x)
		if err != nil {
			return "", err
		}
		sig, err := Sign(secret, id, timestamp, body)
		if err != nil {
			return "", err
		}
		out = append(out, sig)
	}
	return strings.Join(out, " "), nil
}
