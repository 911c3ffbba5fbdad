// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Limits of what comes from outside.
const (
	MaxFile    = 32 << 20
	MaxRows    = 200_000
	maxVendors = 500
	maxName    = 200
	maxReason  = 500
	maxBad     = 20
)

// Vendor is one who bills the firm.
type Vendor struct {
	ID      ids.ID
	Version int64
	Name    string
	Mapping *Mapping // nil = not said yet
}

// Field is what a column can mean.
type Field string

// The fields.
const (
	FieldClient   Field = "client" // the vendor's name for the client
	FieldSKU      Field = "sku"
	FieldName     Field = "name"
	FieldQuantity Field = "quantity"
	FieldUnit     Field = "unit"   // price of one
	FieldAmount   Field = "amount" // of the row
	FieldStarts   Field = "from"   // first day
	FieldEnds     Field = "to"     // last day
	FieldCurrency Field = "currency"
)

// Fields lists them in the order in which pages show them.
func Fields() []Field {
	return []Field{FieldClient, FieldSKU, FieldName, FieldQuantity, FieldUnit, FieldAmount, FieldStarts, FieldEnds, FieldCurrency}
}

// Mapping says how a vendor's files are read.
type Mapping struct {
	Header   []string       `json:"header"`  // as it stood in the file by which it was said
	Columns  map[Field]int  `json:"columns"` // column by field, from 0
	Days     string         `json:"days"`    // "dmy" or "mdy": of days such as 03/04/2026
	Decimal  string         `json:"decimal"` // "." or ","
	Currency money.Currency `json:"currency"`
}

// check says what a mapping lacks.
func (m *Mapping) check() error {
	has := func(f Field) bool { _, ok := m.Columns[f]; return ok }
	switch {
	case !has(FieldClient):
		return fault.NewInvalid("Say which column names the client.").On("columns")
	case !has(FieldSKU) && !has(FieldName):
		return fault.NewInvalid("Say which column names the item: the vendor's number, its name, or both.").On("columns")
	case !has(FieldQuantity):
		return fault.NewInvalid("Say which column is the quantity.").On("columns")
	case !has(FieldAmount) && !has(FieldUnit):
		return fault.NewInvalid("Say which column is the amount, or the price of one.").On("columns")
	case has(FieldStarts) != has(FieldEnds):
		return fault.NewInvalid("A first day needs a last day beside it, or leave both out.").On("columns")
	case !has(FieldCurrency) && !m.Currency.Known():
		return fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", m.Currency).On("currency")
	}
	return nil
}

// State is where a bill stands.
type State int

// The states.
const (
	Sent  State = iota // the file is here, its columns are not said yet
	Taken              // its rows are kept
)

// Bill is a vendor's bill.
type Bill struct {
	ID       ids.ID
	Vendor   ids.ID
	State    State
	File     string
	Days     rating.Period
	Currency money.Currency
	Rows     int
	Minor    int64 // of all rows
	Author   string
	Made     time.Time
	ref      string
	size     int64
}

// Month is the month in which its days begin.
func (b *Bill) Month() civil.Month { return b.Days.From.Month() }

// Row is one row of a bill.
type Row struct {
	ID       ids.ID
	Bill     ids.ID
	Vendor   ids.ID
	Number   int64 // line of the file
	Ref      string
	SKU      string
	Name     string
	Quantity money.Decimal
	Unit     *money.Decimal // nil = the file does not say
	Minor    int64
	Currency money.Currency
	Days     rating.Period

	Client ids.ID // 0 = not matched, or Own
	Own    bool   // used by the firm itself
	Item   ids.ID // 0 = not matched
}

// Matched reports whether it is known whose it is and what.
func (r *Row) Matched() bool { return r.Own || r.Client != 0 && r.Item != 0 }

// What names the item as the vendor does.
func (r *Row) What() string {
	if r.Name == "" {
		return r.SKU
	}
	return r.Name
}

// Share is what of the row's amount belongs to some days: by the days up to their end less those up to their beginning, each rounded
// once, so that what is cut into months adds up to the row.
func (r *Row) Share(p rating.Period) (int64, error) {
	all := int64(r.Days.Days())
	upTo := func(d civil.Date) (int64, error) {
		n := min(max(int64(d-r.Days.From), 0), all)
		return money.Whole(r.Minor).Times(money.Fraction(n, max(all, 1))).Round(0)
	}
	from, err := upTo(p.From)
	if err != nil {
		return 0, err
	}
	to, err := upTo(p.To)
	return to - from, err
}

// Average is how many of the row there were on a day of p, on average.
func (r *Row) Average(p rating.Period) money.Exact {
	return r.Quantity.Exact().Times(money.Fraction(int64(r.Days.Cut(p).Days()), int64(max(p.Days(), 1))))
}

// itemKey is what a row's item is matched by: the vendor's number, else its name.
func itemKey(sku, name string) string {
	if sku != "" {
		return "#" + strings.ToLower(sku)
	}
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}

// monthOf is a month as days.
func monthOf(m civil.Month) rating.Period {
	return rating.Period{From: m.First(), To: (m + 1).First()}
}
