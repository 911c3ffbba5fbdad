// SPDX-License-Identifier: Apache-2.0

// Package webpush makes messages that a browser shows though nobody has the page open: encrypted for that browser alone (RFC 8291,
// with the content coding of RFC 8188), and signed by this server so that the browser's push service takes them from nobody else
// (VAPID, RFC 8292). It sends nothing itself: whoever calls an address that a browser named needs a guard.
package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// MaxMessage is the size in bytes of the longest message: push services take bodies of 4,096 bytes.
const MaxMessage = 3000

// recordSize is that of the one record that a message is.
const recordSize = 4096

// Subscription is where and how a browser is reached, as its PushManager tells.
type Subscription struct {
	Endpoint string // of its push service
	Key      string // p256dh: its public key, base64url
	Auth     string // its authentication secret, base64url
}

// Keys sign for this server. A browser that subscribed with its public key takes messages from nobody else.
type Keys struct {
	private *ecdsa.PrivateKey
	Public  string // base64url, for the browser
}

// NewKeys makes keys, as a text that ParseKeys reads. It is a secret.
func NewKeys() (string, error) {
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	return b64(k.Bytes()), nil
}

// ParseKeys reads what NewKeys made.
func ParseKeys(secret string) (*Keys, error) {
	raw, err := unb64(secret)
	if err != nil {
		return nil, err
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return nil, err
	}
	public, err := private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	return &Keys{private, b64(public)}, nil
}

// Header returns the header fields with which a message is posted to an endpoint now. contact is a mailto: or https: address at
// which the operator of the push service reaches whoever runs this server.
func (k *Keys) Header(endpoint, contact string, now time.Time, ttl time.Duration, urgent bool) (map[string]string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: k.private}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, err
	}
	claims, err := json.Marshal(map[string]any{"aud": u.Scheme + "://" + u.Host, "exp": now.Add(12 * time.Hour).Unix(), "sub": contact})
	if err != nil {
		return nil, err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return nil, err
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"Authorization": "vapid t=" + token + ", k=" + k.Public, "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
		"TTL": fmt.Sprint(int(ttl.Seconds())), "Urgency": map[bool]string{true: "high", false: "normal"}[urgent],
	}, nil
}

// Check refuses a subscription that no message can be made for.
func (s *Subscription) Check() error {
	_, _, err := s.parts()
	return err
}

func (s *Subscription) parts() (*ecdh.PublicKey, []byte, error) {
	raw, err := unb64(s.Key)
	if err != nil {
		return nil, nil, err
	}
	key, err := ecdh.P256().NewPublicKey(raw)
	if err != nil {
		return nil, nil, err
	}
	auth, err := unb64(s.Auth)
	if err == nil && len(auth) != 16 {
		err = errors.New("the authentication secret has 16 bytes")
	}
	return key, auth, err
}

// Seal encrypts a message for the browser of a subscription.
func (s *Subscription) Seal(message []byte) ([]byte, error) {
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	return s.seal(message, own, salt)
}

// seal is Seal with the key and salt of this message (RFC 8291, section 3.4).
func (s *Subscription) seal(message []byte, own *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	if len(message) > MaxMessage {
		return nil, fmt.Errorf("a message has at most %d bytes", MaxMessage)
	}
	theirs, auth, err := s.parts()
	if err != nil {
		return nil, err
	}
	shared, err := own.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	public := own.PublicKey().Bytes()
	info := append(append([]byte("WebPush: info\x00"), theirs.Bytes()...), public...)
	ikm, err := hkdf.Key(sha256.New, shared, auth, string(info), 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint32(append([]byte{}, salt...), recordSize)
	out = append(append(out, byte(len(public))), public...)
	return gcm.Seal(out, nonce, append(append([]byte{}, message...), 2), nil), nil // 2 marks the last record
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unb64(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
