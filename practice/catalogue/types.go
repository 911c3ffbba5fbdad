// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Kind is what an item is.
type Kind string

// The kinds.
const (
	Services Kind = "service"
	Licence  Kind = "licence"
	Labour   Kind = "labour"
	Hardware Kind = "hardware"
	Fee      Kind = "fee"
)

// Kinds lists the kinds in the order in which pages show them.
func Kinds() []Kind { return []Kind{Services, Licence, Labour, Hardware, Fee} }

// Family is one of the eight service families, or none.
type Family string

// NoFamily is an item of no service family, such as travel.
const NoFamily Family = "none"

// Families lists the service families, none last.
func Families() []Family {
	return []Family{"helpdesk", "monitoring", "backup", "endpoint-security", "identity-security", "network", "cloud", "advice", NoFamily}
}

// Counts is what a quantity follows from.
type Counts string

// What can be counted.
const (
	Nothing  Counts = "nothing"
	Devices  Counts = "devices"
	People   Counts = "people"
	Sites    Counts = "sites"
	Licences Counts = "licences" // by hand
)

// Counted lists what can be counted.
func Counted() []Counts { return []Counts{Nothing, Devices, People, Sites, Licences} }

// Interval is what a price or cost is for.
type Interval string

// The intervals.
const (
	Monthly   Interval = "month"
	Quarterly Interval = "quarter"
	Yearly    Interval = "year"
	Once      Interval = "once"
)

// Intervals lists the intervals.
func Intervals() []Interval { return []Interval{Monthly, Quarterly, Yearly, Once} }

// Months returns how many months an interval has, 0 for [Once].
func (i Interval) Months() int64 {
	switch i {
	case Monthly:
		return 1
	case Quarterly:
		return 3
	case Yearly:
		return 12
	}
	return 0
}

var ruleWords = []string{"each-day", "at-end", "at-start", "maximum", "average", "day-by-day", "sum"}

// RuleWord is the word of the API and of files for a rule.
func RuleWord(r rating.Rule) string {
	if int(r) < len(ruleWords) {
		return ruleWords[r]
	}
	return ""
}

// ParseRule is the inverse of [RuleWord].
func ParseRule(s string) (rating.Rule, bool) {
	i := slices.Index(ruleWords, s)
	return rating.Rule(max(i, 0)), i >= 0
}

var modelWords = []string{"flat", "per-unit", "graduated", "volume", "package"}

// ModelWord is the word of the API and of files for a model.
func ModelWord(m rating.Model) string {
	if int(m) < len(modelWords) {
		return modelWords[m]
	}
	return ""
}

// ParseModel is the inverse of [ModelWord].
func ParseModel(s string) (rating.Model, bool) {
	i := slices.Index(modelWords, s)
	return rating.Model(max(i, 0)), i >= 0
}

// Units are the codes of UN/ECE Recommendation 20 that pages offer: one, hour, day, month, kilometre, gigabyte, terabyte.
func Units() []string { return []string{"C62", "HUR", "DAY", "MON", "KMT", "E34", "E35"} }

// Item is something that can stand on an invoice.
type Item struct {
	ID          ids.ID
	Version     int64
	Code        string // the firm's own, unique; "" = none
	Name        string
	Description string // for the lines of invoices
	Kind        Kind
	Family      Family
	Unit        string // UN/ECE Recommendation 20
	UnitLabel   string // what pages and invoices call one, such as "user"; "" = the unit's name
	Tax         string // code of billing's tax table
	Account     string // ledger account of its revenue
	Counts      Counts
	Rule        rating.Rule // how a period's quantity follows from facts
	Arrears     bool        // billed after its interval
	Vendor      string
	VendorSKU   string
	Suggested   bool // from the starting portfolio and not looked at yet
	Archived    bool
	Made        time.Time
	Changed     time.Time
}

// Limits of texts.
const (
	maxName        = 200
	maxCode        = 60
	maxDescription = 2000
	maxScope       = 20_000
)

var (
	unitCode = regexp.MustCompile(`^[A-Z0-9]{2,3}$`)
	taxCode  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,39}$`)
)

// clean trims an item's texts and says in words what is wrong with it.
func (it *Item) clean() error {
	for _, s := range []*string{&it.Code, &it.Name, &it.Description, &it.Unit, &it.UnitLabel, &it.Tax, &it.Account, &it.Vendor, &it.VendorSKU} {
		*s = strings.TrimSpace(strings.ReplaceAll(*s, "\r\n", "\n"))
	}
	for s, def := range map[*string]string{&it.Unit: "C62", &it.Tax: "standard", (*string)(&it.Family): string(NoFamily), (*string)(&it.Counts): string(Nothing), (*string)(&it.Kind): string(Services)} {
		if *s == "" {
			*s = def
		}
	}
	for _, x := range []struct {
		field, text string
		most        int
	}{{"code", it.Code, maxCode}, {"name", it.Name, maxName}, {"unit-label", it.UnitLabel, 40}, {"account", it.Account, maxCode}, {"vendor", it.Vendor, maxName}, {"vendor-sku", it.VendorSKU, maxName}} {
		if err := line(x.text, x.field, x.most); err != nil {
			return err
		}
	}
	switch {
	case it.Name == "":
		return fault.NewInvalid("Please enter a name of at most %d characters.", maxName).On("name")
	case utf8.RuneCountInString(it.Description) > maxDescription || !utf8.ValidString(it.Description) || strings.ContainsFunc(it.Description, control):
		return fault.NewInvalid("This is too long: at most %d characters.", maxDescription).On("description")
	case !slices.Contains(Kinds(), it.Kind):
		return fault.NewInvalid("An item is a service, licence, labour, hardware or a fee.").On("kind")
	case !slices.Contains(Families(), it.Family):
		return fault.NewInvalid("%q is none of the service families.", string(it.Family)).On("family")
	case !unitCode.MatchString(it.Unit):
		return fault.NewInvalid("A unit is a code of UN/ECE Recommendation 20, such as C62 or HUR.").On("unit")
	case !taxCode.MatchString(it.Tax):
		return fault.NewInvalid("A tax code has small letters, digits and - only, such as standard.").On("tax")
	case !slices.Contains(Counted(), it.Counts):
		return fault.NewInvalid("Devices, people, sites or licences can be counted, or nothing.").On("counts")
	case it.Rule > rating.Sum:
		return fault.NewInvalid("There is no such rule for a quantity.").On("rule")
	}
	return nil
}

// control reports a character that no text on paper can show.
func control(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// line refuses what does not fit one line of text.
func line(s, field string, most int) error {
	switch {
	case utf8.RuneCountInString(s) > most:
		return fault.NewInvalid("This is too long: at most %d characters.", most).On(field)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return fault.NewInvalid("This must be one line of text.").On(field)
	}
	return nil
}

// Price is a price of an item from a day on.
type Price struct {
	ID        ids.ID
	Item      ids.ID
	Currency  money.Currency
	From      civil.Date
	Every     Interval
	Price     rating.Price
	Withdrawn bool
	By        string
	Made      time.Time
}

// Cost is what one unit of an item costs the firm from a day on; of labour the loaded cost of an hour.
type Cost struct {
	ID        ids.ID
	Item      ids.ID
	Currency  money.Currency
	From      civil.Date
	Every     Interval
	Unit      money.Decimal
	Withdrawn bool
	By        string
	Made      time.Time
}

// MaxAmount bounds prices, costs, fees and bounds of tiers.
const MaxAmount = 1_000_000_000

// amount refuses what is below 0 or cannot be reckoned with.
func amount(d money.Decimal, field string) error {
	switch {
	case d.Scale > money.MaxScale:
		return fault.NewInvalid("A price has at most %d decimal places.", money.MaxScale).On(field)
	case d.Coef < 0:
		return fault.NewInvalid("A price is not below 0.").On(field)
	case d.Exact().Cmp(money.Whole(MaxAmount)) > 0:
		return fault.NewInvalid("This is more than %d, the most that can be reckoned with.", MaxAmount).On(field)
	}
	return nil
}

// dated checks what prices and costs share.
func dated(c money.Currency, from civil.Date, every Interval) error {
	switch {
	case !c.Known():
		return fault.NewInvalid("%q is not a currency. Enter three letters, such as EUR.", string(c)).On("currency")
	case !from.Known() || !possible(from):
		return fault.NewInvalid("Enter the day, between 2000 and 2199.").On("from")
	case !slices.Contains(Intervals(), every):
		return fault.NewInvalid("A price is for a month, a quarter, a year, or once.").On("every")
	}
	return nil
}

func possible(d civil.Date) bool {
	y, _, _ := d.Civil()
	return y >= 2000 && y <= civil.MaxYear
}

// clean says in words what is wrong with a price.
func (p *Price) clean() error {
	if err := dated(p.Currency, p.From, p.Every); err != nil {
		return err
	}
	type named struct {
		d     money.Decimal
		field string
	}
	check := []named{{p.Price.Unit, "price"}, {p.Price.Size, "size"}, {p.Price.Free, "free"}}
	for _, d := range []*money.Decimal{p.Price.Least, p.Price.Most} {
		if d != nil {
			check = append(check, named{*d, "minimum"})
		}
	}
	for _, t := range p.Price.Tiers {
		check = append(check, named{t.Unit, "tiers"}, named{t.Flat, "tiers"})
		if !t.Open {
			check = append(check, named{t.UpTo, "tiers"})
		}
	}
	for _, x := range check {
		if err := amount(x.d, x.field); err != nil {
			return err
		}
	}
	return p.Price.Check()
}

func (c *Cost) clean() error {
	if err := dated(c.Currency, c.From, c.Every); err != nil {
		return err
	}
	return amount(c.Unit, "cost")
}

func noItem() *fault.Error { return fault.NewNotFound("There is no such item in the catalogue.") }

func noPlan() *fault.Error { return fault.NewNotFound("There is no such plan.") }

func changedMeanwhile() error {
	return fault.NewConflict("Somebody changed this in the meantime. Look at the newer version and enter your change again.")
}
