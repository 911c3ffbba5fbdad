// SPDX-License-Identifier: Apache-2.0

package bank

import "mainstay/kit/fault"

// Limits bounds what a file may ask of the machine. The zero value of each field means its default.
type Limits struct {
	Bytes   int64 // of the file, unpacked; default 64 MiB
	Lines   int   // bookings; default 200,000
	Members int   // statements in an archive; default 400
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	if l.Lines <= 0 {
		l.Lines = 200_000
	}
	if l.Members <= 0 {
		l.Members = 400
	}
	return l
}

// What is kept of one field.
const (
	maxText = 1000
	maxName = 200
	maxID   = 100
	maxDeep = 64 // elements within each other
)

func tooLarge(l Limits) error {
	return fault.NewInvalid("The bank's file holds more than %d MB. Take a shorter time.", (l.Bytes+1<<20-1)>>20)
}

func tooMany(l Limits) error {
	return fault.NewInvalid("The bank's file has more than %d bookings. Take a shorter time.", l.Lines)
}

func tooMuch(row int) error {
	return fault.NewInvalid("Line %d of the bank's file: the amounts come to more than can be reckoned with.", row)
}
