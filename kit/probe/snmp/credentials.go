// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"strings"

	"github.com/gosnmp/gosnmp"

	"mainstay/kit/fault"
)

// Credentials are what a device lets people read with.
type Credentials struct {
	Version   string `json:"version"` // 1, 2c, 3
	Community string `json:"community,omitempty"`
	User      string `json:"user,omitempty"`
	Auth      string `json:"auth,omitempty"` // of Auths; "" = none
	AuthKey   string `json:"auth_key,omitempty"`
	Priv      string `json:"priv,omitempty"` // of Privs; "" = none
	PrivKey   string `json:"priv_key,omitempty"`
	Context   string `json:"context,omitempty"`
}

// Versions, Auths and Privs list what can be chosen, the best last.
func Versions() []string { return []string{"1", "2c", "3"} }

// Auths lists the ways in which version 3 proves who asks.
func Auths() []string { return []string{"md5", "sha", "sha224", "sha256", "sha384", "sha512"} }

// Privs lists the ways in which version 3 encrypts. The c-ways extend keys as Cisco does.
func Privs() []string { return []string{"des", "aes", "aes192", "aes256", "aes192c", "aes256c"} }

var auths = map[string]gosnmp.SnmpV3AuthProtocol{
	"": gosnmp.NoAuth, "md5": gosnmp.MD5, "sha": gosnmp.SHA, "sha224": gosnmp.SHA224, "sha256": gosnmp.SHA256, "sha384": gosnmp.SHA384, "sha512": gosnmp.SHA512,
}

var privs = map[string]gosnmp.SnmpV3PrivProtocol{
	"": gosnmp.NoPriv, "des": gosnmp.DES, "aes": gosnmp.AES, "aes192": gosnmp.AES192, "aes256": gosnmp.AES256, "aes192c": gosnmp.AES192C, "aes256c": gosnmp.AES256C,
}

// MinKey is how many characters a password of version 3 has at least (RFC 3414, 11.2).
const MinKey = 8

// Check says what is wrong with c.
func (c Credentials) Check() error {
	for _, s := range []string{c.Community, c.User, c.AuthKey, c.PrivKey, c.Context} {
		if len(s) > 200 || strings.ContainsAny(s, "\x00\r\n") {
			return fault.NewInvalid("A name or password of SNMP has at most %d characters in one line.", 200)
		}
	}
	_, auth := auths[c.Auth]
	_, priv := privs[c.Priv]
	switch c.Version {
	case "1", "2c":
		if c.Community == "" {
			return fault.NewInvalid("Enter the community.").On("community")
		}
		return nil
	case "3":
	default:
		return fault.NewInvalid("Choose a version of SNMP.").On("version")
	}
	switch {
	case c.User == "":
		return fault.NewInvalid("Enter the user's name.").On("user")
	case !auth:
		return fault.NewInvalid("Choose how the user proves who it is.").On("auth")
	case !priv:
		return fault.NewInvalid("Choose how answers are encrypted.").On("priv")
	case c.Priv != "" && c.Auth == "":
		return fault.NewInvalid("SNMP encrypts only for users who prove who they are.").On("auth")
	case c.Auth != "" && len(c.AuthKey) < MinKey:
		return fault.NewInvalid("A password of SNMP v3 has at least %d characters.", MinKey).On("auth_key")
	case c.Priv != "" && len(c.PrivKey) < MinKey:
		return fault.NewInvalid("A password of SNMP v3 has at least %d characters.", MinKey).On("priv_key")
	}
	return nil
}

// Secret is c as a probe carries it.
func (c Credentials) Secret() map[string]string {
	m := map[string]string{}
	for k, v := range map[string]string{
		"version": c.Version, "community": c.Community, "user": c.User, "auth": c.Auth, "auth_key": c.AuthKey, "priv": c.Priv, "priv_key": c.PrivKey, "context": c.Context,
	} {
		if v != "" {
			m[k] = v
		}
	}
	return m
}

// FromSecret is the inverse of [Credentials.Secret].
func FromSecret(m map[string]string) Credentials {
	return Credentials{
		Version: m["version"], Community: m["community"], User: m["user"], Auth: m["auth"], AuthKey: m["auth_key"], Priv: m["priv"], PrivKey: m["priv_key"], Context: m["context"],
	}
}

// put sets up g to sign in with c.
func (c Credentials) put(g *gosnmp.GoSNMP) {
	switch c.Version {
	case "1":
		g.Version, g.Community = gosnmp.Version1, c.Community
		return
	case "2c":
		g.Version, g.Community = gosnmp.Version2c, c.Community
		return
	}
	g.Version, g.SecurityModel, g.ContextName = gosnmp.Version3, gosnmp.UserSecurityModel, c.Context
	switch {
	case c.Priv != "":
		g.MsgFlags = gosnmp.AuthPriv
	case c.Auth != "":
		g.MsgFlags = gosnmp.AuthNoPriv
	default:
		g.MsgFlags = gosnmp.NoAuthNoPriv
	}
	g.SecurityParameters = &gosnmp.UsmSecurityParameters{
		UserName: c.User, AuthenticationProtocol: auths[c.Auth], AuthenticationPassphrase: c.AuthKey, PrivacyProtocol: privs[c.Priv], PrivacyPassphrase: c.PrivKey,
	}
}
