// SPDX-License-Identifier: Apache-2.0

package match

import (
	"slices"

	"mainstay/kit/ids"
)

// known uses that the payer has paid for a client before, with no invoice named.
func (f *finder) known() {
	who, code, score := f.client.iban, ByIBAN, 75
	if len(who) == 0 {
		who, code, score = f.client.name, ByName, 55
	}
	for _, client := range who {
		f.ofClient(client, code, score, len(who) == 1)
	}
}

func (f *finder) ofClient(client ids.ID, code Code, score int, alone bool) {
	of := f.mine(f.b.byClient[client])
	if len(of) == 0 {
		return
	}
	byAccount := code == ByIBAN && alone
	var equal []int
	sum := int64(0)
	for _, i := range of {
		if f.b.invoices[i].Open == f.l.Amount {
			equal = append(equal, i)
		}
		sum += f.b.invoices[i].Open
	}
	if len(equal) > 0 {
		for k, i := range equal[:min(len(equal), kept)] {
			m := Match{Score: score + 15 - k, Certain: byAccount && len(equal) == 1}
			m.because(code, "")
			m.because(Exact, "")
			if len(equal) > 1 {
				m.because(Several, "")
			}
			f.give(&m, []int{i})
			f.add(m)
		}
		return
	}
	m := Match{Score: score}
	m.because(code, "")
	switch set, ways := f.sets(of); {
	case sum == f.l.Amount:
		m.Score, m.Certain = score+10, byAccount && ways == 1
		m.because(AllOpen, "")
		f.give(&m, of)
	case ways > 0:
		m.Score = score + 5
		m.because(map[bool]Code{true: OneSum, false: SomeSum}[ways == 1], "")
		f.give(&m, set)
	case sum < f.l.Amount:
		m.Score = score - 25
		m.because(AllOpen, "")
		m.because(Over, "")
		f.give(&m, of)
	default:
		m.Score = score - 30
		m.because(Oldest, "")
		m.because(Part, "")
		f.give(&m, of)
	}
	f.add(m)
}

// searchable bounds the search for sums: with n invoices 2^n sets are looked at.
const searchable = 16

// sets finds which of a client's invoices together come to the amount: the set with the oldest invoices, and in how many
// ways it can be done, counted up to 2. With more invoices than can be searched only runs of the oldest are tried, and what is
// found then counts as one of several.
func (f *finder) sets(of []int) (best []int, ways int) {
	if len(of) > searchable {
		sum := int64(0)
		for k, i := range of {
			if sum += f.b.invoices[i].Open; sum == f.l.Amount {
				return of[:k+1], 2
			}
		}
		return nil, 0
	}
	// rest[k] is all that stands from k on: a branch that cannot come to the amount any more is left.
	rest := make([]int64, len(of)+1)
	for k := len(of) - 1; k >= 0; k-- {
		rest[k] = rest[k+1] + f.b.invoices[of[k]].Open
	}
	var taken []int
	var walk func(k int, left int64)
	walk = func(k int, left int64) {
		switch {
		case ways > 1 || left < 0 || left > rest[k]:
			return
		case left == 0:
			if ways++; ways == 1 {
				best = slices.Clone(taken)
			}
			return
		case k == len(of):
			return
		}
		taken = append(taken, of[k])
		walk(k+1, left-f.b.invoices[of[k]].Open)
		taken = taken[:len(taken)-1]
		walk(k+1, left)
	}
	walk(0, f.l.Amount)
	return best, ways
}

// amount is the last resort: one open invoice alone has exactly this amount.
func (f *finder) amount() {
	if len(f.out) > 0 {
		return
	}
	only := -1
	for i, v := range f.b.invoices {
		if v.Open == f.l.Amount && v.Currency == f.l.Currency {
			if only >= 0 {
				return
			}
			only = i
		}
	}
	if only < 0 {
		return
	}
	m := Match{Score: 35}
	m.because(Exact, "")
	m.because(OnlyAmount, "")
	f.give(&m, []int{only})
	f.who(&m)
	f.add(m)
}
