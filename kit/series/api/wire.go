// SPDX-License-Identifier: Apache-2.0

package api

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/kit/fault"
)

// field is one field of a protobuf message. Messages are walked field by field, without building the tree of objects that
// a small hostile body would blow up to gigabytes.
type field struct {
	num   protowire.Number
	typ   protowire.Type
	bytes []byte // of a bytes field
	n     uint64 // of every other one
}

func broken() error { return fault.NewInvalid("The body is not the message that it should be.") }

// fields calls fn with every field of a message in turn.
func fields(b []byte, fn func(field) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return broken()
		}
		b = b[n:]
		f := field{num: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			f.n, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			f.n, n = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.n = uint64(v)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		default: // groups are in none of these messages
			return broken()
		}
		if n < 0 {
			return broken()
		}
		b = b[n:]
		if err := fn(f); err != nil {
			return err
		}
	}
	return nil
}

// float is the field's value as a double.
func (f field) float() float64 { return math.Float64frombits(f.n) }

// whole is the field's value as an int64.
func (f field) whole() int64 { return int64(f.n) }

// message reports whether the field is the message, text or packed list number num.
func (f field) message(num protowire.Number) bool {
	return f.num == num && f.typ == protowire.BytesType
}
