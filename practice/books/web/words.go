// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/books"
)

func say(ctx context.Context, words map[string]string, code string) string {
	if w, ok := words[code]; ok {
		return locale.T(ctx, w)
	}
	return code
}

// kindWords name the rows of a table.
var kindWords = map[string]string{
	"lines": locale.Key("Invoice lines"), "templates": locale.Key("Recurring invoices"), "tickets": locale.Key("Tickets"), "hours": locale.Key("Time entries"),
	"clients": locale.Key("Clients"), "people": locale.Key("Contacts"), "assets": locale.Key("Devices"),
}

func kindName(ctx context.Context, k books.Kind) string { return say(ctx, kindWords, string(k)) }

var kindIcons = map[books.Kind]string{
	books.KindLines: "receipt-text", books.KindTemplates: "repeat", books.KindTickets: "ticket", books.KindHours: "timer",
	books.KindClients: "users", books.KindPeople: "user", books.KindAssets: "laptop",
}

// kindRows counts rows of a kind.
func kindRows(ctx context.Context, k books.Kind, n int64) string {
	switch k {
	case books.KindLines:
		return locale.N(ctx, "%d invoice line|%d invoice lines", n)
	case books.KindTemplates:
		return locale.N(ctx, "%d recurring invoice|%d recurring invoices", n)
	case books.KindTickets:
		return locale.N(ctx, "%d ticket|%d tickets", n)
	case books.KindHours:
		return locale.N(ctx, "%d time entry|%d time entries", n)
	case books.KindClients:
		return locale.N(ctx, "%d client|%d clients", n)
	case books.KindPeople:
		return locale.N(ctx, "%d contact|%d contacts", n)
	case books.KindAssets:
		return locale.N(ctx, "%d device|%d devices", n)
	}
	return locale.N(ctx, "%d row|%d rows", n)
}

// fieldWords name what a column means.
var fieldWords = map[string]string{
	"client": locale.Key("Client"), "provider": locale.Key("Supplier (who was paid)"), "date": locale.Key("Date"), "document": locale.Key("Invoice number"),
	"item": locale.Key("Product or service"), "text": locale.Key("Description"), "quantity": locale.Key("Quantity"), "price": locale.Key("Unit price"),
	"amount": locale.Key("Amount, net"), "gross": locale.Key("Amount with tax"), "tax": locale.Key("Tax"), "tax2": locale.Key("Second tax"), "percent": locale.Key("Discount in percent"),
	"total": locale.Key("Total of the invoice"), "currency": locale.Key("Currency"), "status": locale.Key("Status"), "type": locale.Key("Type"), "itemType": locale.Key("Type of item"),
	"recurring": locale.Key("Recurring?"), "frequency": locale.Key("Interval"), "account": locale.Key("Ledger account"), "active": locale.Key("Active?"),
	"number": locale.Key("Ticket number"), "subject": locale.Key("Subject"), "opened": locale.Key("Opened"), "solved": locale.Key("Solved"), "closed": locale.Key("Closed"),
	"updated": locale.Key("Changed"), "channel": locale.Key("How it came in"), "reopens": locale.Key("Times reopened"), "agreement": locale.Key("Agreement"),
	"requester": locale.Key("Who asked"), "alert": locale.Key("Number of a monitoring alert"), "hours": locale.Key("Hours"), "minutes": locale.Key("Minutes"),
	"start": locale.Key("Start"), "end": locale.Key("End"), "person": locale.Key("Technician"), "first": locale.Key("First name"), "project": locale.Key("Project"),
	"task": locale.Key("Task"), "category": locale.Key("Category of work"), "subcategory": locale.Key("Subcategory"), "billable": locale.Key("Billable?"),
	"name": locale.Key("Name"), "email": locale.Key("E-mail"), "phone": locale.Key("Phone"), "address": locale.Key("Address"), "website": locale.Key("Website"),
	"assetType": locale.Key("Type of device"), "system": locale.Key("Operating system"), "serial": locale.Key("Serial number"), "make": locale.Key("Manufacturer"),
	"model": locale.Key("Model"), "warranty": locale.Key("Warranty until"), "monitored": locale.Key("Monitored?"), "patched": locale.Key("Patched?"),
	// Of rows as understood.
	"ticket": locale.Key("Ticket number"), "origin": locale.Key("Started by"), "work": locale.Key("Kind of work"), "months": locale.Key("Months"), "from": locale.Key("Since"),
}

func fieldName(ctx context.Context, f books.Field) string { return say(ctx, fieldWords, string(f)) }

// meanings are what values of a channel or of a category of work mean.
var meanings = map[string]string{
	"client": locale.Key("The client"), "monitor": locale.Key("Monitoring"), "planned": locale.Key("Planned work"), "technician": locale.Key("A technician"),
	"unknown": locale.Key("Cannot be told"), "reactive": locale.Key("Reacting to trouble"), "": locale.Key("Cannot be told"),
}

func meaning(ctx context.Context, code string) string { return say(ctx, meanings, code) }

// noteWords say what was left out or assumed: %[1]d is how many rows, %[2]s the note's argument.
var noteWords = map[string]string{
	books.NoteOtherCurrency:  locale.Key("%[1]d row in %[2]s, another currency, is left out|%[1]d rows in %[2]s, another currency, are left out"),
	books.NoteStatus:         locale.Key("%[1]d row with the status “%[2]s” is left out|%[1]d rows with the status “%[2]s” are left out"),
	books.NoteType:           locale.Key("%[1]d row of the type “%[2]s” is left out|%[1]d rows of the type “%[2]s” are left out"),
	books.NoteAccount:        locale.Key("%[1]d row of the account “%[2]s” is left out: the other side of a booking|%[1]d rows of the account “%[2]s” are left out: the other side of a booking"),
	books.NoteNoAmount:       locale.Key("%[1]d row without an amount is left out|%[1]d rows without an amount are left out"),
	books.NoteProviders:      locale.Key("The file has several suppliers (%[2]s). Choose yours, or all are read as one firm (%[1]d row)|The file has several suppliers (%[2]s). Choose yours, or all are read as one firm (%[1]d rows)"),
	books.NoteProvider:       locale.Key("%[1]d row of a supplier other than %[2]s is left out|%[1]d rows of suppliers other than %[2]s are left out"),
	books.NoteBadRows:        locale.Key("%[1]d row cannot be read|%[1]d rows cannot be read"),
	books.NoteDecimal:        locale.Key("No amount tells the decimal mark; “%[2]s” was taken (%[1]d row)|No amount tells the decimal mark; “%[2]s” was taken (%[1]d rows)"),
	books.NoteDecimalMixed:   locale.Key("Both decimal marks occur; “%[2]s” was taken (%[1]d row is different)|Both decimal marks occur; “%[2]s” was taken (%[1]d rows are different)"),
	books.NoteTotalRepeated:  locale.Key("The total of the invoice stands on each of its lines and is counted once (%[1]d row)|The total of the invoice stands on each of its lines and is counted once (%[1]d rows)"),
	books.NoteTaxIncluded:    locale.Key("%[1]d amount with tax was brought to net|%[1]d amounts with tax were brought to net"),
	books.NoteGross:          locale.Key("%[1]d amount includes tax and is taken as it is|%[1]d amounts include tax and are taken as they are"),
	books.NoteCreditSign:     locale.Key("%[1]d credit note without a minus was made negative|%[1]d credit notes without a minus were made negative"),
	books.NoteCarried:        locale.Key("%[1]d row takes client, number and day from the row above|%[1]d rows take client, number and day from the row above"),
	books.NoteFolded:         locale.Key("%[1]d event was folded into %[2]s tickets|%[1]d events were folded into %[2]s tickets"),
	books.NoteUnknownChannel: locale.Key("%[1]d ticket came by “%[2]s”, which tells nothing about who started it|%[1]d tickets came by “%[2]s”, which tells nothing about who started them"),
	books.NoteUnknownWork:    locale.Key("%[1]d time entry of “%[2]s” cannot be told as reactive or planned|%[1]d time entries of “%[2]s” cannot be told as reactive or planned"),
	books.NoteStrays:         locale.Key("%[1]d quotation mark is never closed, from line %[2]s on, and was taken literally|%[1]d quotation marks are never closed, from line %[2]s on, and were taken literally"),
	books.NoteUnrecognised:   locale.Key("The table “%[2]s” was not recognised and is left out"),
	books.NoteTotalDiffers:   locale.Key("The total “%[2]s” of the report is not what was read"),
	books.NoteNoClient:       locale.Key("%[1]d row does not name its client|%[1]d rows do not name their client"),
	books.NoteRounded:        locale.Key("%[1]d amount with more places than the currency has was rounded|%[1]d amounts with more places than the currency has were rounded"),
	books.NoteSkippedRows:    locale.Key("%[1]d row with text only was skipped|%[1]d rows with text only were skipped"),
	books.NoteNoInterval:     locale.Key("%[1]d recurring invoice every “%[2]s” is left out: the interval is not known|%[1]d recurring invoices every “%[2]s” are left out: the interval is not known"),
	books.NoteNoTime:         locale.Key("%[1]d ticket does not say when it was opened|%[1]d tickets do not say when they were opened"),
	books.NoteRepeatedHours:  locale.Key("The hours of a task stand beside those of each person; the latter are taken (%[1]d row)|The hours of a task stand beside those of each person; the latter are taken (%[1]d rows)"),
}

// noteText is a note as a sentence.
func noteText(ctx context.Context, n books.Note) string {
	text := ""
	switch {
	case n.Code == books.NoteDayOrder && n.Arg == "mdy":
		text = locale.T(ctx, "No date tells whether the day or the month comes first; the month was taken first")
	case n.Code == books.NoteDayOrder:
		text = locale.T(ctx, "No date tells whether the day or the month comes first; the day was taken first")
	case n.Code == books.NoteDayMixed:
		text = locale.N(ctx, "%d date is written the other way round than the rest|%d dates are written the other way round than the rest", int64(n.Rows))
	default:
		w, ok := noteWords[n.Code]
		switch {
		case !ok:
			return n.Code
		case !strings.Contains(w, "|"):
			text = locale.T(ctx, w, n.Rows, n.Arg)
		default:
			text = locale.N(ctx, w, int64(n.Rows), n.Arg)
		}
	}
	return text
}

// noteTone tells what needs a look from what is only good to know.
func noteTone(code string) page.Tone {
	switch code {
	case books.NoteTotalDiffers, books.NoteBadRows:
		return page.Bad
	case books.NoteDayOrder, books.NoteDayMixed, books.NoteDecimal, books.NoteDecimalMixed, books.NoteProviders, books.NoteUnknownChannel, books.NoteUnknownWork, books.NoteNoClient,
		books.NoteGross, books.NoteStrays, books.NoteUnrecognised, books.NoteOtherCurrency, books.NoteNoInterval, books.NoteNoTime:
		return page.Warn
	}
	return page.Info
}

// stateBadge is where an import stands.
func stateBadge(ctx context.Context, s books.State) page.Badge {
	switch s {
	case books.Uploaded:
		return page.Badge{Text: locale.T(ctx, "Not taken over yet"), Tone: page.Warn}
	case books.Committing:
		return page.Badge{Text: locale.T(ctx, "Being taken over"), Tone: page.Info}
	case books.Committed:
		return page.Badge{Text: locale.T(ctx, "In the books"), Tone: page.Good}
	}
	return page.Badge{Text: locale.T(ctx, "Undone")}
}

// bytes is a size in words.
func bytes(ctx context.Context, n int64) string {
	p := locale.From(ctx)
	switch {
	case n < 1000:
		return locale.N(ctx, "%d byte|%d bytes", n)
	case n < 1_000_000:
		return locale.T(ctx, "%s kB", p.Number((n+500)/1000))
	case n < 1_000_000_000:
		return locale.T(ctx, "%s MB", p.Float(float64(n)/1e6, 1))
	}
	return locale.T(ctx, "%s GB", p.Float(float64(n)/1e9, 2))
}

// span is a period in words, "" when no day is known.
func span(ctx context.Context, first, last civil.Date) string {
	p := locale.From(ctx)
	switch {
	case !first.Known() || !last.Known():
		return ""
	case first == last:
		return p.Date(first)
	}
	return p.Date(first) + " – " + p.Date(last)
}

// cell is a value of a row as understood, in the reader's form.
func cell(ctx context.Context, row books.SampleRow, key string) string {
	v, p := row.Cells[key], locale.From(ctx)
	if v == "" {
		return ""
	}
	switch key {
	case "amount":
		minor, err := strconv.ParseInt(strings.Replace(v, ".", "", 1), 10, 64)
		if err != nil {
			return v
		}
		cur := money.Currency(row.Cells["currency"])
		if _, fraction, _ := strings.Cut(v, "."); len(fraction) != cur.Digits() {
			return v
		}
		return p.Money(minor, cur)
	case "date", "from":
		if d, err := civil.Parse(v); err == nil {
			return p.Date(d)
		}
	case "opened", "solved":
		if t, err := time.Parse("2006-01-02 15:04", v); err == nil {
			return p.In(time.UTC).DateTime(t)
		}
	case "origin", "work":
		return meaning(ctx, v)
	}
	return v
}

func typed(key string) bool { return key != "origin" && key != "work" }

func hoursMinutes(minutes int64) string {
	if minutes < 0 {
		return fmt.Sprintf("−%d:%02d", -minutes/60, -minutes%60)
	}
	return fmt.Sprintf("%d:%02d", minutes/60, minutes%60)
}

// join puts what is not empty into one line.
func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}
