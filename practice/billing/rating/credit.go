// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// Spread shares an amount among lines in the ratio of their weights, such as a discount in the ratio of the net amounts: each
// share in minor units, together exactly the amount. Weights have one sign; where all are 0 the first takes everything.
func Spread(amount int64, weights []int64) ([]int64, error) {
	if len(weights) == 0 {
		if amount == 0 {
			return nil, nil
		}
		return nil, fault.NewInvalid("There is no line that a discount could fall on.").On("discount")
	}
	var all money.Exact
	for i, w := range weights {
		if i > 0 && w != 0 && all.Sign() != 0 && (w > 0) != (all.Sign() > 0) {
			return nil, fault.NewInvalid("A discount is shared among charges or among credits, not among both.").On("discount")
		}
		all = all.Plus(money.Whole(w))
	}
	out := make([]int64, len(weights))
	if all.Sign() == 0 {
		out[0] = amount
		return out, nil
	}
	var sofar money.Exact
	given := int64(0)
	for i, w := range weights {
		sofar = sofar.Plus(money.Whole(w))
		upTo, err := money.Whole(amount).Times(sofar).Over(all).Round(0)
		if err != nil {
			return nil, tooLarge(err)
		}
		out[i], given = upTo-given, upTo
	}
	return out, nil
}

// Percent returns a percentage of an amount in minor units, rounded.
func Percent(minor int64, percent money.Decimal) (int64, error) {
	n, err := money.Whole(minor).Times(percent.Exact()).Times(money.Fraction(1, 100)).Round(0)
	if err != nil {
		return 0, tooLarge(err)
	}
	return n, nil
}

// Amount rounds unit × quantity × share to minor units: the amount of one line.
func Amount(unit, quantity money.Decimal, share money.Exact, digits int) (int64, error) {
	n, err := unit.Exact().Times(quantity.Exact()).Times(share).Round(digits)
	if err != nil {
		return 0, tooLarge(err)
	}
	return n, nil
}

// TrueUp returns what is missing, in minor units, from what was billed of an interval to its minimum (a commitment of several lines)
// for a share of it, and 0 where nothing is.
func TrueUp(minimum money.Decimal, share money.Exact, billed int64, digits int) (int64, error) {
	n, err := minimum.Exact().Times(share).Minus(money.Minor(billed, digits)).Round(digits)
	if err != nil {
		return 0, tooLarge(err)
	}
	return max(0, n), nil
}

// Refund splits a credit note on an invoice of total, of which paid was paid: what is refunded is at most what was paid beyond the
// part still owed; the rest lessens what is owed or stays to the client's credit. All amounts are 0 or more.
func Refund(total, paid, credited int64) (refund, credit int64) {
	owed := max(0, total-paid)
	refund = max(0, min(paid, credited-owed))
	return refund, credited - refund
}

// Settle takes what is due from a client's credit: what is still due, and the credit that is left.
func Settle(due, credit int64) (dueLeft, creditLeft int64) {
	used := max(0, min(due, credit))
	return due - used, credit - used
}
