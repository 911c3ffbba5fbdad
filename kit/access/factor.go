// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"slices"

	"mainstay/kit/config"
	"mainstay/kit/fault"
)

// FactorRule is who must use a second factor in this firm.
type FactorRule string

// The rules.
const (
	FactorFree     FactorRule = "" // everybody as they like
	FactorLeaders  FactorRule = "leaders"
	FactorEveryone FactorRule = "everybody"
)

// factorKey is the setting; queries.sql reads it with each session and token.
const factorKey = "access.second-factor"

// FactorRules lists the rules in the order in which pages show them.
func FactorRules() []FactorRule { return []FactorRule{FactorFree, FactorLeaders, FactorEveryone} }

// covers says whether the rule asks a role.
func (r FactorRule) covers(role Role) bool {
	return r == FactorEveryone || r == FactorLeaders && (role == Owner || role == Manager)
}

// Lack is what a session still wants under the firm's rule.
type Lack uint8

// What may be lacking.
const (
	LacksNothing Lack = iota
	LacksFactor       // the person has no second factor: they set one up
	LacksPasskey      // the person has a passkey and signed in without it: they use it
)

// lack says what a session wants. Whoever has an app was asked for its code at sign-in. What single sign-on
// asks for is the provider's matter. A passkey that was not used is no second factor of this session.
func (r FactorRule) lack(role Role, app, passkey bool, method string) Lack {
	switch {
	case !r.covers(role), app, method == methodPasskey, method == methodOIDC:
		return LacksNothing
	case passkey:
		return LacksPasskey
	}
	return LacksFactor
}

// FactorRule returns the firm's rule.
func (s *Service) FactorRule(ctx context.Context) (FactorRule, error) {
	v, err := config.Values{DB: s.db}.Get(ctx, factorKey)
	return FactorRule(v), err
}

// SetFactorRule changes the firm's rule. It is in force with the next request: whoever lacks a
// factor, the owner included, is led to set one up before anything else, so that nobody is locked out.
func (s *Service) SetFactorRule(ctx context.Context, rule FactorRule) error {
	if !slices.Contains(FactorRules(), rule) {
		return fault.NewInvalid("There is no rule %q for second factors.", rule).On("rule")
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		if err := config.SetIn(ctx, tx, factorKey, string(rule)); err != nil {
			return err
		}
		return s.Record(ctx, tx, "access.factor-rule", string(rule), "")
	})
}

// detour is a refusal that the person mends on another page.
type detour struct {
	refusal *fault.Error
	page    string
}

func (d *detour) Error() string { return d.refusal.Error() }
func (d *detour) Unwrap() error { return d.refusal }

// The pages of detours; kit/access/web serves them.
const (
	ConfirmPage = "/account/confirm"
	SetUpPage   = "/account/second-factor"
)

func (l Lack) detour() error {
	if l == LacksPasskey {
		return &detour{fault.NewDenied("Your firm asks for a second factor: use your passkey first."), ConfirmPage}
	}
	return &detour{fault.NewDenied("Your firm asks for a second factor: set one up first."), SetUpPage}
}
