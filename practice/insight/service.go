// SPDX-License-Identifier: Apache-2.0

package insight

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/catalogue"
	"mainstay/practice/vendors"
	"mainstay/practice/worklog"
)

// Parts are what the service is built from.
type Parts struct {
	DB         *db.DB
	Access     *access.Service // audit trail
	Values     config.Values
	Agreements *agreements.Service
	Billing    *billing.Service
	Catalogue  *catalogue.Service
	Work       *worklog.Service
	Vendors    *vendors.Service // nil = there are no vendors' bills
}

// Service reckons. It is safe for concurrent use.
type Service struct{ p Parts }

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return s.p.Billing.Today() }

// HourCost is what an hour of labour costs the firm from a day on, with everything that comes with it.
type HourCost struct {
	From     civil.Date     `json:"from"`
	Minor    int64          `json:"minor"` // minor units; 0 = not known
	Currency money.Currency `json:"currency"`
}

const hourKey = "insight.hour_cost"

// HourCosts returns the costs of an hour by day.
func (s *Service) HourCosts(ctx context.Context) ([]HourCost, error) {
	raw, err := s.p.Values.Get(ctx, hourKey)
	if err != nil || raw == "" {
		return nil, err
	}
	var out []HourCost
	err = json.Unmarshal([]byte(raw), &out)
	return out, err
}

// HourCost returns what an hour costs on a day.
func (s *Service) HourCost(ctx context.Context, day civil.Date) (HourCost, error) {
	list, err := s.HourCosts(ctx)
	var found HourCost
	for _, c := range list {
		if c.From <= day {
			found = c
		}
	}
	return found, err
}

// SetHourCost sets what an hour costs from a day on.
func (s *Service) SetHourCost(ctx context.Context, c HourCost) error {
	switch {
	case !c.From.Known():
		return fault.NewInvalid("Enter the day from which the cost holds.").On("from")
	case c.Minor < 0 || c.Minor > 100_000_00:
		return fault.NewInvalid("This cost of an hour cannot be reckoned with.").On("cost")
	case !c.Currency.Known():
		return fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", c.Currency).On("currency")
	}
	list, err := s.HourCosts(ctx)
	if err != nil {
		return err
	}
	list = append(slices.DeleteFunc(list, func(x HourCost) bool { return x.From == c.From }), c)
	slices.SortFunc(list, func(x, y HourCost) int { return int(x.From) - int(y.From) })
	raw, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := config.SetIn(ctx, tx, hourKey, string(raw)); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "insight.hour-cost", c.From.String(), money.Amount{Minor: c.Minor, Currency: c.Currency}.String())
	})
}
