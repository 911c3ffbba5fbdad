// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/payments/sepa"
	"mainstay/practice/payments/stripe"
)

// Settings are how the firm collects.
type Settings struct {
	Levels   []Level                   `json:"levels"`   // reminders, the mildest first
	Texts    map[string][]ReminderText `json:"texts"`    // by language, one for each level; what is missing is the house's
	Auto     bool                      `json:"auto"`     // reminders go out by themselves
	Least    int64                     `json:"least"`    // less than this is not reminded of, in minor units
	Interest money.Decimal             `json:"interest"` // percent a year
	Version  sepa.Version              `json:"version"`  // of direct debit files
	Lead     int                       `json:"lead"`     // banking days before the collection
	Key      string                    `json:"key"`      // Stripe's, sealed
	Secret   string                    `json:"secret"`   // of Stripe's events, sealed
}

// Level is one step of reminding.
type Level struct {
	Days int   `json:"days"` // after the due day
	Fee  int64 `json:"fee"`  // proposed as a fee, minor units of the firm's currency; 0 = none
}

// ReminderText is what a reminder says. {client}, {invoices}, {total}, {firm} and {day} are filled in.
type ReminderText struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

const (
	settingsKey   = "payments.settings"
	keyPurpose    = "payments/stripe-key"
	secretPurpose = "payments/stripe-secret"
)

// Settings returns how the firm collects; what was never said is what most firms want.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	raw, err := s.p.Values.Get(ctx, settingsKey)
	if err != nil {
		return Settings{}, err
	}
	var set Settings
	if raw != "" {
		if err := json.Unmarshal([]byte(raw), &set); err != nil {
			return set, err
		}
	}
	if len(set.Levels) == 0 {
		set.Levels = []Level{{Days: 7}, {Days: 21}, {Days: 35}}
	}
	if set.Version == "" {
		set.Version = sepa.V08
	}
	if set.Lead < 1 {
		set.Lead = 1
	}
	return set, nil
}

// HasStripe says whether payments through Stripe are set up.
func (x Settings) HasStripe() bool { return x.Key != "" && x.Secret != "" }

// SetSettings keeps how the firm collects. key and secret are Stripe's in the open; nil leaves them as they are, "" takes
// them away.
func (s *Service) SetSettings(ctx context.Context, x Settings, key, secret *string) error {
	if err := x.check(); err != nil {
		return err
	}
	old, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	x.Key, x.Secret = old.Key, old.Secret
	if key != nil {
		if x.Key = ""; *key != "" {
			if _, err := stripe.New(stripe.Config{Key: *key}); err != nil {
				return err
			}
			x.Key = s.p.Sealer.Seal(keyPurpose, strings.TrimSpace(*key))
		}
	}
	if secret != nil {
		if x.Secret = ""; *secret != "" {
			if !strings.HasPrefix(strings.TrimSpace(*secret), "whsec_") {
				return fault.NewInvalid("The secret of Stripe's events begins with whsec_.").On("secret")
			}
			x.Secret = s.p.Sealer.Seal(secretPurpose, strings.TrimSpace(*secret))
		}
	}
	b, err := json.Marshal(x) //nolint:gosec // the secrets in it are sealed
	if err != nil {
		return err
	}
	return s.change(ctx, "payments.settings", "", "", func(tx *sql.Tx) error { return config.SetIn(ctx, tx, settingsKey, string(b)) })
}

func (x *Settings) check() error {
	if len(x.Levels) > 5 {
		return fault.NewInvalid("At most %d reminders are sent.", 5).On("levels")
	}
	last := 0
	for _, l := range x.Levels {
		if l.Days <= last || l.Days > 365 {
			return fault.NewInvalid("Each reminder goes out later than the one before, and at most %d days after the due day.", 365).On("levels")
		}
		if l.Fee < 0 || l.Fee > 1e9 {
			return fault.NewInvalid("Enter an amount of 0 or more.").On("levels")
		}
		last = l.Days
	}
	for tag, texts := range x.Texts {
		if string(locale.Document(tag, "")) != tag || len(texts) > 5 {
			return fault.NewInvalid("Documents are not written in this language.").On("language")
		}
		for _, t := range texts {
			if len(t.Subject) > 300 || len(t.Body) > 10_000 {
				return fault.NewInvalid("Please enter at most %d characters.", 10_000).On("texts")
			}
		}
	}
	switch {
	case x.Interest.Coef < 0 || x.Interest.Exact().Cmp(money.Whole(100)) > 0:
		return fault.NewInvalid("Enter a percentage between 0 and %d.", 100).On("interest")
	case x.Least < 0:
		return fault.NewInvalid("Enter an amount of 0 or more.").On("least")
	case x.Version != sepa.V02 && x.Version != sepa.V08:
		return fault.NewInvalid("%q is no version of direct debit files that can be written.", string(x.Version)).On("version")
	case x.Lead < 1 || x.Lead > 20:
		return fault.NewInvalid("Enter between %[1]d and %[2]d banking days.", 1, 20).On("lead")
	}
	return nil
}

// Rewrap seals the secrets with the newest key of the installation.
func (s *Service) Rewrap(ctx context.Context) error {
	set, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	any := false
	for _, x := range []struct {
		purpose string
		at      *string
	}{{keyPurpose, &set.Key}, {secretPurpose, &set.Secret}} {
		if *x.at == "" {
			continue
		}
		again, changed, err := s.p.Sealer.Reseal(x.purpose, *x.at)
		if err != nil {
			return err
		}
		*x.at, any = again, any || changed
	}
	if !any {
		return nil
	}
	b, err := json.Marshal(set) //nolint:gosec // the secrets in it are sealed
	if err != nil {
		return err
	}
	return s.p.Values.Set(ctx, settingsKey, string(b))
}
