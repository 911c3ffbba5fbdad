// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// camt reads BankToCustomer messages entry by entry. Elements are found by their local name: between the versions only the
// name space and some nestings differ.
type camt struct {
	d      *xml.Decoder
	limits Limits
	lines  *int // read so far, of all files of an archive
}

// Elements of an entry that are read. The slices are where banks repeat.
type (
	xmlParty struct { // from version .08 a party's name is within Pty
		Nm  string `xml:"Nm"`
		Pty struct {
			Nm string `xml:"Nm"`
		} `xml:"Pty"`
	}
	xmlAccount struct {
		IBAN string `xml:"Id>IBAN"`
		Othr string `xml:"Id>Othr>Id"`
		Ccy  string `xml:"Ccy"`
	}
	xmlAgent struct {
		BIC   string `xml:"FinInstnId>BIC"`
		BICFI string `xml:"FinInstnId>BICFI"`
	}
	xmlAmount struct {
		Value string `xml:",chardata"`
		Ccy   string `xml:"Ccy,attr"`
	}
	xmlDate struct {
		Dt   string `xml:"Dt"`
		DtTm string `xml:"DtTm"`
	}
	xmlStatus struct { // a word up to .07, a code within it from .08
		Text string `xml:",chardata"`
		Cd   string `xml:"Cd"`
	}
	xmlCode struct {
		Domain string `xml:"Domn>Cd"`
		Family string `xml:"Domn>Fmly>Cd"`
		Sub    string `xml:"Domn>Fmly>SubFmlyCd"`
		Own    string `xml:"Prtry>Cd"`
	}
	xmlRefs struct {
		Bank     string   `xml:"AcctSvcrRef"`
		EndToEnd string   `xml:"EndToEndId"`
		Mandate  string   `xml:"MndtId"`
		Bundle   string   `xml:"PmtInfId"`
		Message  string   `xml:"MsgId"`
		Tx       []string `xml:"TxId"`
	}
	xmlTx struct {
		Refs     xmlRefs    `xml:"Refs"`
		Amount   xmlAmount  `xml:"Amt"`               // from .04
		Within   xmlAmount  `xml:"AmtDtls>TxAmt>Amt"` // before
		Side     string     `xml:"CdtDbtInd"`
		Debtor   xmlParty   `xml:"RltdPties>Dbtr"`
		DebtorA  xmlAccount `xml:"RltdPties>DbtrAcct"`
		Credit   xmlParty   `xml:"RltdPties>Cdtr"`
		CreditA  xmlAccount `xml:"RltdPties>CdtrAcct"`
		Ultimate xmlParty   `xml:"RltdPties>UltmtDbtr"`
		DebtorB  xmlAgent   `xml:"RltdAgts>DbtrAgt"`
		CreditB  xmlAgent   `xml:"RltdAgts>CdtrAgt"`
		Text     []string   `xml:"RmtInf>Ustrd"`
		Ref      []string   `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
		More     []string   `xml:"RmtInf>Strd>AddtlRmtInf"`
		Info     string     `xml:"AddtlTxInf"`
		Return   *struct {
			Code string `xml:"Rsn>Cd"`
			Own  string `xml:"Rsn>Prtry"`
		} `xml:"RtrInf"`
	}
	xmlEntry struct {
		Ref      string    `xml:"NtryRef"`
		Amount   xmlAmount `xml:"Amt"`
		Side     string    `xml:"CdtDbtInd"`
		Reversal string    `xml:"RvslInd"`
		Status   xmlStatus `xml:"Sts"`
		Booked   xmlDate   `xml:"BookgDt"`
		Value    xmlDate   `xml:"ValDt"`
		Bank     string    `xml:"AcctSvcrRef"`
		Code     xmlCode   `xml:"BkTxCd"`
		Info     string    `xml:"AddtlNtryInf"`
		Details  []struct {
			Batch struct {
				Message string `xml:"MsgId"`
				Bundle  string `xml:"PmtInfId"`
			} `xml:"Btch"`
			Tx []xmlTx `xml:"TxDtls"`
		} `xml:"NtryDtls"`
	}
	xmlBalance struct {
		Code   string    `xml:"Tp>CdOrPrtry>Cd"`
		Amount xmlAmount `xml:"Amt"`
		Side   string    `xml:"CdtDbtInd"`
		Date   xmlDate   `xml:"Dt"`
	}
)

// readCamt reads all statements of one message.
func readCamt(r io.Reader, limits Limits, lines *int) ([]*Statement, error) {
	c := &camt{d: xml.NewDecoder(&counted{r: r, left: limits.Bytes, limits: limits}), limits: limits, lines: lines}
	c.d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "iso-8859-1", "iso-8859-15", "windows-1252", "latin1":
			return charmap.Windows1252.NewDecoder().Reader(in), nil
		case "us-ascii":
			return in, nil
		}
		return nil, fault.NewInvalid("The bank's file is written in %s. UTF-8 was expected.", cut(charset, 40))
	}
	var out []*Statement
	var deep int
	for {
		tok, err := c.d.Token()
		if errors.Is(err, io.EOF) {
			if len(out) == 0 {
				return nil, fault.NewInvalid("The XML file holds no bank statement. A file of the kind camt.052, camt.053 or camt.054 was expected.")
			}
			return out, nil
		}
		if err != nil {
			return nil, c.broken(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "Document", "BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn":
				if deep++; deep > maxDeep {
					return nil, c.deep()
				}
			case "Stmt", "Rpt", "Ntfctn":
				if len(out) >= limits.Members {
					return nil, fault.NewInvalid("The bank's file has more than %d statements. Take a shorter time.", limits.Members)
				}
				s, err := c.statement(t.Name.Local)
				if err != nil {
					return nil, err
				}
				out = append(out, s)
			default:
				if deep == 0 {
					return nil, fault.NewInvalid("The XML file begins with %q. A bank statement of the kind camt.052, camt.053 or camt.054 was expected.", cut(t.Name.Local, 40))
				}
				if err := c.skip(); err != nil {
					return nil, err
				}
			}
		case xml.Directive:
			return nil, fault.NewInvalid("Line %d of the bank's file has a document type. Bank statements have none; the file is not taken.", c.row())
		}
	}
}

func (c *camt) row() int { n, _ := c.d.InputPos(); return n }

func (c *camt) broken(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	return fault.NewInvalid("Line %d of the bank's file is no proper XML. The file may be cut off: take it from the bank again.", c.row()).Because(err)
}

func (c *camt) deep() error {
	return fault.NewInvalid("Line %d of the bank's file has more than %d elements within each other.", c.row(), maxDeep)
}

// skip passes over an element without keeping it, with a bound on nesting.
func (c *camt) skip() error {
	for deep := 1; deep > 0; {
		tok, err := c.d.Token()
		if err != nil {
			return c.broken(unexpected(err))
		}
		switch tok.(type) {
		case xml.StartElement:
			if deep++; deep > maxDeep {
				return c.deep()
			}
		case xml.EndElement:
			deep--
		}
	}
	return nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (c *camt) statement(end string) (*Statement, error) {
	s := &Statement{Format: "camt"}
	var previous *Balance
	for {
		tok, err := c.d.Token()
		if err != nil {
			return nil, c.broken(unexpected(err))
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "Acct":
				var a xmlAccount
				if err := c.take(&a, t); err != nil {
					return nil, err
				}
				if s.Account = account(a.IBAN); s.Account == "" {
					s.Account = account(a.Othr)
				}
				s.Currency = currency(a.Ccy)
			case "Bal":
				var b xmlBalance
				if err := c.take(&b, t); err != nil {
					return nil, err
				}
				bal, err := c.balance(b)
				if err != nil {
					return nil, err
				}
				if s.Currency == "" {
					s.Currency = currency(b.Amount.Ccy)
				}
				switch b.Code {
				case "OPBD":
					s.Opening = bal
				case "PRCD":
					previous = bal
				case "CLBD":
					s.Closing = bal
				}
			case "Ntry":
				if err := c.entry(s, t); err != nil {
					return nil, err
				}
			default:
				if err := c.skip(); err != nil {
					return nil, err
				}
			}
		case xml.EndElement:
			if t.Name.Local == end {
				if s.Opening == nil {
					s.Opening = previous
				}
				return s, s.finish()
			}
		}
	}
}

// take reads an element into v.
func (c *camt) take(v any, t xml.StartElement) error {
	if err := c.d.DecodeElement(v, &t); err != nil {
		return c.broken(unexpected(err))
	}
	return nil
}

func (c *camt) balance(b xmlBalance) (*Balance, error) {
	n, err := c.amount(b.Amount, b.Side, c.row())
	if err != nil {
		return nil, err
	}
	day, _ := b.Date.day()
	return &Balance{Day: day, Amount: n}, nil
}

func currency(s string) money.Currency {
	if s = strings.ToUpper(strings.TrimSpace(s)); len(s) != 3 {
		return ""
	}
	for i := range 3 {
		if s[i] < 'A' || s[i] > 'Z' {
			return ""
		}
	}
	return money.Currency(s)
}

// amount reads an amount and its side.
func (c *camt) amount(a xmlAmount, side string, row int) (int64, error) {
	cur := currency(a.Ccy)
	if cur == "" {
		return 0, fault.NewInvalid("Line %d of the bank's file: an amount has no currency.", row)
	}
	n, ok := plain(a.Value, cur.Digits())
	if !ok {
		return 0, fault.NewInvalid("Line %d of the bank's file: %q is no amount in %s.", row, cut(strings.TrimSpace(a.Value), 40), string(cur))
	}
	switch strings.TrimSpace(side) {
	case "CRDT":
		return n, nil
	case "DBIT":
		return -n, nil
	}
	return 0, fault.NewInvalid("Line %d of the bank's file: an amount of which it is not said whether it came in or went out.", row)
}

// day reads a date or the date of an instant, as the bank wrote it in its own zone.
func (d xmlDate) day() (civil.Date, bool) {
	s := strings.TrimSpace(d.Dt)
	if s == "" {
		s = strings.TrimSpace(d.DtTm)
	}
	if len(s) < 10 {
		return civil.NoDate, false
	}
	day, err := civil.Parse(s[:10])
	return day, err == nil
}

func (p xmlParty) name() string {
	if p.Nm != "" {
		return squeeze(p.Nm, maxName)
	}
	return squeeze(p.Pty.Nm, maxName)
}

func (a xmlAgent) bic() string {
	if a.BICFI != "" {
		return account(a.BICFI)
	}
	return account(a.BIC)
}

func (a xmlAccount) number() string {
	if n := account(a.IBAN); n != "" {
		return n
	}
	return account(a.Othr)
}
