// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// EnrolPath is where an agent posts an EnrolRequest, below the server's URL.
const EnrolPath = "/agents/enrol"

// SocketPath is where the broker's WebSocket answers, below the server's URL.
const SocketPath = "/agents/link"

// tokenPrefix begins every enrolment token, so that people and scanners for leaked secrets recognise one.
const tokenPrefix = "mainstay-enrol-" //nolint:gosec // begins a secret and is none

// Token is what a technician hands to a new device. It is a secret until it is used up or expires.
type Token struct {
	Server string `json:"u"`           // URL of the server, e.g. https://mainstay.example.com
	ID     string `json:"i"`           // which token
	Secret string `json:"s"`           // proves that it was given
	CA     string `json:"c,omitempty"` // SHA-256 of the server's own certificate authority, hex; empty: the system's authorities
	Root   string `json:"r,omitempty"` // fingerprint of the firm's root key, pinned by the device for signed orders
}

// String returns the token as one word.
func (t Token) String() string {
	b, _ := json.Marshal(t) //nolint:gosec // to carry the secret is what a token is for; strings only: it cannot fail
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

var errToken = errors.New("This is no enrolment token. Copy the whole word that begins with " + tokenPrefix + ".")

// ParseToken reads what [Token.String] wrote; space around it does no harm. Its error is a sentence for people.
func ParseToken(text string) (Token, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), tokenPrefix)
	if !ok || len(rest) > 4096 {
		return Token{}, errToken
	}
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil {
		return Token{}, errToken
	}
	var t Token
	if json.Unmarshal(b, &t) != nil || t.ID == "" || t.Secret == "" {
		return Token{}, errToken
	}
	u, err := url.Parse(t.Server)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return Token{}, errToken
	}
	return t, nil
}

// EnrolRequest asks for a device's credential.
type EnrolRequest struct {
	Token   string  `json:"token"`  // Token.ID
	Secret  string  `json:"secret"` // Token.Secret
	Key     string  `json:"key"`    // the device's public nkey, U…
	Machine Machine `json:"machine"`
	Agent   string  `json:"agent"`     // version of the program
	Sent    int64   `json:"sent"`      // device's clock, microseconds since 1970 UTC
	Proof   []byte  `json:"signature"` // by the device's key, of Signed
}

// Signed returns the bytes whose signature proves that the sender holds the private key of r.Key.
func (r *EnrolRequest) Signed() []byte {
	sum := sha256.Sum256([]byte(strings.Join([]string{"mainstay enrol 1", r.Token, r.Secret, r.Key, r.Machine.ID, r.Machine.Name}, "\x00")))
	return []byte(hex.EncodeToString(sum[:]))
}

// Machine says which machine it is, so that a device that comes back is known again and a copied one is noticed.
type Machine struct {
	ID     string   `json:"id"`     // the operating system's own identifier (machine-id, MachineGuid, IOPlatformUUID), hashed with SHA-256, hex
	Name   string   `json:"name"`   // host name
	Serial string   `json:"serial"` // of the hardware; empty or a vendor's placeholder when unknown
	MACs   []string `json:"macs"`   // of physical interfaces, lower case with colons, sorted
	OS     string   `json:"os"`     // linux, windows, darwin
	Arch   string   `json:"arch"`   // amd64, arm64
}

// EnrolReply is the credential. The agent stores it beside its key.
type EnrolReply struct {
	Device     string   `json:"device"`     // the device's id
	Name       string   `json:"name"`       // its name at the server
	Client     string   `json:"client"`     // name of the client it belongs to, for people who look at the device
	Credential string   `json:"credential"` // JWT for the broker
	Servers    []string `json:"servers"`    // where the broker listens, in order of preference: tls://host:port, wss://host
	CA         string   `json:"ca"`         // PEM of the authority that signs the broker's certificate; empty: the system's authorities
	Time       int64    `json:"time"`       // server's clock, microseconds since 1970 UTC
}

// Refusal is the body of an answer that is not 200: a sentence for the technician.
type Refusal struct {
	Detail string `json:"detail"`
}
