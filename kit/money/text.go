// SPDX-License-Identifier: Apache-2.0

package money

// MarshalText writes a decimal as [Decimal.String] does, so that in JSON it is a string and no program reads it as a float.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [ParseDecimal] reads.
func (d *Decimal) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDecimal(string(b))
	return err
}
