// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// The writer by hand and encoding/json agree on every value, each field filled or not.
func TestCanonicalIsWhatReflectionSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v Invoice
		fill(t, reflect.ValueOf(&v).Elem())
		got, err := v.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		want, err := v.reflected()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("written\n%s\nwant\n%s", got, want)
		}
		if !json.Valid(got) {
			t.Fatalf("not JSON: %s", got)
		}
		if w, err := Parse(got); err != nil {
			t.Fatalf("%v\n%s", err, got)
		} else if again, _ := w.Canonical(); !bytes.Equal(again, got) {
			t.Fatalf("read back\n%s\nwant\n%s", again, got)
		}
	})
}

// fill draws a value for every field that there is, so that a new one cannot be forgotten.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case civil.Date:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]civil.Date{civil.NoDate, 0, 1, 20_000, 20_031}).Draw(t, "day")))
		return
	case ids.ID:
		v.Set(reflect.ValueOf(ids.ID(rapid.SampledFrom([]int64{0, 1, 1 << 50}).Draw(t, "id"))))
		return
	case money.Decimal:
		v.Set(reflect.ValueOf(money.Decimal{Coef: rapid.Int64Range(-1e15, 1e15).Draw(t, "coef"), Scale: uint8(rapid.IntRange(0, 9).Draw(t, "scale"))}))
		return
	case rating.Period:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]rating.Period{{}, {From: 20_000, To: 20_031}}).Draw(t, "period")))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "length")
		if n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range n {
			fill(t, v.Index(i))
		}
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.Just(""), rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("a<>&\"\\\n\t\u2028\u2029\x7f\x00é€")))).Draw(t, "text"))
	case reflect.Int64:
		v.SetInt(rapid.SampledFrom([]int64{0, 1, -1, 123456}).Draw(t, "number"))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.IntRange(0, 1).Draw(t, "flag")))
	default:
		t.Fatalf("no value is drawn for a %s", v.Type())
	}
}
