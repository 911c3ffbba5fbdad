// SPDX-License-Identifier: Apache-2.0

package recurring

import "testing"

func TestPeriods(t *testing.T) {
	for text, want := range map[string]int{
		"Charges 01/03/14 - 31/03/14": 1, "13/03/14 - 12/06/14": 3, "from 01.01.2024 bis 31.12.2024": 12, "1st April 2024 to 31st March 2025": 12, "2024-02-01 to 2024-02-29": 1,
		"January 2024 to 31st March 2024": 3, "Nov 2023 - Jan 2024": 3, "April May": 2, "Oct to March 2024": 6, "04/05/2014 to 03/06/2014": 1, "janvier 2024 au mars 2024": 3,
		"05/08/2024 to 09/08/2024": 0, "week ending 27/04/2014": 0, "March 2024": 0, "may be used in june": 0, "market 2024 share 2025": 0, "99/99/2024 - 01/01/2024": 0, "01/02/2024 - 31/01/2099": 0, "31/03/2024 - 01/03/2024": 0,
	} {
		if got := period(split(text, nil)); got != want {
			t.Errorf("%q names %d months, want %d", text, got, want)
		}
	}
}

func TestMistyped(t *testing.T) {
	for w, want := range map[string]string{"lisence": "", "licnece": "licence", "hostng": "hosting", "hostting": "hosting", "viirtual": "virtual", "virutal": "virtual", "manage": "", "hasting": "", "leading": "", "contact": "", "routes": "", "posting": ""} { //nolint:misspell // mistyped on purpose
		if got := meant(w); got != want {
			t.Errorf("%q is read as %q, want %q", w, got, want)
		}
	}
}
