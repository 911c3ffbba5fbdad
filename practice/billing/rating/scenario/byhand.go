// SPDX-License-Identifier: Apache-2.0

package scenario

import "mainstay/kit/fault"

func (s *Scenario) readAdjustment(n node) {
	n.fields("day", "line", "from", "amount")
	a := adjustment{day: n.get("day").mustDay(), line: n.get("line").must(), from: n.get("from").mustDay(), path: n.path}
	minor, err := n.get("amount").number().Round(s.Currency.Digits())
	if err != nil || minor <= 0 {
		n.get("amount").fail(fault.NewInvalid("%s must be above 0: what is given back.", n.get("amount").name()))
	}
	a.amount = minor
	s.hands = append(s.hands, a)
}
