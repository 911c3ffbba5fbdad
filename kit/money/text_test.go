// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"encoding/json"
	"testing"

	"mainstay/kit/money"
)

func TestDecimalInJSON(t *testing.T) {
	for _, s := range []string{"0", "9.95", "-0.000000001", "9223372036854775807"} {
		d, err := money.ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(d)
		if err != nil || string(b) != `"`+s+`"` {
			t.Errorf("%s: %s, %v", s, b, err)
		}
		var got money.Decimal
		if err := json.Unmarshal(b, &got); err != nil || got != d {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	var d money.Decimal
	if json.Unmarshal([]byte(`"1.2.3"`), &d) == nil || json.Unmarshal([]byte(`1.5`), &d) == nil {
		t.Error("nonsense and a float are read")
	}
}
