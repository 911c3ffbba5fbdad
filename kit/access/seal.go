// SPDX-License-Identifier: Apache-2.0

package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"mainstay/kit/fault"
)

// Sealer encrypts secrets that must be read again, such as TOTP seeds, with a
// key that lies beside the database and not in it. Each text is bound to its
// purpose: a sealed value moved to another row does not open.
type Sealer struct{ key []byte }

// OpenSealer reads the key file, or makes it (mode 0600) when it is missing and
// fresh says that nothing can have been sealed yet.
func OpenSealer(path string, fresh bool) (*Sealer, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if !fresh {
			return nil, fault.NewInvalid("The key file secret.key is missing from the data folder. Restore it from the backup: without it stored secrets cannot be read.")
		}
		key := make([]byte, chacha20poly1305.KeySize)
		_, _ = rand.Read(key)
		text := base64.StdEncoding.EncodeToString(key) + "\n"
		return &Sealer{key}, os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		return nil, fault.NewInvalid("The key file secret.key cannot be read.").Because(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != chacha20poly1305.KeySize {
		return nil, fault.NewInvalid("The key file secret.key is damaged. Restore it from the backup.")
	}
	return &Sealer{key}, nil
}

// Seal encrypts plain for a purpose, such as "totp/" and the user's id.
func (s *Sealer) Seal(purpose, plain string) string {
	aead, _ := chacha20poly1305.NewX(s.key)
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(plain), []byte(purpose)))
}

// Open is the inverse of Seal.
func (s *Sealer) Open(purpose, sealed string) (string, error) {
	aead, _ := chacha20poly1305.NewX(s.key)
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(b) < aead.NonceSize() {
		return "", errors.New("sealed value is damaged")
	}
	plain, err := aead.Open(nil, b[:aead.NonceSize()], b[aead.NonceSize():], []byte(purpose))
	if err != nil {
		return "", errors.New("sealed value does not open with this key")
	}
	return string(plain), nil
}

// MAC signs text for a purpose, so that nobody without the key can write it.
func (s *Sealer) MAC(purpose, text string) string {
	sum := func(key []byte, parts ...string) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			_, _ = h.Write([]byte(p))
		}
		return h.Sum(nil)
	}
	return hex.EncodeToString(sum(sum(s.key, "mac/", purpose), text)) // a key for each purpose
}
