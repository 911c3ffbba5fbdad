// SPDX-License-Identifier: Apache-2.0

package common_test

import (
	"crypto/rand"
	"testing"

	"mainstay/kit/access/common"
)

func TestHas(t *testing.T) {
	for word, want := range map[string]bool{
		"1qaz2wsx3edc": true, "q1w2e3r4t5y6": true, "1Q2W3E4R5T6Y": true, // of twelve characters, in any case
		"basketball2024": true, "!!Basketball1": true, "sunshine1234": true, // shorter ones, padded
		"basketball-practice": false, "four unrelated lamps": false, "kettle orbit lantern moss": false, "": false, "1234": false,
	} {
		if got := common.Has(word); got != want {
			t.Errorf("%q: %v", word, got)
		}
	}
}

// Of random texts practically none is refused: one in 45,000 by accident, so of a hundred none or, once in
// a blue moon, one.
func TestHasLetsOthersPass(t *testing.T) {
	n := 0
	for range 100 {
		if common.Has(rand.Text()) {
			n++
		}
	}
	if n > 2 {
		t.Errorf("%d of 100 random texts are in the list", n)
	}
}
