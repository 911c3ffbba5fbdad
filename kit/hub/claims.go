// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"errors"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"

	"mainstay/kit/wire"
)

// The names of the server's own accounts. A client's account is named by its id, which has 13 characters.
const (
	hubAccount    = "hub"
	systemAccount = "system"
)

// operatorClaims is what the broker trusts: accounts that this operator signed.
func (k keyring) operatorClaims() (*jwt.OperatorClaims, string, error) {
	operator, err := k.operator()
	if err != nil {
		return nil, "", err
	}
	pub, err := operator.PublicKey()
	if err != nil {
		return nil, "", err
	}
	system, err := public(k.account(systemAccount))
	if err != nil {
		return nil, "", err
	}
	c := jwt.NewOperatorClaims(pub)
	c.Name, c.SystemAccount = "mainstay", system
	text, err := c.Encode(operator)
	return c, text, err
}

// accountClaims is the account named name: the hub exports what all others import.
func (k keyring) accountClaims(name string, revoked map[string]int64) (*jwt.AccountClaims, string, error) {
	pub, err := public(k.account(name))
	if err != nil {
		return nil, "", err
	}
	c := jwt.NewAccountClaims(pub)
	c.Name = name
	c.Limits.JetStreamLimits = jwt.JetStreamLimits{} // none
	c.Limits.Exports, c.Limits.Imports = 0, 2
	c.Limits.WildcardExports, c.Limits.LeafNodeConn = false, 0
	switch name {
	case systemAccount:
		c.Limits.Imports, c.Limits.Exports = 0, 8
		c.Limits.WildcardExports = true
	case hubAccount:
		c.Limits.Imports, c.Limits.Exports, c.Limits.WildcardExports = 0, 2, true
		c.Exports.Add(
			&jwt.Export{Name: "up", Subject: "up.*.*.*", Type: jwt.Service, ResponseType: jwt.ResponseTypeSingleton, AccountTokenPosition: 2},
			&jwt.Export{Name: "down", Subject: "down.*.*.*", Type: jwt.Stream, AccountTokenPosition: 2},
		)
	default:
		hub, err := public(k.account(hubAccount))
		if err != nil {
			return nil, "", err
		}
		c.Imports.Add(
			&jwt.Import{Name: "up", Account: hub, Subject: jwt.Subject("up." + pub + ".*.*"), LocalSubject: "up.$1.$2", Type: jwt.Service},
			&jwt.Import{Name: "down", Account: hub, Subject: jwt.Subject("down." + pub + ".*.*"), LocalSubject: "down.$1.$2", Type: jwt.Stream},
		)
	}
	for key, at := range revoked {
		c.RevokeAt(key, time.UnixMicro(at))
	}
	operator, err := k.operator()
	if err != nil {
		return nil, "", err
	}
	text, err := c.Encode(operator)
	return c, text, err
}

// userClaims signs a credential of account for the key pub.
func (k keyring) userClaims(account, pub, name string, change func(*jwt.UserClaims)) (string, error) {
	if !nkeys.IsValidPublicUserKey(pub) {
		return "", errors.New("not a public key of a user")
	}
	signer, err := k.account(account)
	if err != nil {
		return "", err
	}
	c := jwt.NewUserClaims(pub)
	c.Name = name
	change(c)
	return c.Encode(signer)
}

// deviceLimits holds an agent to its own device.
func deviceLimits(device string, until time.Time) func(*jwt.UserClaims) {
	return func(c *jwt.UserClaims) {
		c.Expires = until.Unix()
		c.AllowedConnectionTypes = jwt.StringList{jwt.ConnectionTypeStandard, jwt.ConnectionTypeWebsocket}
		c.Limits.Payload, c.Limits.Subs = wire.MaxFrame, 16
		c.Permissions.Pub.Allow.Add(wire.Up(device, "*")) // one subject, not one for each kind: the broker keeps them for each agent
		c.Permissions.Sub.Allow.Add(wire.Down(device, "*"), wire.Inbox(device)+".>")
	}
}

// validDevice tells whether a device's id can be part of a subject.
func validDevice(device string) bool {
	return device != "" && len(device) <= 64 && strings.IndexFunc(device, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) < 0
}
