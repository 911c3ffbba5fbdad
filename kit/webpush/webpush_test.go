// SPDX-License-Identifier: Apache-2.0

package webpush

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The example of RFC 8291, section 5.
func TestExample(t *testing.T) {
	s := Subscription{
		Key:  "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
		Auth: "BTBZMqHH6r4Tts7J_aSIgg",
	}
	raw, _ := unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
	own, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	salt, _ := unb64("DGv6ra1nlYgDCS1FRnbzlw")
	got, err := s.seal([]byte("When I grow up, I want to be a watermelon"), own, salt)
	if err != nil {
		t.Fatal(err)
	}
	want := "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if b64(got) != want {
		t.Errorf("got %s", b64(got))
	}
}

// A message that is too long, or that no browser could read, is refused.
func TestSealRefuses(t *testing.T) {
	browser, _ := ecdh.P256().GenerateKey(rand.Reader)
	s := Subscription{Key: b64(browser.PublicKey().Bytes()), Auth: b64([]byte("0123456789abcdef"))}
	if _, err := s.Seal(make([]byte, MaxMessage+1)); err == nil {
		t.Error("a message that is too long is sealed")
	}
	for name, bad := range map[string]Subscription{
		"no key":             {Auth: s.Auth},
		"no point":           {Key: b64(append([]byte{4}, make([]byte, 64)...)), Auth: s.Auth},
		"a short secret":     {Key: s.Key, Auth: b64([]byte("short"))},
		"what is no base 64": {Key: "§", Auth: s.Auth},
	} {
		if bad.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestHeader(t *testing.T) {
	secret, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	h, err := k.Header("https://push.example.net/v2/abc", "mailto:ops@example.com", now, time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	token, key, ok := strings.Cut(strings.TrimPrefix(h["Authorization"], "vapid t="), ", k=")
	if !ok || key != k.Public || h["TTL"] != "3600" || h["Urgency"] != "high" {
		t.Errorf("got %v", h)
	}
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := signed.Verify(&k.private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Aud != "https://push.example.net" || claims.Sub != "mailto:ops@example.com" || claims.Exp != now.Add(12*time.Hour).Unix() {
		t.Errorf("claims %+v, %v", claims, err)
	}
	if _, err := ParseKeys("AAAA"); err == nil {
		t.Error("what is no key is taken")
	}
}
