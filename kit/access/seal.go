// SPDX-License-Identifier: Apache-2.0

package access

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"mainstay/kit/fault"
)

// Sealer encrypts secrets that must be read again, such as TOTP seeds, with a
// key that lies beside the database and not in it. Each text is bound to its
// purpose: a sealed value moved to another row does not open.
//
// While keys are being changed it has several: the first seals, all of them open ([BeginRotation]). A Sealer can
// also be the key of one thing alone, itself sealed by another ([Sealer.NewKey]).
type Sealer struct{ keys [][]byte }

// OpenSealer reads the key file, or makes it (mode 0600) when it is missing and
// fresh says that nothing can have been sealed yet.
func OpenSealer(path string, fresh bool) (*Sealer, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if !fresh {
			return nil, fault.NewInvalid("The key file secret.key is missing from the data folder. Restore it from the backup: without it stored secrets cannot be read.")
		}
		key := newKey()
		return &Sealer{[][]byte{key}}, writeKeys(path, [][]byte{key})
	}
	if err != nil {
		return nil, fault.NewInvalid("The key file secret.key cannot be read.").Because(err)
	}
	keys, err := parseKeys(b)
	return &Sealer{keys}, err
}

func newKey() []byte {
	key := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(key)
	return key
}

// Seal encrypts plain for a purpose, such as "totp/" and the user's id.
func (s *Sealer) Seal(purpose, plain string) string {
	aead, _ := chacha20poly1305.NewX(s.keys[0])
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(plain), []byte(purpose)))
}

// Open is the inverse of Seal.
func (s *Sealer) Open(purpose, sealed string) (string, error) {
	plain, _, err := s.open(purpose, sealed)
	return plain, err
}

// open also says which of the keys it was.
func (s *Sealer) open(purpose, sealed string) (plain string, key int, err error) {
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(b) < chacha20poly1305.NonceSizeX {
		return "", 0, errors.New("sealed value is damaged")
	}
	for i, k := range s.keys {
		aead, _ := chacha20poly1305.NewX(k)
		if text, err := aead.Open(nil, b[:aead.NonceSize()], b[aead.NonceSize():], []byte(purpose)); err == nil {
			return string(text), i, nil
		}
	}
	return "", 0, errors.New("sealed value does not open with this key")
}

// Reseal seals with the first key what another key sealed; changed is false where it was the first already.
func (s *Sealer) Reseal(purpose, sealed string) (again string, changed bool, err error) {
	plain, key, err := s.open(purpose, sealed)
	if err != nil || key == 0 {
		return sealed, false, err
	}
	return s.Seal(purpose, plain), true, nil
}

// NewKey makes the key of one thing alone and returns it with its sealed form, which is kept beside the thing: changing
// the installation's key then touches no more than that.
func (s *Sealer) NewKey(purpose string) (key *Sealer, sealed string) {
	k := newKey()
	return &Sealer{[][]byte{k}}, s.Seal(purpose, base64.RawStdEncoding.EncodeToString(k))
}

// OpenKey opens what NewKey sealed.
func (s *Sealer) OpenKey(purpose, sealed string) (*Sealer, error) {
	text, err := s.Open(purpose, sealed)
	if err != nil {
		return nil, err
	}
	k, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(k) != chacha20poly1305.KeySize {
		return nil, errors.New("sealed key is damaged")
	}
	return &Sealer{[][]byte{k}}, nil
}

// KeyOf makes a key for a purpose of a secret that only its holder has, such as the token of a link, and optionally of a
// passphrase with its salt (argon2id). Without the secret nobody can make it again, whatever else they have.
func KeyOf(purpose string, secret []byte, passphrase, salt string) (*Sealer, error) {
	if passphrase != "" {
		secret = append(append([]byte(nil), secret...), argon2.IDKey([]byte(passphrase), []byte(salt), 3, 64*1024, 2, 32)...)
	}
	k, err := hkdf.Key(sha256.New, secret, []byte(salt), purpose, chacha20poly1305.KeySize)
	return &Sealer{[][]byte{k}}, err
}

// CheckMAC says whether one of the keys made a MAC.
func (s *Sealer) CheckMAC(purpose, text, mac string) bool {
	for _, k := range s.keys {
		if hmac.Equal([]byte((&Sealer{[][]byte{k}}).MAC(purpose, text)), []byte(mac)) {
			return true
		}
	}
	return false
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
	return hex.EncodeToString(sum(sum(s.keys[0], "mac/", purpose), text)) // a key for each purpose
}
