// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"slices"
	"strings"
	"unicode"

	"mainstay/kit/money"
)

// headings are names of columns, in letters and digits only, by field; of several that are there the first is taken.
var headings = map[Field][]string{
	FieldClient: {
		"customername", "customer", "clientname", "client", "companyname", "company", "endcustomer", "endcustomername", "tenantname", "tenant", "accountname", "organizationname", "organisationname", "organization", "organisation",
		"customerdomainname", "kunde", "kundenname", "endkunde", "mandant", "firma",
	},
	FieldSKU: {
		"skuid", "sku", "vendorsku", "offerid", "productid", "productcode", "partnumber", "mpn", "itemcode", "articlenumber", "artikelnummer", "artikelnr", "artnr", "materialnummer",
	},
	FieldName: {
		"skuname", "offername", "productname", "product", "subscriptionname", "subscriptiondescription", "itemname", "item", "servicename", "service", "description", "lineitem", "bezeichnung", "produkt", "artikelbezeichnung", "artikel", "leistung",
	},
	FieldQuantity: {"billablequantity", "quantity", "qty", "seats", "licenses", "licences", "units", "usage", "consumption", "menge", "anzahl", "stueck", "stück"},
	FieldUnit:     {"effectiveunitprice", "unitprice", "unitcost", "costperunit", "priceperunit", "partnercost", "cost", "price", "einzelpreis", "stückpreis", "preis", "rate"},
	FieldAmount: {
		"subtotal", "extendedcost", "linetotal", "totalcost", "partnertotal", "netamount", "nettobetrag", "netto", "totalforcustomer", "total", "totalamount", "amount", "charge", "gesamtpreis", "gesamt", "betrag", "summe",
	},
	FieldStarts:   {"chargestartdate", "startdate", "periodstart", "billingstart", "servicestart", "billingperiodstart", "start", "from", "von", "beginn", "startdatum", "leistungvon"},
	FieldEnds:     {"chargeenddate", "enddate", "periodend", "billingend", "serviceend", "billingperiodend", "end", "to", "until", "bis", "ende", "enddatum", "leistungbis"},
	FieldCurrency: {"pricingcurrency", "billingcurrency", "currencycode", "currency", "währung", "waehrung"},
}

// plain is a column's name in small letters and digits only.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// guess says what the columns of a header mean by their names.
func guess(header []string) map[Field]int {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = plain(h)
	}
	out := map[Field]int{}
	for f, words := range headings {
		for _, w := range words {
			if i := slices.Index(names, w); i >= 0 {
				out[f] = i
				break
			}
		}
	}
	return out
}

// heads is how many rows the header is looked for in.
const heads = 30

// findHeader returns which of the first rows names the columns: the one that the mapping remembers, else the one of which most is
// understood, else the first with the most cells.
func findHeader(rows [][]string, known *Mapping) int {
	best, most := 0, -1
	for i, r := range rows {
		if known != nil && sameHeader(r, known.Header) {
			return i
		}
		n := 0
		for _, c := range r {
			if strings.TrimSpace(c) != "" {
				n++
			}
		}
		if n += 100 * len(guess(r)); n > most {
			best, most = i, n
		}
	}
	return best
}

func sameHeader(a, b []string) bool {
	return slices.EqualFunc(a, b, func(x, y string) bool { return plain(x) == plain(y) })
}

// suggest is the mapping of a header: the one that the vendor's last file had where it still fits, else by the columns' names.
func suggest(header []string, known *Mapping, currency money.Currency) *Mapping {
	if known != nil && sameHeader(header, known.Header) {
		return known
	}
	m := &Mapping{Header: header, Columns: guess(header), Currency: currency}
	if known != nil && known.Currency != "" {
		m.Currency = known.Currency
	}
	return m
}
