// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"strconv"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/billing"
	"mainstay/practice/payments"
	"mainstay/practice/payments/bank"
	"mainstay/practice/payments/match"
	"mainstay/practice/payments/sepa"
)

func fieldOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Field
	}
	return ""
}

// tabs are the views of payments.
func tabs(ctx context.Context, current string) page.Tabs {
	out := page.Tabs{Label: locale.T(ctx, "Payments")}
	for _, t := range []struct {
		href, label string
		need        access.Permission
	}{
		{"/payments", locale.T(ctx, "Payments"), access.BillingRead},
		{"/payments/bank", locale.T(ctx, "Bank"), access.BillingRead},
		{"/payments/ageing", locale.T(ctx, "What is owed"), access.BillingRead},
		{"/payments/reminders", locale.T(ctx, "payments::Reminders"), access.BillingRead},
		{"/payments/debits", locale.T(ctx, "Direct debits"), access.BillingRead},
		{"/payments/settings", locale.T(ctx, "Settings"), access.BillingManage},
	} {
		if may(ctx, t.need) {
			out.Items = append(out.Items, page.Tab{Label: t.label, Href: t.href, Current: t.href == current})
		}
	}
	return out
}

func crumbs(ctx context.Context) []page.Crumb {
	return []page.Crumb{{Label: locale.T(ctx, "Payments"), Href: "/payments"}}
}

func methodName(ctx context.Context, m payments.Method) string {
	switch m {
	case payments.ByBank:
		return locale.T(ctx, "Bank transfer")
	case payments.ByCash:
		return locale.T(ctx, "Cash")
	case payments.ByCheque:
		return locale.T(ctx, "Cheque")
	case payments.ByCard:
		return locale.T(ctx, "Card")
	case payments.ByDebit:
		return locale.T(ctx, "Direct debit")
	case payments.ByStripe:
		return locale.T(ctx, "Online")
	}
	return locale.T(ctx, "Other")
}

func methodOptions(ctx context.Context) []page.Option {
	var out []page.Option
	for _, m := range payments.Methods() {
		out = append(out, page.Option{Value: string(m), Label: methodName(ctx, m)})
	}
	return out
}

// reasonName says in words why a match is proposed.
func reasonName(ctx context.Context, r match.Reason) string {
	switch r.Code {
	case match.ByReference:
		return locale.T(ctx, "has the reference of %s", r.Number)
	case match.ByEndToEnd:
		return locale.T(ctx, "has our id of %s", r.Number)
	case match.ByNumber:
		return locale.T(ctx, "names %s", r.Number)
	case match.ByDigits:
		return locale.T(ctx, "has the digits of %s", r.Number)
	case match.ByTypo:
		return locale.T(ctx, "nearly names %s", r.Number)
	case match.ByBundle:
		return locale.T(ctx, "is the collection %s", r.Number)
	case match.ByIBAN:
		return locale.T(ctx, "the account has paid for this client before")
	case match.ByName:
		return locale.T(ctx, "the name is this client's")
	case match.Exact:
		return locale.T(ctx, "the amount is right to the cent")
	case match.AllOpen:
		return locale.T(ctx, "everything that the client has open")
	case match.OneSum:
		return locale.T(ctx, "only these invoices come to the amount together")
	case match.SomeSum:
		return locale.T(ctx, "several sets of invoices come to the amount; these are the oldest")
	case match.OnlyAmount:
		return locale.T(ctx, "no other open invoice has this amount")
	case match.Part:
		return locale.T(ctx, "less than is open")
	case match.Over:
		return locale.T(ctx, "more than is open")
	case match.Several:
		return locale.T(ctx, "others would fit as well")
	case match.OtherPayer:
		return locale.T(ctx, "the account has paid for another client before")
	case match.Oldest:
		return locale.T(ctx, "the oldest first")
	case match.Paid:
		return locale.T(ctx, "names %s, which is paid already", r.Number)
	case match.Mixed:
		return locale.T(ctx, "invoices of several clients")
	}
	return string(r.Code)
}

// returnName says in words why a direct debit came back (ISO 20022 external return reasons).
func returnName(ctx context.Context, code string) string {
	switch code {
	case "AC01", "AC03":
		return locale.T(ctx, "the account number is wrong")
	case "AC04":
		return locale.T(ctx, "the account is closed")
	case "AC06":
		return locale.T(ctx, "the account is blocked")
	case "AM04":
		return locale.T(ctx, "not enough money on the account")
	case "MD01":
		return locale.T(ctx, "no mandate, or it was revoked")
	case "MD06":
		return locale.T(ctx, "the client asked for it back")
	case "MS02", "MS03", "":
		return locale.T(ctx, "no reason given")
	}
	return code
}

func debitBadge(ctx context.Context, d payments.Debit) page.Badge {
	switch d.State {
	case payments.DebitPaid:
		return page.Badge{Text: locale.T(ctx, "paid"), Tone: page.Good, Icon: "check"}
	case payments.DebitReturned:
		return page.Badge{Text: locale.T(ctx, "came back"), Tone: page.Bad, Icon: "x"}
	case payments.DebitDropped:
		return page.Badge{Text: locale.T(ctx, "taken back")}
	}
	return page.Badge{Text: locale.T(ctx, "waits"), Tone: page.Warn, Icon: "clock"}
}

func runBadge(ctx context.Context, r payments.Run) page.Badge {
	switch r.State {
	case payments.RunCollected:
		return page.Badge{Text: locale.T(ctx, "collected"), Tone: page.Good, Icon: "check"}
	case payments.RunDropped:
		return page.Badge{Text: locale.T(ctx, "taken back")}
	}
	return page.Badge{Text: locale.T(ctx, "waits for the bank"), Tone: page.Warn, Icon: "clock"}
}

func schemeName(ctx context.Context, s sepa.Scheme) string {
	if s == sepa.B2B {
		return locale.T(ctx, "Business (B2B)")
	}
	return locale.T(ctx, "Core")
}

func movementName(ctx context.Context, what string) string {
	return payments.MovementName(locale.From(ctx), what)
}

func paymentURL(id ids.ID) string { return "/payments/entries/" + id.String() }

func bookingURL(id ids.ID) string { return "/payments/bank/lines/" + id.String() }

func invoiceURL(id ids.ID) string { return "/billing/invoices/" + id.String() }

func statementURL(client ids.ID) string { return "/payments/statements/" + client.String() }

// numberOf is the number of a document.
func numberOf(docs map[ids.ID]billing.Doc, id ids.ID) string {
	if d, known := docs[id]; known {
		return d.Number
	}
	return "?"
}

func number(i int) string { return strconv.Itoa(i) }

func versionOf(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// fieldName is what a column of a bank's table holds.
func fieldName(ctx context.Context, f bank.Field) string {
	switch f {
	case bank.FieldDay:
		return locale.T(ctx, "Day")
	case bank.FieldValue:
		return locale.T(ctx, "Value day")
	case bank.FieldAmount:
		return locale.T(ctx, "Amount")
	case bank.FieldDebit:
		return locale.T(ctx, "Amount that went out")
	case bank.FieldCredit:
		return locale.T(ctx, "Amount that came in")
	case bank.FieldSign:
		return locale.T(ctx, "In or out")
	case bank.FieldCurrency:
		return locale.T(ctx, "Currency")
	case bank.FieldName:
		return locale.T(ctx, "Name of the other side")
	case bank.FieldPayer:
		return locale.T(ctx, "Payer")
	case bank.FieldPayee:
		return locale.T(ctx, "Payee")
	case bank.FieldIBAN:
		return locale.T(ctx, "IBAN of the other side")
	case bank.FieldBIC:
		return locale.T(ctx, "BIC")
	case bank.FieldText:
		return locale.T(ctx, "Text")
	case bank.FieldRef:
		return locale.T(ctx, "Reference")
	case bank.FieldEndToEnd:
		return locale.T(ctx, "End-to-end id")
	case bank.FieldMandate:
		return locale.T(ctx, "Mandate")
	case bank.FieldID:
		return locale.T(ctx, "The bank's id")
	case bank.FieldKind:
		return locale.T(ctx, "Kind of booking")
	case bank.FieldStatus:
		return locale.T(ctx, "Status")
	}
	return locale.T(ctx, "The firm's own account")
}

func fieldOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "not needed")}}
	for _, f := range bank.Fields {
		out = append(out, page.Option{Value: string(f), Label: fieldName(ctx, f)})
	}
	return out
}

// kept says that a secret is there without showing it.
func kept(ctx context.Context, sealed string) string {
	if sealed == "" {
		return ""
	}
	return locale.T(ctx, "is set")
}
