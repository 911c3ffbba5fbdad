// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"strings"

	"mainstay/kit/money"
)

// currencies are the codes of ISO 4217 that are in use, countries those of ISO 3166-1.
const (
	currencies = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC" +
		" CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY" +
		" KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR" +
		" NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP" +
		" TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG "
	countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH" +
		" CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR" +
		" GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV" +
		" LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN" +
		" PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV" +
		" TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
	// schemes are those of electronic addresses that Peppol routes by (EAS, as of its release 2026.5).
	schemes = " 0002 0007 0009 0060 0088 0096 0097 0106 0130 0135 0142 0151 0183 0184 0188 0190 0191 0192 0195 0196 0198 0199 0200 0201 0204" +
		" 0208 0209 0210 0211 0216 0218 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925" +
		" 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 9952" +
		" 9953 9957 9959 "
	// vatCountries ask for the seller's VAT or tax number on an invoice: EU, EEA, Switzerland, United Kingdom.
	vatCountries = " AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK "
)

func listed(list, code string) bool {
	return code != "" && !strings.Contains(code, " ") && strings.Contains(list, " "+code+" ")
}

// KnownCurrency reports whether a code is one of ISO 4217.
func KnownCurrency(c money.Currency) bool { return len(c) == 3 && listed(currencies, string(c)) }

// KnownCountry reports whether a code is one of ISO 3166-1 alpha-2.
func KnownCountry(c string) bool { return len(c) == 2 && listed(countries, c) }

// vatPrefix reports whether a VAT identifier begins with a country's code as BR-CO-9 asks: ISO 3166-1, EL for Greece, XI for Northern Ireland.
func vatPrefix(id string) bool {
	return len(id) > 2 && (KnownCountry(id[:2]) || id[:2] == "EL" || id[:2] == "XI")
}

// ValidIBAN reports whether an IBAN, with or without spaces, has the form and check digits of ISO 13616.
func ValidIBAN(s string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if len(s) < 15 || len(s) > 34 || !KnownCountry(s[:2]) && s[:2] != "XK" {
		return false
	}
	mod := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		switch {
		case c >= '0' && c <= '9':
			mod = (mod*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			mod = (mod*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return mod == 1
}
