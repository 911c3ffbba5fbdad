// SPDX-License-Identifier: Apache-2.0

package link

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/nats-io/nkeys"

	"mainstay/kit/fault"
	"mainstay/kit/wire"
)

// Store keeps what must be known at the next start, see agent/state.
type Store interface {
	Get(name string) ([]byte, error)
	Put(name string, value []byte) error
	Delete(name string) error
	Names(prefix string) ([]string, error)
}

// identityName is the file with the device's key and credential.
const identityName = "identity.json"

// Identity is who a device is for its server.
type Identity struct {
	Seed    []byte          // private key; never leaves the device
	Machine string          // Machine.ID at enrolment: on another machine this identity is a copy
	Server  string          // URL of the server it was enrolled at
	Reply   wire.EnrolReply // as the server said last
	Root    string          // fingerprint of the firm's root key from the token
}

// stored is an identity as it lies on disk, with its key sealed by the operating system where that can be.
type stored struct {
	Sealed  []byte          `json:"key"`
	Machine string          `json:"machine"`
	Server  string          `json:"server"`
	Root    string          `json:"root,omitempty"`
	Reply   wire.EnrolReply `json:"enrolled"`
}

// NewIdentity makes a key pair for this machine.
func NewIdentity(machine wire.Machine) (*Identity, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, fmt.Errorf("make a key pair: %w", err)
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, fmt.Errorf("make a key pair: %w", err)
	}
	return &Identity{Seed: seed, Machine: machine.ID}, nil
}

// LoadIdentity reads the identity that store keeps; nil when this machine was never enrolled.
func LoadIdentity(store Store) (*Identity, error) {
	b, err := store.Get(identityName)
	if err != nil || b == nil {
		return nil, err
	}
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fault.NewInvalid("The device's identity is damaged. Enrol it anew.").Because(err)
	}
	seed, err := unseal(s.Sealed)
	if err != nil {
		return nil, fault.NewInvalid("The device's key cannot be opened on this machine: it was made on another one. Enrol this machine anew.").Because(err)
	}
	if _, err := nkeys.FromSeed(seed); err != nil {
		return nil, fault.NewInvalid("The device's identity is damaged. Enrol it anew.").Because(err)
	}
	return &Identity{Seed: seed, Machine: s.Machine, Server: s.Server, Reply: s.Reply, Root: s.Root}, nil
}

// Save keeps the identity in store.
func (id *Identity) Save(store Store) error {
	sealed, err := seal(id.Seed)
	if err != nil {
		return fmt.Errorf("seal the device's key: %w", err)
	}
	b, err := json.MarshalIndent(stored{Sealed: sealed, Machine: id.Machine, Server: id.Server, Reply: id.Reply, Root: id.Root}, "", " ")
	if err != nil {
		return fmt.Errorf("encode the identity: %w", err)
	}
	return store.Put(identityName, b)
}

// Public returns the device's public key.
func (id *Identity) Public() (string, error) {
	pair, err := nkeys.FromSeed(id.Seed)
	if err != nil {
		return "", fmt.Errorf("read the device's key: %w", err)
	}
	return pair.PublicKey()
}

// Sign signs data with the device's key.
func (id *Identity) Sign(data []byte) ([]byte, error) {
	pair, err := nkeys.FromSeed(id.Seed)
	if err != nil {
		return nil, fmt.Errorf("read the device's key: %w", err)
	}
	return pair.Sign(data)
}

// authorities returns the authorities that vouch for the broker; nil means those of the system.
func authorities(text string) (*x509.CertPool, error) {
	if text == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	rest := []byte(text)
	found := false
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read the server's authority: %w", err)
		}
		pool.AddCert(cert)
		found = true
	}
	if !found {
		return nil, errors.New("the server's authority is no certificate")
	}
	return pool, nil
}

// webAuthorities are those who may vouch for a WebSocket: it comes through the web server, whose certificate may be of the server's own
// authority or, behind a proxy, of one that the system knows.
func webAuthorities(text string) *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM([]byte(text))
	return pool
}
