// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// Ledger writes the journal as hledger and ledger read it, also strictly: every account and currency is declared.
func Ledger(w io.Writer, entries []Entry, names Names) error {
	accounts, currencies := map[string]bool{}, map[money.Currency]bool{}
	for i := range entries {
		if err := entries[i].Check(); err != nil {
			return err
		}
		for _, p := range entries[i].Postings {
			accounts[ledgerAccount(names.account(p.Account))] = true
			currencies[p.Currency] = true
		}
	}
	b := bufio.NewWriter(w)
	for _, c := range slices.Sorted(maps.Keys(currencies)) {
		fmt.Fprintf(b, "commodity %s\n", c)
		if n := c.Digits(); n > 0 { // what the point is; the two disagree on how to say that there is none
			fmt.Fprintf(b, "    format 1000.%s %s\n", strings.Repeat("0", n), c)
		}
	}
	for _, a := range slices.Sorted(maps.Keys(accounts)) {
		fmt.Fprintf(b, "account %s\n", a)
	}
	for i := range entries {
		e := &entries[i]
		fmt.Fprintf(b, "\n%s *", e.Day)
		if ref := ledgerText(strings.Map(dropParentheses, e.Ref)); ref != "" {
			fmt.Fprintf(b, " (%s)", ref)
		}
		payee := ledgerText(e.Client)
		if payee == "" {
			payee = ledgerText(e.Kind)
		}
		fmt.Fprintf(b, " %s\n", payee)
		if t := ledgerText(e.Text); t != "" {
			fmt.Fprintf(b, "    ; %s\n", t)
		}
		for _, p := range e.Postings {
			fmt.Fprintf(b, "    %s  %s %s\n", ledgerAccount(names.account(p.Account)), money.FormatMinor(p.Minor, p.Currency.Digits()), p.Currency)
		}
	}
	return b.Flush()
}

func dropParentheses(r rune) rune {
	if r == '(' || r == ')' {
		return -1
	}
	return r
}

// ledgerText disarms what would begin a comment, a note or a directive within a description.
func ledgerText(s string) string {
	s = line(strings.Map(func(r rune) rune {
		switch r {
		case ';', '|', '#', '%', '~', '=', '@':
			return ' '
		}
		return r
	}, s), 200)
	return strings.TrimLeft(s, "*!( ")
}

// ledgerAccount keeps an account's name one: no two spaces, no empty part, nothing that makes it virtual.
func ledgerAccount(s string) string {
	s = line(strings.Map(func(r rune) rune {
		switch r {
		case ';', '(', ')', '[', ']', '<', '>', '|', '"':
			return '-'
		}
		return r
	}, s), 200)
	parts := strings.Split(s, ":")
	out := parts[:0]
	for _, p := range parts {
		if p = strings.Trim(p, "*!- "); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ":")
}

// roots are what beancount's accounts begin with.
var roots = []string{"Assets", "Liabilities", "Equity", "Income", "Expenses"}

// Beancount writes the journal as beancount reads it. Its accounts stand under five roots and have no blanks: an account under
// none of them must be named in names.
func Beancount(w io.Writer, entries []Entry, names Names) error {
	first := map[string]civil.Date{}
	for i := range entries {
		e := &entries[i]
		if err := e.Check(); err != nil {
			return err
		}
		for _, p := range e.Postings {
			a, err := beanAccount(names.account(p.Account))
			if err != nil {
				return err
			}
			if d, ok := first[a]; !ok || e.Day < d {
				first[a] = e.Day
			}
		}
	}
	b := bufio.NewWriter(w)
	for _, a := range slices.Sorted(maps.Keys(first)) {
		fmt.Fprintf(b, "%s open %s\n", first[a], a)
	}
	for i := range entries {
		e := &entries[i]
		fmt.Fprintf(b, "\n%s * %s %s\n", e.Day, quoted(e.Client), quoted(e.Text))
		if e.Ref != "" {
			fmt.Fprintf(b, "  ref: %s\n", quoted(e.Ref))
		}
		if e.Kind != "" {
			fmt.Fprintf(b, "  kind: %s\n", quoted(e.Kind))
		}
		for _, p := range e.Postings {
			a, _ := beanAccount(names.account(p.Account)) // as above
			fmt.Fprintf(b, "  %s  %s %s\n", a, money.FormatMinor(p.Minor, p.Currency.Digits()), p.Currency)
		}
	}
	return b.Flush()
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(line(s, 200)) + `"`
}

func beanAccount(s string) (string, error) {
	parts := strings.Split(s, ":")
	out := parts[:0:0]
	for _, p := range parts {
		p = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) || r == '-' {
				return r
			}
			return '-'
		}, strings.TrimSpace(p))
		p = strings.Trim(p, "-")
		if p == "" {
			continue
		}
		r := []rune(p)
		r[0] = unicode.ToUpper(r[0])
		if !unicode.IsUpper(r[0]) && !unicode.Is(unicode.Nd, r[0]) { // letters without case
			r = append([]rune{'X'}, r...)
		}
		out = append(out, string(r))
	}
	if len(out) < 2 || !slices.Contains(roots, out[0]) {
		return "", fault.NewInvalid("Beancount has no account %q: say under which of %s it stands.", s, strings.Join(roots, ", "))
	}
	return strings.Join(out, ":"), nil
}
