// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mainstay/practice/books"
)

// Headers in the manner of the spending lists that public bodies publish. The letter before each
// name is what the column is: c client, p provider, d day, a amount, t text, i item, n number, x nothing
// of ours (words), X (a code), $ another amount.
var bodyHeaders = []string{
	"cDepartment Family|xEntity Type|dDate|iExpense Type|xExpense Area|pSupplier|nTransaction Number|aAmount",
	"xDepartment Family|cEntity|dDate|iExpense Type|xExpense Area|pSupplier|nTransaction Number|aAmount|tDescription|xSupplier Postcode",
	"xDepartment family|cEntity|dPayment Date|iExpense type|xExpense area|pSupplier|nTransaction number|aAP Amount (£)|XVAT Registration Number|tPurpose|XPurchase Invoice Number",
	"xDepartment Family|cEntity|dDate of Payment|iExpense Type|xExpense Area|pSupplier Name|nTransaction No|aAmount (£)|tNarrative",
	"cBody Name|xBody|xService Label|xOrganisational Unit|iExpenditure Category|XExpenditure Code|dPayment Date|nTransNo|aAmount|xCapital/Revenue|pSupplier Name|XSupplier ID|xRedacted",
	"cBody Name|dDate|nTransaction Number|aNet Amount|$VAT Amount|pSupplier Name|tPurpose of Expenditure|xDirectorate",
	"dDate|pBeneficiary|aAmount|tSummary of the purpose of the expenditure|xDepartment",
	"cOrganisation Name|xDirectorate|dDate Paid|pSupplier|aAmount excl VAT|tDescription|iMerchant Category|XCost Centre",
	"xDirectorate|xService Area|iExpense Type|dPayment Date|pSupplier Name|aNet Amount (£)|nTransaction Reference",
	"dTransaction Date|pMerchant Name|iMerchant Category|aTransaction Amount|tTransaction Description",
	"pVendor Name|dPosting Date|nDocument Number|aAmount in Sterling|tText|XCost Centre|XGL Account",
	"pVendor|dClearing Date|nDocument No|aValue|tPurpose|xService",
	"pPayee|dCheque Date|aPayment Amount|nPayment Reference|tDetails",
	"pSupplier|dInvoice Date|nInvoice Number|aInvoice Amount|tInvoice Description|XPO Number",
	"pSupplier name|dPaid Date|aAmount Paid|iSubjective Description|XSubjective Code|xCost Centre Description",
	"cCouncil Name|dPayment Date|aTotal|pSupplier|iProclass|tDescription",
	"cAuthority|dMonth|aSpend|pSupplier Name|iCategory",
	"cLocal Authority|dDate|pCreditor Name|aAmount £|tDescription|XCreditor Number",
	"xService|dDate|pCreditor|aNet|$VAT|$Gross|nInvoice No",
	"pSUPPLIER NAME|dPAYMENT DATE|aAMOUNT (EXCLUDING VAT)|tDESCRIPTION|xSERVICE AREA",
	"xDept|dPeriod|pSupplier|aSum of Amount|iAccount Description",
	"cTrust Name|dPayment Date|pSupplier|aAP Amount|iExpense Type|nInvoice Number",
	"cNHS Trust|dDate|pSupplier|aAmount|iExpense Type|xExpense Area|nTransaction number|XSupplier VAT Number",
	"xDepartmentFamily|cEntity|dDate|iExpenseType|xExpenseArea|pSupplier|nTransactionNumber|aAmount|tItemText",
	"xdepartment_family|centity|ddate|iexpense_type|xexpense_area|psupplier|ntransaction_number|aamount|xpostcode|xcontract_number",
	"xService Area Categorisation|xResponsible Unit|iExpenses Type|dDate|nTransaction Number|aAmount £|pSupplier Name|XSupplier Number",
	"pTrading Name|dDate Paid|aNet Value|tItem Description|XAccount Code",
	"pName of Supplier|dDate of Transaction|aTransaction Value|iType of Expenditure",
	"pSupplier/Beneficiary Name|dDate of Expenditure|aActual Value|tDescription of Expenditure",
	"cEntity Name|dEffective Date|pSupplier Name|aLine Amount|$Invoice Total|tLine Description|nVoucher Number",
	"pSupplier|dGL Date|aGL Amount|nVoucher No|iNominal Description|XNominal Code",
	"dDate Posted|pPaid To|aCost|tReason",
	"dAccounting Date|pThird Party Name|aExpenditure|iCost Type",
	"pRecipient|dDate|aValue (£)|tPurpose of spend",
	"xMinistry|cPublic Body|dPayment Date|pContractor|aAmount (GBP)|tSpend Description",
	"pSupplier Name|dPayment Run Date|aPaid Amount|XSupplier Ref|nUnique Transaction Number|xProcurement Category",
	"cBuying Organisation|pSupplier Organisation|dInvoice Month|aTotal Spend|iProduct",
	"cCustomer Name|pSupplier Name|dMonth|aTotal Charge (Ex VAT)|iProduct / Service Description|xLot",
	"xUnit|xSubUnit|dDate|pSupplier|aAmount Net|tDetail|xIrrecoverable VAT",
	"xFund|dTrans Date|pVendor Name|nTran No|aDebit|tTransaction Narrative",
	"XRow|dDate|XCompany Code|pSupplier Name|tLine Narrative|aNet Amount GBP",
	"pMerchant|dDate of transaction|aTransaction Amount (£)|iExpense Category|xCardholder Department",
	"cOrganisational Unit|dPayment Date|iDetailed Expenditure Type|pSupplier|aLine Value|nPayment Number",
	"xService Division Label|dDate|nReference Number|aAmount Excluding VAT|pSupplier Name|xSupplier Type",
	"xCIPFA Service Area|iCIPFA Detailed Expenditure Type|dDate|nTransaction No.|aAmount|pSupplier Name",
}

// realHeaders are column names as public bodies write them.
func realHeaders(t testing.TB) (out []string) {
	raw, err := os.ReadFile("testdata/body-headers.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimRight(line, "\n"); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// bodyValue invents the value in row i of a column of the kind.
func bodyValue(kind byte, i int) string {
	switch kind {
	case 'd', 'D':
		return fmt.Sprintf("%02d/%02d/2024", i%28+1, i%12+1)
	case 'M':
		return []string{"April 2024", "May 2024"}[i%2]
	case 'a', '$':
		return fmt.Sprintf("%d,%03d.%02d", i+25, i*37%1000, i*13%100)
	case 'n':
		return fmt.Sprintf("51%05d", i*17)
	case 'X':
		return fmt.Sprintf("%d", 4000+i%3)
	case 'p':
		return []string{"Example IT Ltd", "Other Supplier Plc", "Third & Co"}[i%3]
	case 'c':
		return []string{"Example Agency", "Example Office"}[i%2]
	}
	return []string{"Digital services", "Estates", "ICT hardware", "Support"}[i%4]
}

// bodyColumns says which columns are not read as the letters before the names say.
func bodyColumns(names []string, shift int, rec *books.Recognition) (wrong []string) {
	if rec.Mapping.Kind != books.KindLines {
		return []string{"it is taken for " + string(rec.Mapping.Kind)}
	}
	want := map[byte]books.Field{'c': books.FieldClient, 'p': books.FieldProvider, 'd': books.FieldDate, 'a': books.FieldAmount, 't': books.FieldText, 'i': books.FieldItem, 'n': books.FieldDoc}
	instead := map[books.Field][]books.Field{
		// A list without a description has its text in the item, and the other way round; the only amount may be called a total.
		books.FieldItem: {books.FieldText}, books.FieldText: {books.FieldItem}, books.FieldAmount: {books.FieldTotal, books.FieldGross},
	}
	for c, n := range names {
		f, ours := want[n[0]]
		if !ours {
			continue
		}
		got, ok := rec.Mapping.Columns[f]
		for _, other := range instead[f] {
			if !ok {
				got, ok = rec.Mapping.Columns[other]
			}
		}
		if !ok || got != c+shift {
			name := "nothing"
			if ok {
				name = rec.Mapping.Header[got]
			}
			wrong = append(wrong, fmt.Sprintf("the %s is read from %s, expected %s", f, name, n[1:]))
		}
	}
	return wrong
}

func TestPublicBodies(t *testing.T) {
	for i, h := range append(slices.Clone(bodyHeaders), realHeaders(t)...) {
		for lead := range 3 { // as it is, below a title, below a title and shifted
			names := strings.Split(h, "|")
			rows := [][]string{}
			shift := 0
			if lead > 0 {
				rows = append(rows, []string{"Spend over £25,000: March 2024"}, []string{})
			}
			if lead == 2 {
				shift = 1
			}
			head := make([]string, shift)
			for _, n := range names {
				head = append(head, n[1:])
			}
			rows = append(rows, head)
			for k := range 30 {
				row := make([]string, shift)
				for _, n := range names {
					row = append(row, bodyValue(n[0], k))
				}
				rows = append(rows, row)
			}
			rec, err := books.Recognise(rows, ',')
			if err != nil {
				t.Errorf("%d (%s): %v", i, h, err)
				continue
			}
			if wrong := bodyColumns(names, shift, rec); wrong != nil {
				t.Errorf("%d (%s): %s", i, h, strings.Join(wrong, "; "))
			}
		}
	}
}

// A header over two rows: the words of each name are cut at a blank, and the first part stands above the rest. Two of
// the headers cannot be told apart from one row that makes sense by itself.
func TestHeadersOfTwoRows(t *testing.T) {
	tried, failed := 0, 0
	for i, h := range realHeaders(t) {
		names := strings.Split(h, "|")
		upper, lower := make([]string, len(names)), make([]string, len(names))
		cuts := 0
		for c, n := range names {
			a, b, two := strings.Cut(n[1:], " ")
			if lower[c] = n[1:]; two && strings.TrimSpace(b) != "" {
				upper[c], lower[c] = a, b
				cuts++
			}
		}
		if cuts < 2 {
			continue
		}
		rows := [][]string{{"Payments, March 2024"}, upper, lower}
		for k := range 30 {
			var row []string
			for _, n := range names {
				row = append(row, bodyValue(n[0], k))
			}
			rows = append(rows, row)
		}
		rec, err := books.Recognise(rows, ',')
		if err != nil {
			t.Errorf("%d (%s): %v", i, h, err)
			continue
		}
		tried++
		if wrong := bodyColumns(names, 0, rec); wrong != nil {
			failed++
			t.Logf("%d (%s): %s", i, h, strings.Join(wrong, "; "))
		}
	}
	if tried < 200 || failed > 2 {
		t.Errorf("%d of %d headers over two rows are read wrong", failed, tried)
	}
}
