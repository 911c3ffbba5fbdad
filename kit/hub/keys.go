// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/nats-io/nkeys"
)

// SecretSize is the length in bytes of the secret from which all keys follow.
const SecretSize = 32

// keyring derives the keys of the broker from one secret by HKDF (RFC 5869): each name gives another key, and none tells of
// the others.
type keyring struct{ secret []byte }

func (k keyring) derive(name string, n int) ([]byte, error) {
	return hkdf.Key(sha256.New, k.secret, nil, "mainstay hub 1: "+name, n)
}

func (k keyring) pair(prefix nkeys.PrefixByte, name string) (nkeys.KeyPair, error) {
	raw, err := k.derive(name, 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return nkeys.FromRawSeed(prefix, raw)
}

func (k keyring) operator() (nkeys.KeyPair, error) {
	return k.pair(nkeys.PrefixByteOperator, "operator")
}

// account is the key of a client's account; "hub" and "system" are the server's own.
func (k keyring) account(name string) (nkeys.KeyPair, error) {
	return k.pair(nkeys.PrefixByteAccount, "account "+name)
}

func (k keyring) user(name string) (nkeys.KeyPair, error) {
	return k.pair(nkeys.PrefixByteUser, "user "+name)
}

func public(pair nkeys.KeyPair, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return pair.PublicKey()
}
