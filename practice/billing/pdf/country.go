// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// country writes a country as mail abroad asks for it: its name in English, in capitals (UPU).
func country(code string) string {
	r, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return upper(display.English.Regions().Name(r))
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
