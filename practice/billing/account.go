// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/billing/store"
	"mainstay/practice/clients"
)

// Treatment is how a client is taxed.
type Treatment string

// The treatments.
const (
	Taxed      Treatment = ""        // by the tax table
	ReverseTax Treatment = "reverse" // the client owes the tax
	ExemptTax  Treatment = "exempt"  // by a certificate, which Exemption names
	ExportTax  Treatment = "export"  // outside of the customs territory
	IntraTax   Treatment = "intra"   // goods within the EU
	OutsideTax Treatment = "outside" // not subject to tax
)

// Treatments lists them in the order in which pages show them.
func Treatments() []Treatment {
	return []Treatment{Taxed, ReverseTax, ExemptTax, ExportTax, IntraTax, OutsideTax}
}

// category returns the tax category of a treatment, "" for [Taxed].
func (t Treatment) category() rating.Category {
	switch t {
	case ReverseTax:
		return rating.Reverse
	case ExemptTax:
		return rating.Exempt
	case ExportTax:
		return rating.Export
	case IntraTax:
		return rating.IntraEU
	case OutsideTax:
		return rating.Outside
	}
	return ""
}

// Account is how a client is billed.
type Account struct {
	Client  ids.ID
	Version int64 // 0 = nobody has said anything yet; the rest is what is known of the client
	Party   invoice.Party
	BuyerReference, Order,
	Email string // where documents go; "" = the client's address
	Currency     money.Currency // "" = the agreement's or the firm's
	Language     string         // "" = the firm's
	Jurisdiction string         // whose taxes; "" = the firm's own
	Treatment    Treatment
	Exemption    string // why no tax is charged, in words
	PayDays      int    // -1 = as the firm says
	Series       string // "" = "invoice"
	Delivery     string // "mail", "portal" or "none"
	Format       string // "", "ubl", "peppol" or "xrechnung": what is sent besides the PDF
	Work         WorkBilling
}

// WorkBilling is how a client's approved time and materials are billed.
type WorkBilling int

// The ways.
const (
	WorkAsked  WorkBilling = iota // only on request
	WorkAlone                     // with the runs, on an invoice of their own
	WorkJoined                    // with the runs, on the invoice of the client's agreement where one is due
)

// WorkBillings lists them in the order in which pages show them.
func WorkBillings() []WorkBilling { return []WorkBilling{WorkAlone, WorkJoined, WorkAsked} }

// Account returns how a client is billed.
func (s *Service) Account(ctx context.Context, client ids.ID) (Account, error) {
	r, err := s.read().AccountOf(ctx, int64(client))
	if err == nil {
		return accountOf(r), nil
	}
	if err = found(err, fault.NewNotFound("")); !fault.Is(err, fault.NotFound) {
		return Account{}, err
	}
	return s.guess(ctx, client)
}

// guess makes an account of what is known of a client.
func (s *Service) guess(ctx context.Context, client ids.ID) (Account, error) {
	c, err := s.p.Clients.Get(ctx, access.WholeFirm(), client)
	if err != nil {
		return Account{}, err
	}
	a := Account{Client: client, PayDays: -1, Delivery: "mail", Work: WorkAlone, Email: c.Email}
	a.Party = invoice.Party{ID: client, Name: c.Name, Email: c.Email, Phone: c.Phone, Reference: c.Reference}
	for _, x := range c.Sites {
		if x.Street == "" && x.City == "" {
			continue
		}
		a.Party.Address = invoice.Address{Street: x.Street, City: x.City, Postcode: x.Postcode}
		if len(x.Country) == 2 {
			a.Party.Address.Country = strings.ToUpper(x.Country)
		}
		break
	}
	return a, nil
}

func accountOf(r store.BillingAccount) Account {
	return Account{
		Client: ids.ID(r.ClientID), Version: r.Version, BuyerReference: r.BuyerReference, Order: r.PurchaseOrder, Email: r.Email, Currency: money.Currency(r.Currency), Language: r.Language,
		Jurisdiction: r.Jurisdiction, Treatment: Treatment(r.Treatment), Exemption: r.Exemption, PayDays: int(r.PayDays), Series: r.Series, Delivery: r.Delivery, Format: r.Format, Work: WorkBilling(r.Work),
		Party: invoice.Party{
			ID: ids.ID(r.ClientID), Name: r.Name, Contact: r.Contact, VAT: r.Vat, Company: r.Company, Endpoint: r.Endpoint, Scheme: r.Scheme, Email: r.Email,
			Address: invoice.Address{Street: r.Street, Extra: r.Extra, City: r.City, Postcode: r.Postcode, Region: r.Region, Country: r.Country},
		},
	}
}

// SetAccount keeps how a client is billed from now on.
func (s *Service) SetAccount(ctx context.Context, a Account) error {
	if err := a.clean(); err != nil {
		return err
	}
	if _, err := s.p.Clients.Get(ctx, access.WholeFirm(), a.Client); err != nil {
		return err
	}
	return s.change(ctx, "billing.account", a.Client.String(), a.Party.Name, func(_ *sql.Tx, q *store.Queries) error {
		p, x := &a.Party, &a.Party.Address
		if a.Version == 0 {
			if err := q.InsertAccount(ctx, int64(a.Client), s.now()); err != nil {
				return err
			}
			a.Version = 1
		}
		n, err := q.UpdateAccount(ctx, store.UpdateAccountParams{
			ClientID: int64(a.Client), Version: a.Version, Name: p.Name, Contact: p.Contact, Street: x.Street, Extra: x.Extra, Postcode: x.Postcode, City: x.City, Region: x.Region, Country: x.Country, Vat: p.VAT,
			Company: p.Company, Endpoint: p.Endpoint, Scheme: p.Scheme, BuyerReference: a.BuyerReference, PurchaseOrder: a.Order, Email: a.Email, Currency: string(a.Currency), Language: a.Language,
			Jurisdiction: a.Jurisdiction, Treatment: string(a.Treatment), Exemption: a.Exemption, PayDays: int64(a.PayDays), Series: a.Series, Delivery: a.Delivery, Format: a.Format, Work: int64(a.Work), ChangedAt: s.now(),
		})
		if err == nil && n == 0 {
			return fault.NewConflict("Somebody else has changed this meanwhile. Look at it again, then repeat your change.")
		}
		return err
	})
}

func (a *Account) clean() error {
	p, x := &a.Party, &a.Party.Address
	for _, text := range []*string{&p.Name, &p.Contact, &p.VAT, &p.Company, &p.Endpoint, &p.Scheme, &x.Street, &x.Extra, &x.Postcode, &x.City, &x.Region, &x.Country, &a.BuyerReference, &a.Order, &a.Email, &a.Jurisdiction, &a.Exemption, &a.Series} {
		if *text = strings.TrimSpace(*text); len(*text) > 300 {
			return fault.NewInvalid("Please enter at most %d characters.", 300)
		}
	}
	x.Country, p.VAT = strings.ToUpper(x.Country), strings.ToUpper(strings.ReplaceAll(p.VAT, " ", ""))
	switch {
	case p.Name == "":
		return fault.NewInvalid("Enter the name that stands on invoices.").On("name")
	case len(x.Country) != 2:
		return fault.NewInvalid("Enter the country as two letters, such as DE.").On("country")
	case a.Currency != "" && !a.Currency.Known():
		return fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", a.Currency).On("currency")
	case a.Language != "" && !writable(a.Language):
		return fault.NewInvalid("Documents are not written in this language.").On("language")
	case a.Work < WorkAsked || a.Work > WorkJoined:
		return fault.NewInvalid("There is no such way to bill time and materials.").On("work")
	case a.PayDays < -1 || a.PayDays > 365:
		return fault.NewInvalid("Enter a time for payment between 0 and %d days.", 365).On("pay-days")
	case a.Treatment == ReverseTax && p.VAT == "":
		return fault.NewInvalid("For reverse charge the client's VAT identifier must stand on the invoice.").On("vat")
	case a.Treatment == ExemptTax && a.Exemption == "":
		return fault.NewInvalid("Say why no tax is charged: it stands on the invoice.").On("exemption")
	}
	switch a.Delivery {
	case "mail", "portal", "none":
		return nil
	case "":
		a.Delivery = "mail"
		return nil
	}
	return fault.NewInvalid("There is no such way of delivery.").On("delivery")
}

// ClientMerged moves the documents of one client to another; its argument is that of clients.MergedJob, "FROM INTO". What was
// issued stays as it is: it names the client as it was.
func (s *Service) ClientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		for _, move := range []func(context.Context, int64, int64) error{q.MoveInvoices, q.MoveEntries, q.MoveAccount} {
			if err := move(ctx, int64(from), int64(into)); err != nil {
				return err
			}
		}
		return q.DeleteAccount(ctx, int64(from))
	})
}

// HasClients tells which clients have documents, postings or an account: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM billing_invoices UNION SELECT client_id FROM billing_entries UNION SELECT client_id FROM billing_accounts`)
}

// writable reports whether documents are written in a language.
func writable(tag string) bool {
	return slices.ContainsFunc(locale.Documents(), func(c locale.Choice) bool { return string(c.Tag) == tag })
}
