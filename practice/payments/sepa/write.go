// SPDX-License-Identifier: Apache-2.0

package sepa

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"

	"mainstay/kit/money"
)

// block is the debits of one scheme and sequence.
type block struct {
	scheme   Scheme
	sequence Sequence
	debits   []Debit
	sum      int64
}

// blocks groups debits in a fixed order, keeping theirs within each block.
func (f *File) blocks() []block {
	var out []block
	for _, scheme := range []Scheme{Core, B2B} {
		for _, seq := range []Sequence{First, Recurring, Final, OneOff} {
			b := block{scheme: scheme, sequence: seq}
			for _, d := range f.Debits {
				if d.Mandate.Scheme == scheme && d.Sequence == seq {
					b.debits = append(b.debits, d)
					b.sum += d.Amount
				}
			}
			if len(b.debits) > 0 {
				out = append(out, b)
			}
		}
	}
	return out
}

// Blocks returns the PmtInfId of each block with its sum: what a bank names when it credits a collection.
func (f *File) Blocks() (names []string, sums []int64) {
	for i, b := range f.blocks() {
		names, sums = append(names, f.blockID(i)), append(sums, b.sum)
	}
	return names, sums
}

// BlockOf returns the PmtInfId of the block that holds the i-th debit.
func (f *File) BlockOf(i int) string {
	d := f.Debits[i]
	for k, b := range f.blocks() {
		if b.scheme == d.Mandate.Scheme && b.sequence == d.Sequence {
			return f.blockID(k)
		}
	}
	return f.ID
}

func (f *File) blockID(i int) string { return fmt.Sprintf("%s-%d", f.ID, i+1) }

// Write checks a file and writes it.
func Write(w io.Writer, f File) error {
	if err := f.Check(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	x := &writer{w: out, v: f.Version}
	x.file(f)
	if x.err != nil {
		return x.err
	}
	return out.Flush()
}

// writer writes elements; the first error ends it.
type writer struct {
	w   *bufio.Writer
	v   Version
	err error
}

func (x *writer) raw(s string) {
	if x.err == nil {
		_, x.err = x.w.WriteString(s)
	}
}

// leaf writes an element with a text.
func (x *writer) leaf(name, text string) {
	x.raw("<" + name + ">")
	if x.err == nil {
		x.err = xml.EscapeText(x.w, []byte(text))
	}
	x.raw("</" + name + ">\n")
}

// in writes an element with others.
func (x *writer) in(name string, fn func()) {
	x.raw("<" + name + ">\n")
	fn()
	x.raw("</" + name + ">\n")
}

func euro(n int64) string { return money.FormatMinor(n, 2) }

func (x *writer) file(f File) {
	blocks := f.blocks()
	var sum int64
	for _, b := range blocks {
		sum += b.sum
	}
	x.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:" + string(f.Version) + "\">\n")
	x.in("CstmrDrctDbtInitn", func() {
		x.in("GrpHdr", func() {
			x.leaf("MsgId", f.ID)
			x.leaf("CreDtTm", f.Created.Format("2006-01-02T15:04:05"))
			x.leaf("NbOfTxs", strconv.Itoa(len(f.Debits)))
			x.leaf("CtrlSum", euro(sum))
			x.in("InitgPty", func() { x.leaf("Nm", Latin(f.Creditor.Name, 70)) })
		})
		for i, b := range blocks {
			x.in("PmtInf", func() { x.block(f, i, b) })
		}
	})
	x.raw("</Document>\n")
}

func (x *writer) block(f File, i int, b block) {
	x.leaf("PmtInfId", f.blockID(i))
	x.leaf("PmtMtd", "DD")
	x.leaf("BtchBookg", "true")
	x.leaf("NbOfTxs", strconv.Itoa(len(b.debits)))
	x.leaf("CtrlSum", euro(b.sum))
	x.in("PmtTpInf", func() {
		x.in("SvcLvl", func() { x.leaf("Cd", "SEPA") })
		x.in("LclInstrm", func() { x.leaf("Cd", string(b.scheme)) })
		x.leaf("SeqTp", string(b.sequence))
	})
	x.leaf("ReqdColltnDt", f.Collect.String())
	x.in("Cdtr", func() { x.leaf("Nm", Latin(f.Creditor.Name, 70)) })
	x.account("CdtrAcct", f.Creditor.IBAN)
	x.agent("CdtrAgt", f.Creditor.BIC)
	x.leaf("ChrgBr", "SLEV")
	x.in("CdtrSchmeId", func() { x.scheme(f.Creditor.ID) })
	for _, d := range b.debits {
		x.in("DrctDbtTxInf", func() { x.debit(d) })
	}
}

func (x *writer) scheme(id string) {
	x.in("Id", func() {
		x.in("PrvtId", func() {
			x.in("Othr", func() {
				x.leaf("Id", id)
				x.in("SchmeNm", func() { x.leaf("Prtry", "SEPA") })
			})
		})
	})
}

func (x *writer) account(name, iban string) {
	x.in(name, func() { x.in("Id", func() { x.leaf("IBAN", iban) }) })
}

func (x *writer) agent(name, bic string) {
	x.in(name, func() {
		x.in("FinInstnId", func() {
			switch {
			case bic == "":
				x.in("Othr", func() { x.leaf("Id", "NOTPROVIDED") })
			case x.v == V02:
				x.leaf("BIC", bic)
			default:
				x.leaf("BICFI", bic)
			}
		})
	})
}

func (x *writer) debit(d Debit) {
	m := d.Mandate
	x.in("PmtId", func() { x.leaf("EndToEndId", d.EndToEnd) })
	x.raw("<InstdAmt Ccy=\"EUR\">" + euro(d.Amount) + "</InstdAmt>\n")
	x.in("DrctDbtTx", func() {
		x.in("MndtRltdInf", func() {
			x.leaf("MndtId", m.Reference)
			x.leaf("DtOfSgntr", m.Signed.String())
			if m.Was != "" && m.Was != m.IBAN {
				x.leaf("AmdmntInd", "true")
				x.in("AmdmntInfDtls", func() { x.account("OrgnlDbtrAcct", m.Was) })
			}
		})
	})
	x.agent("DbtrAgt", m.BIC)
	x.in("Dbtr", func() { x.leaf("Nm", Latin(m.Name, 70)) })
	x.account("DbtrAcct", m.IBAN)
	if text := Latin(d.Text, 140); text != "" {
		x.in("RmtInf", func() { x.leaf("Ustrd", text) })
	}
}
