// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"strings"

	"mainstay/kit/money"
)

// Field is what a column of a bank's table holds.
type Field string

// The fields. Those of text may stand in several columns.
const (
	FieldDay      Field = "day"
	FieldValue    Field = "value"
	FieldAmount   Field = "amount"
	FieldDebit    Field = "debit"
	FieldCredit   Field = "credit"
	FieldSign     Field = "sign"
	FieldCurrency Field = "currency"
	FieldName     Field = "name"
	FieldPayer    Field = "payer"
	FieldPayee    Field = "payee"
	FieldIBAN     Field = "iban"
	FieldBIC      Field = "bic"
	FieldText     Field = "text"
	FieldRef      Field = "reference"
	FieldEndToEnd Field = "end_to_end"
	FieldMandate  Field = "mandate"
	FieldID       Field = "id"
	FieldKind     Field = "kind"
	FieldStatus   Field = "status"
	FieldOwn      Field = "own" // the firm's account
)

// Fields are those that a person can map, in the order of a form.
var Fields = []Field{
	FieldDay, FieldValue, FieldAmount, FieldDebit, FieldCredit, FieldSign, FieldCurrency, FieldName, FieldPayer, FieldPayee,
	FieldIBAN, FieldBIC, FieldText, FieldRef, FieldEndToEnd, FieldMandate, FieldID, FieldKind, FieldStatus, FieldOwn,
}

// headings are what banks write above their columns, folded by [heading]. The first field that a word belongs to has it.
var headings = map[Field]string{ //nolint:gosec // words of banks
	FieldDay:      "buchungstag|buchung|buchungsdatum|datum|tag|date|transaction date|posting date|posted date|booking date|booked date|book date|date posted|posted|completed date|date completed utc|date utc|date started utc|fecha|date operation|buchungs datum|entry date|transaktionsdatum|abschlussdatum",
	FieldValue:    "valuta|valutadatum|wertstellung|wertstellungstag|wertstellungsdatum|wert|value date|valuta datum|effective date|date valeur|valutatag",
	FieldAmount:   "betrag|umsatz|betrag in eur|umsatz in eur|amount|transaction amount|value|betrag eur|umsatz eur|net amount|montant|importe|buchungsbetrag|amount gbp|amount eur|amount usd|amount chf|total amount|einzelbetrag|betrag chf|buchungsbetrag eur|betrag in chf",
	FieldDebit:    "soll|belastung|debit|debits|debit amount|money out|paid out|withdrawal|withdrawals|ausgang|ausgaenge|lastschrift|belastung in chf|belastung in eur|soll eur|payments|debit eur|debit chf|amount debit|belastungen|paid out gbp|ausgabe|ausgaben",
	FieldCredit:   "haben|gutschrift|credit|credits|credit amount|money in|paid in|deposit|deposits|eingang|eingaenge|gutschrift in chf|gutschrift in eur|haben eur|receipts|credit eur|credit chf|amount credit|gutschriften|paid in gbp|einnahme|einnahmen",
	FieldSign:     "s h|soll haben|soll haben kennzeichen|credit debit|debit credit|credit debit indicator|d c|c d|dr cr|cr dr|vorzeichen|credit or debit|debit or credit",
	FieldCurrency: "waehrung|currency|ccy|whg|devise|currency code|kontowaehrung|betrag waehrung|transaction currency|waehrungscode",
	FieldName:     "name|beguenstigter zahlungspflichtiger|name zahlungsbeteiligter|auftraggeber empfaenger|empfaenger auftraggeber|auftraggeber beguenstigter|beguenstigter auftraggeber|empfaenger|auftraggeber|zahlungsbeteiligter|counterparty|counter party|counterparty name|partner name|partnername|payee payer|payer payee|gegenkonto name|kontoinhaber|beguenstigter|name gegenkonto|name 1|empfaengername|auftraggeber name|counterparty account name|merchant|vendor|other party|name of other party|from to|zahlungspflichtiger beguenstigter|sender|absender",
	FieldPayer:    "zahlungspflichtiger|zahlungspflichtige r|payer|payer name|debtor|debtor name|remitter|ordering party",
	FieldPayee:    "zahlungsempfaenger|zahlungsempfaenger in|payee|payee name|creditor|creditor name|beneficiary|beneficiary name|empfaenger in",
	FieldIBAN:     "iban|iban zahlungsbeteiligter|kontonummer iban|kontonummer|iban kontonummer|gegenkonto|iban gegenkonto|gegenkonto iban|counterparty iban|partner iban|counterparty account|account number|beneficiary account number|iban auftraggeberkonto gegenpartei|iban kontonummer gegenkonto|iban des auftraggebers|counterparty account number|to from account number|konto nr",
	FieldBIC:      "bic|bic swift code|blz|bic zahlungsbeteiligter|bankleitzahl|swift|swift code|bic swift|swift bic|sort code|blz bic|routing number",
	FieldText:     "verwendungszweck|buchungstext verwendungszweck|zahlungsreferenz|description|details|memo|narrative|particulars|payment details|transaction description|purpose|remittance information|payment reference|beschreibung|mitteilung|verwendungszweck 1|verwendungszweck 2|verwendungszweck 3|vwz|zahlungszweck|betreff|text|notiz|communication|message|narrative 1|narrative 2|additional information|buchungsdetails|buchungsinformationen|avisierungstext|statement description|extended details|notes",
	FieldRef:      "referenz|referenznummer|reference|creditor reference|qr referenz|strukturierte referenz|structured reference|payment ref|esr referenz",
	FieldEndToEnd: "kundenreferenz end to end|end to end|end to end referenz|end to end id|end to end reference|kundenreferenz|customer reference|ende zu ende referenz|endtoendid|e2e",
	FieldMandate:  "mandatsreferenz|mandat|mandate|mandate reference|mandate id|mandatsref",
	FieldID:       "transaction id|transaktions id|id|bank reference|bankreferenz|umsatz id|fitid|transaction number|transaktionsnummer|unique id|entry reference|buchungsreferenz|transaction reference|transaction reference number|referenz bank",
	FieldKind:     "buchungstext|umsatztyp|umsatzart|vorgang|vorgang verwendungszweck|type|transaction type|buchungsart|category|textschluessel|art|transaktionstyp|transaction code",
	FieldStatus:   "info|status|state|buchungsstatus|transaction status",
	FieldOwn:      "auftragskonto|iban auftragskonto|bezeichnung auftragskonto iban|own account|konto|account|own iban|account iban|iban auftraggeberkonto",
}

// heading folds a column's heading: lower case, umlauts spelled out, everything but letters and digits a blank.
func heading(s string) string {
	s = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e").Replace(strings.ToLower(s))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), " ")
}

// vocabulary is headings turned round.
func vocabulary() map[string]Field {
	v := map[string]Field{}
	for _, f := range Fields {
		for _, w := range strings.Split(headings[f], "|") {
			if _, taken := v[w]; !taken {
				v[w] = f
			}
		}
	}
	return v
}

// Layout says what the columns of a table are.
type Layout struct {
	Header   int64           `json:"header"` // line of the headings; what stands before is not read; 0 = none
	Columns  map[Field][]int `json:"columns"`
	Comma    bool            `json:"comma"` // decimal comma where a value leaves it open
	Order    DayOrder        `json:"order"`
	Currency money.Currency  `json:"currency,omitempty"` // said by a heading: "Betrag (CHF)"
}

// DayOrder says how a day such as 03/04/2026 is read.
type DayOrder string

// The orders; a day that begins with its year is never in doubt.
const (
	DayMonth DayOrder = "dmy"
	MonthDay DayOrder = "mdy"
)

func (l *Layout) has(f Field) bool { return len(l.Columns[f]) > 0 }

// enough says whether bookings can be read by it.
func (l *Layout) enough() bool {
	return l.has(FieldDay) && (l.has(FieldAmount) || l.has(FieldCredit) || l.has(FieldDebit))
}

// inHeadings are the currencies that a heading may name: "Paid out" names none.
const inHeadings = " EUR CHF USD GBP CAD AUD NZD SEK NOK DKK PLN CZK HUF RON BGN JPY INR ZAR SGD HKD BRL MXN TRY ISK ILS AED "

// recognise reads headings; nil where they are none.
func recognise(words map[string]Field, line int64, cells []string) *Layout {
	l := &Layout{Header: line, Columns: map[Field][]int{}, Order: DayMonth}
	for i, c := range cells {
		h := heading(c)
		f, known := words[h]
		if !known {
			// "Betrag (EUR)", "Amount in CHF": the last word is a currency.
			if at := strings.LastIndexByte(h, ' '); at > 0 && len(h)-at == 4 {
				f, known = words[strings.TrimSuffix(h[:at], " in")]
				known = known && strings.Contains(inHeadings, " "+strings.ToUpper(h[at+1:])+" ") && (f == FieldAmount || f == FieldDebit || f == FieldCredit)
			}
		}
		if !known {
			continue
		}
		if f == FieldAmount || f == FieldDebit || f == FieldCredit {
			if at := strings.LastIndexByte(h, ' '); at > 0 && len(h)-at == 4 {
				if word := strings.ToUpper(h[at+1:]); strings.Contains(inHeadings, " "+word+" ") {
					l.Currency = money.Currency(word)
				}
			} else if strings.Contains(c, "€") {
				l.Currency = "EUR"
			}
		}
		if len(l.Columns[f]) > 0 && f != FieldText {
			continue // the first of a name is meant
		}
		l.Columns[f] = append(l.Columns[f], i)
	}
	if l.has(FieldValue) && !l.has(FieldDay) {
		l.Columns[FieldDay] = l.Columns[FieldValue]
		delete(l.Columns, FieldValue)
	}
	if !l.enough() {
		return nil
	}
	return l
}
