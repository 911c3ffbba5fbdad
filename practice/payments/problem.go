// SPDX-License-Identifier: Apache-2.0

package payments

import "mainstay/kit/locale"

// problem says, to the firm, why a reminder does not go out; "" where it does.
func (r *Reminder) problem(least int64) string {
	switch {
	case len(r.Docs) == 0:
		return locale.Key("On hold")
	case r.Email == "":
		return locale.Key("No e-mail address is known for invoices")
	case r.Total < least:
		return locale.Key("Less than is reminded of")
	}
	return ""
}
