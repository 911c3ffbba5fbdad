// SPDX-License-Identifier: Apache-2.0

// Package webpushtest plays a browser that is told by web push, with its push service, in tests.
package webpushtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"mainstay/kit/webpush"
)

// Browser is a browser that has subscribed at a push service of its own.
type Browser struct {
	Subscription webpush.Subscription
	Status       int // what its push service answers; 0 = 201

	key  *ecdh.PrivateKey
	auth []byte
	mu   sync.Mutex
	got  []string
	last http.Header
}

// New starts a push service and a browser that is reached through it.
func New(t testing.TB) *Browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{key: key, auth: make([]byte, 16)}
	_, _ = rand.Read(b.auth)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.last = r.Header
		if !strings.HasPrefix(r.Header.Get("Authorization"), "vapid t=") || r.Header.Get("TTL") == "" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		if b.Status != 0 {
			w.WriteHeader(b.Status)
			return
		}
		text, err := b.Open(body)
		if err != nil {
			t.Errorf("the browser cannot read what it was sent: %v", err)
		}
		b.got = append(b.got, string(text))
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(service.Close)
	enc := base64.RawURLEncoding.EncodeToString
	b.Subscription = webpush.Subscription{Endpoint: service.URL + "/send/1", Key: enc(key.PublicKey().Bytes()), Auth: enc(b.auth)}
	return b
}

// Got returns the messages that the browser has been told.
func (b *Browser) Got() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.got...)
}

// Answer changes what the push service answers.
func (b *Browser) Answer(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Status = status
}

// Open reads a message (RFC 8291).
func (b *Browser) Open(body []byte) ([]byte, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return nil, errors.New("the message is too short")
	}
	salt, public := body[:16], body[21:21+int(body[20])]
	theirs, err := ecdh.P256().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	ikm, err := hkdf.Key(sha256.New, shared, b.auth, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(public), 32)
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
	plain, err := gcm.Open(nil, nonce, body[21+len(public):], nil)
	if err != nil {
		return nil, err
	}
	plain = bytes.TrimRight(plain, "\x00") // padding
	return plain[:len(plain)-1], nil       // the mark of the last record
}
