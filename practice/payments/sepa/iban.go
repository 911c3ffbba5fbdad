// SPDX-License-Identifier: Apache-2.0

package sepa

import (
	"strings"

	"mainstay/kit/fault"
)

// lengths of an IBAN by country, from the registry that SWIFT keeps (ISO 13616).
const lengths = " AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 "

// IBAN checks an account number and returns it without blanks, in upper case.
func IBAN(s string) (string, error) {
	s = compact(s)
	if len(s) < 15 || len(s) > 34 || !alnum(s) {
		return "", fault.NewInvalid("This is no IBAN.").On("iban")
	}
	i := strings.Index(lengths, " "+s[:2])
	if i < 0 || !letters(s[:2]) {
		return "", fault.NewInvalid("An IBAN cannot begin with %s.", s[:2]).On("iban")
	}
	if want := int(lengths[i+3]-'0')*10 + int(lengths[i+4]-'0'); len(s) != want {
		return "", fault.NewInvalid("An IBAN of %s has %d characters; this one has %d.", s[:2], want, len(s)).On("iban")
	}
	if s[2:4] == "00" || s[2:4] == "01" || s[2:4] == "99" || mod97(s[4:]+s[:4]) != 1 {
		return "", fault.NewInvalid("The check digits of the IBAN are not right. Please look for a typing error.").On("iban")
	}
	return s, nil
}

// BIC checks a bank's identifier (ISO 9362) and returns it in upper case.
func BIC(s string) (string, error) {
	s = compact(s)
	if (len(s) != 8 && len(s) != 11) || !alnum(s) || !letters(s[4:6]) {
		return "", fault.NewInvalid("This is no BIC. It has 8 or 11 letters and digits, such as COBADEFFXXX.").On("bic")
	}
	return s, nil
}

// CreditorID checks a creditor identifier (EPC262-08): country, check digits, business code, national number. The business
// code takes no part in the check.
func CreditorID(s string) (string, error) {
	s = compact(s)
	if len(s) < 8 || len(s) > 35 || !alnum(s) || !letters(s[:2]) || mod97(s[7:]+s[:4]) != 1 {
		return "", fault.NewInvalid("This is no creditor identifier. It looks like DE98ZZZ09999999999; please look for a typing error.").On("creditor_id")
	}
	return s, nil
}

func compact(s string) string {
	return strings.ToUpper(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == 0xa0 || r == '-' || r == 0x202f }), ""))
}

func alnum(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'A' || s[i] > 'Z') {
			return false
		}
	}
	return true
}

func letters(s string) bool {
	return alnum(s) && !strings.ContainsAny(s, "0123456789")
}

// mod97 is the check of ISO 7064 over digits and letters, A = 10.
func mod97(s string) int {
	n := 0
	for i := range len(s) {
		if c := s[i]; c >= 'A' {
			n = (n*100 + int(c-'A') + 10) % 97
		} else {
			n = (n*10 + int(c-'0')) % 97
		}
	}
	return n
}
