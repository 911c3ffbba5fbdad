// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"mainstay/kit/fault"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
)

func text(name, data string) *tabular.File {
	return tabular.New(name, strings.NewReader(data), int64(len(data)), tabular.Options{})
}

func ledgerOf(t interface{ Fatal(...any) }, opt books.Options, files ...string) *books.Ledger {
	b := books.NewBuilder()
	for i, data := range files {
		if _, err := books.ReadInto(context.Background(), b, text(fmt.Sprintf("%c.csv", 'a'+i), data), opt); err != nil {
			t.Fatal(err)
		}
	}
	return b.Ledger()
}

const head = "Invoice Number,Customer,Invoice Date,Description,Amount\n"

// The order of days is decided by the whole column, however late the value that decides it.
func TestLateDecisions(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	for i := range 5000 {
		fmt.Fprintf(&b, "%d,Acme,%02d/%02d/2024,Support,\"1,%03d\"\n", i, i%12+1, i%11+1, i%1000)
	}
	b.WriteString("5000,Acme,03/31/2024,Support,\"1,5\"\n")
	rep, err := books.Preview(context.Background(), text("a.csv", b.String()), books.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rep.Tables[0]
	// Month first by the last row; 1,5 has a decimal comma, hence 1,003 is 1.003.
	if got := r.Sample[2].Cells; got["date"] != "2024-03-03" || got["amount"] != "1.00" {
		t.Errorf("%v", got)
	}
	if got := r.Sample[0].Cells["date"]; got != "2024-01-01" {
		t.Errorf("%v", got)
	}
	if got := r.Sample[1].Cells["date"]; got != "2024-02-02" {
		t.Errorf("%v", got)
	}
	if got := r.Sample[11].Cells["date"]; got != "2024-12-01" {
		t.Errorf("%v", got)
	}
}

func TestAmbiguousDaysAreNoted(t *testing.T) {
	data := head + "1,Acme,03/04/2024,Support,10.00\n2,Acme,05/06/2024,Support,10.00\n"
	for _, first := range []bool{false, true} {
		rep, err := books.Preview(context.Background(), text("a.csv", data), books.Options{MonthFirst: first})
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{false: "2024-04-03", true: "2024-03-04"}[first]
		if got := rep.Tables[0].Sample[0].Cells["date"]; got != want || codes(&rep.Tables[0]) != books.NoteDayOrder {
			t.Errorf("%s with %s", got, codes(&rep.Tables[0]))
		}
	}
	monthly := head + "1,Acme,01/02/2024,Support,10.00\n2,Acme,01/03/2024,Support,10.00\n3,Acme,01/04/2024,Support,10.00\n"
	rep, _ := books.Preview(context.Background(), text("a.csv", monthly), books.Options{MonthFirst: true})
	if r := rep.Tables[0]; r.Sample[0].Cells["date"] != "2024-02-01" || codes(&r) != "" {
		t.Errorf("a list of months: %v %s", r.Sample[0], codes(&r))
	}
}

func TestThousandsOnly(t *testing.T) {
	for amount, want := range map[string]int64{"1.234": 123400, `"1,234"`: 123400} {
		l := ledgerOf(t, books.Options{}, head+"1,Acme,2024-01-31,Support,"+amount+"\n2,Acme,2024-02-29,Support,950\n")
		if got := l.Lines[0].Minor; got != want || len(l.Notes) != 1 || l.Notes[0].Code != books.NoteDecimal {
			t.Errorf("%s is read as %d, %+v", amount, got, l.Notes)
		}
	}
}

func TestBadRowsRefuseTheFile(t *testing.T) {
	data := head + "1,Acme,2024-01-31,Support,10.00\n2,Acme,yesterday,Support,10.00\n3,Acme,2024-02-28,Support,ten\n4,Acme,,Support,5.00\n"
	b := books.NewBuilder()
	rep, err := books.ReadInto(context.Background(), b, text("a.csv", data), books.Options{})
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("no fault: %v", err)
	}
	for _, want := range []string{"3 rows", `line 3, column Invoice Date: "yesterday", expected a date`, `line 4, column Amount: "ten", expected a number`, "line 5, column Invoice Date: empty"} {
		if !strings.Contains(fault.TextOf(err), want) {
			t.Errorf("%q is missing in: %s", want, fault.TextOf(err))
		}
	}
	if l := b.Ledger(); len(l.Lines) != 0 || len(l.Sources) != 0 || len(l.Clients) != 1 || len(l.Notes) != 0 {
		t.Errorf("half imported: %+v", l)
	}
	if rep.Tables[0].Bad != 3 {
		t.Errorf("%d bad rows", rep.Tables[0].Bad)
	}
	b = books.NewBuilder()
	if rep, err = books.ReadInto(context.Background(), b, text("a.csv", data), books.Options{LeaveBadRows: true}); err != nil || codes(&rep.Tables[0]) != books.NoteBadRows || len(b.Ledger().Lines) != 1 {
		t.Errorf("%v, %+v", err, rep.Tables[0])
	}
	if rep, err = books.Preview(context.Background(), text("a.csv", data), books.Options{}); err != nil || len(rep.Tables[0].Problems) != 3 {
		t.Errorf("a preview shows problems: %v", err)
	}
}

func TestUnknownTables(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"no header": {"1,2,3\n4,5,6\n", "No row with column names"},
		"no amount": {"Customer,Invoice Date,Description\nAcme,2024-01-01,x\n", "amount"},
		"prose":     {"Dear all,\nhere is the list\n", "column names"},
	} {
		_, err := books.Preview(context.Background(), text("a.csv", c.data), books.Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.TextOf(err), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRememberedMapping(t *testing.T) {
	data := "Whom,When,What,Worth\nAcme,2024-01-31,Support,10.00\n"
	if _, err := books.Preview(context.Background(), text("a.csv", data), books.Options{}); err == nil {
		t.Fatal("the header was recognised")
	}
	header := []string{"Whom", "When", "What", "Worth"}
	m := &books.Mapping{Kind: books.KindLines, Header: header, Columns: map[books.Field]int{books.FieldClient: 0, books.FieldDate: 1, books.FieldText: 2, books.FieldAmount: 3}}
	rep, err := books.Preview(context.Background(), text("a.csv", "Title\n\n"+data), books.Options{Mappings: map[string]*books.Mapping{books.Signature(header, ','): m}})
	if err != nil || rep.Tables[0].Rows != 1 || !rep.Tables[0].Remembered {
		t.Errorf("%v %+v", err, rep)
	}
}

func TestTaxIncluded(t *testing.T) {
	data := "Invoice Number,Customer,Invoice Date,Description,Quantity,Unit Amount,Tax Amount,Total\n" +
		"1,Acme,2024-01-31,a,1,120.00,20.00,180.00\n1,Acme,2024-01-31,b,1,60.00,10.00,180.00\n2,Acme,2024-02-28,c,1,12.00,2.00,12.00\n"
	l := ledgerOf(t, books.Options{}, data)
	var sum int64
	for _, x := range l.Lines {
		sum += x.Minor
	}
	if sum != 16000 {
		t.Errorf("net is %d", sum)
	}
}

func TestOverlappingFiles(t *testing.T) {
	a := head + "1,Acme,2024-01-31,Support,10.00\n1,Acme,2024-01-31,Support,10.00\n2,Acme,2024-02-28,Support,20.00\n"
	b := head + "2,ACME,2024-02-28,Support,20.00\n3,Acme,2024-03-31,Support,30.00\n"
	l := ledgerOf(t, books.Options{}, a, strings.ReplaceAll(b, "ACME", "Acme"))
	if len(l.Lines) != 4 { // twice the first, which its file has twice
		t.Errorf("%+v", l.Lines)
	}
	if len(l.Notes) != 1 || l.Notes[0] != (books.Note{Code: "overlap-lines", Rows: 1, Minor: 2000}) {
		t.Errorf("%+v", l.Notes)
	}
}

var ledgerCompare = cmp.Options{cmpopts.IgnoreTypes(books.Row{}), cmpopts.IgnoreFields(books.Ledger{}, "Sources")}

// Neither the order of rows nor that of files, nor reading a file twice, changes a ledger.
func TestOrderIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"Acme Ltd", "ACME", "Borealis Law", "Müller GmbH", ""}
		texts := []string{"Support January 2024", "support february 2024", "Repair", "12 months backup", "24 months backup"}
		row := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%d,%s,2024-%02d-%02d,%s,%d.%02d\n", rapid.IntRange(1, 9).Draw(t, "doc"), rapid.SampledFrom(names).Draw(t, "name"),
				rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 3).Draw(t, "day"), rapid.SampledFrom(texts).Draw(t, "text"), rapid.IntRange(-5, 5).Draw(t, "units"), rapid.IntRange(0, 99).Draw(t, "cents"))
		})
		one, two := rapid.SliceOfN(row, 1, 20).Draw(t, "one"), rapid.SliceOfN(row, 1, 20).Draw(t, "two")
		want := ledgerOf(t, books.Options{}, head+strings.Join(one, ""), head+strings.Join(two, ""))
		shuffled := rapid.Permutation(one).Draw(t, "shuffled")
		got := ledgerOf(t, books.Options{}, head+strings.Join(two, ""), head+strings.Join(shuffled, ""))
		if d := cmp.Diff(want, got, ledgerCompare); d != "" {
			t.Fatal(d)
		}
		again := ledgerOf(t, books.Options{}, head+strings.Join(one, ""), head+strings.Join(two, ""), head+strings.Join(shuffled, ""))
		again.Notes, want.Notes = nil, nil // that it was there twice is noted
		if d := cmp.Diff(want, again, ledgerCompare); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(head+"1,Acme,2024-01-31,Support,10.00\n"), false)
	f.Add([]byte("Ticket Number,Subject,Date Opened,Status\n1,x,2024-01-01 10:00,Open\n1,x,1/2/2024,Closed\n"), true)
	f.Add([]byte(",Date,Transaction Type,Num,Memo,Amount\nAcme,,,,,\n,1/2/2024,Invoice,1,x,5\nTotal for Acme,,,,,5\n"), false)
	f.Add([]byte("Date,Client,Task,Hours,User\n2024-01-01,Acme,Support,1:30,Tom\n"), true)
	f.Fuzz(func(t *testing.T, data []byte, leave bool) {
		b := books.NewBuilder()
		file := tabular.New("f", bytes.NewReader(data), int64(len(data)), tabular.Options{Limits: tabular.Limits{Bytes: 1 << 20, Cell: 1 << 12, Row: 1 << 14}})
		rep, err := books.ReadInto(context.Background(), b, file, books.Options{LeaveBadRows: leave})
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatal(err)
		}
		l := b.Ledger()
		if err != nil && len(l.Lines)+len(l.Tickets)+len(l.Hours) > 0 {
			t.Fatal("half imported")
		}
		if err == nil && rep.Rows() < len(l.Lines)+len(l.Tickets)+len(l.Hours) {
			t.Fatal("more rows than were read")
		}
	})
}
