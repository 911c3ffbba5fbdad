// SPDX-License-Identifier: Apache-2.0

package locale

import "mainstay/kit/money"

// region is how one language and region writes values. The data are taken
// from CLDR 48 (common/main/*.xml, Unicode License v3) by hand, because
// golang.org/x/text carries CLDR 32 and lacks currency patterns; the
// tests compare with what ICU 78 prints.
type region struct {
	decimal, group, moneyGroup string
	percent                    string // after the number
	money                      string // # is the number, ¤ the symbol
	moneyNegative              string
	bigMoney                   string // pattern of compact amounts with a suffix
	shorts                     [4]string
	thousands                  bool // whether compact numbers shorten thousands at all
	date                       string
	day                        string // day and month
	long                       string // long date
	clock                      string
	months, wide               *[12]string
	relative                   *relativeWords
	now                        string
	fewest                     int // digits before the first group mark; 0 is 1 (CLDR minimumGroupingDigits)
}

const (
	nbsp = "\u00a0"
	thin = "\u202f"
)

// suffix positions of region.shorts
const (
	thousand = iota
	million
	billion
	trillion
)

var (
	monthsEn   = [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	monthsGB   = [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"}
	monthsDe   = [12]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."}
	monthsAT   = [12]string{"Jän.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."}
	wideEn     = [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	wideDe     = [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
	wideAT     = [12]string{"Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
	relativeUS = relativeWords{past: "%s ago", future: "in %s", units: [7][2]string{{"%d sec.", "%d sec."}, {"%d min.", "%d min."}, {"%d hr.", "%d hr."}, {"%d day", "%d days"}, {"%d wk.", "%d wk."}, {"%d mo.", "%d mo."}, {"%d yr.", "%d yr."}}}
	relativeGB = relativeWords{past: "%s ago", future: "in %s", units: [7][2]string{{"%d sec", "%d sec"}, {"%d min", "%d min"}, {"%d hr", "%d hr"}, {"%d day", "%d days"}, {"%d wk", "%d wk"}, {"%d mo", "%d mo"}, {"%d yr", "%d yr"}}}
	relativeDe = relativeWords{past: "vor %s", future: "in %s", units: [7][2]string{{"%d Sek.", "%d Sek."}, {"%d Min.", "%d Min."}, {"%d Std.", "%d Std."}, {"%d Tag", "%d Tagen"}, {"%d Woche", "%d Wochen"}, {"%d Monat", "%d Monaten"}, {"%d Jahr", "%d Jahren"}}}
	monthsFr   = [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}
	wideFr     = [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	monthsEs   = [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"}
	wideEs     = [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
	monthsPt   = [12]string{"jan.", "fev.", "mar.", "abr.", "mai.", "jun.", "jul.", "ago.", "set.", "out.", "nov.", "dez."}
	widePt     = [12]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"}
	relativeFr = relativeWords{past: "il y a %s", future: "dans %s", units: [7][2]string{{"%d s", "%d s"}, {"%d min", "%d min"}, {"%d h", "%d h"}, {"%d j", "%d j"}, {"%d sem.", "%d sem."}, {"%d m.", "%d m."}, {"%d an", "%d ans"}}}
	relativeEs = relativeWords{past: "hace %s", future: "dentro de %s", units: [7][2]string{{"%d s", "%d s"}, {"%d min", "%d min"}, {"%d h", "%d h"}, {"%d día", "%d días"}, {"%d sem", "%d sem"}, {"%d m", "%d m"}, {"%d a", "%d a"}}}
	relativePt = relativeWords{past: "há %s", future: "em %s", units: [7][2]string{{"%d seg.", "%d seg."}, {"%d min.", "%d min."}, {"%d h", "%d h"}, {"%d dia", "%d dias"}, {"%d sem.", "%d sem."}, {"%d mês", "%d meses"}, {"%d ano", "%d anos"}}}

	unitedStates = region{
		decimal: ".", group: ",", moneyGroup: ",", percent: "%", money: "¤#", moneyNegative: "-¤#", bigMoney: "¤#",
		shorts: [4]string{"K", "M", "B", "T"}, thousands: true, date: "M d, y", day: "M d", long: "W d, y", clock: "3:04\u202fPM", months: &monthsEn, wide: &wideEn, relative: &relativeUS, now: "now",
	}
	britain = region{
		decimal: ".", group: ",", moneyGroup: ",", percent: "%", money: "¤#", moneyNegative: "-¤#", bigMoney: "¤#",
		shorts: [4]string{"k", "m", "bn", "tn"}, thousands: true, date: "d M y", day: "d M", long: "d W y", clock: "15:04", months: &monthsGB, wide: &wideEn, relative: &relativeGB, now: "now",
	}
	germany = region{
		decimal: ",", group: ".", moneyGroup: ".", percent: nbsp + "%", money: "#" + nbsp + "¤", moneyNegative: "-#" + nbsp + "¤", bigMoney: "#" + nbsp + "¤",
		shorts: [4]string{"", nbsp + "Mio.", nbsp + "Mrd.", nbsp + "Bio."}, date: "D.N.y", day: "d. M", long: "d. W y", clock: "15:04", months: &monthsDe, wide: &wideDe, relative: &relativeDe, now: "jetzt",
	}
	austria = region{
		decimal: ",", group: nbsp, moneyGroup: ".", percent: nbsp + "%", money: "¤" + nbsp + "#", moneyNegative: "-¤" + nbsp + "#", bigMoney: "#" + nbsp + "¤",
		shorts: [4]string{"", nbsp + "Mio.", nbsp + "Mrd.", nbsp + "Bio."}, date: "D.N.y", day: "d. M", long: "d. W y", clock: "15:04", months: &monthsAT, wide: &wideAT, relative: &relativeDe, now: "jetzt",
	}
	switzerland = region{
		decimal: ".", group: "'", moneyGroup: "'", percent: "%", money: "¤" + nbsp + "#", moneyNegative: "¤-#", bigMoney: "¤" + nbsp + "#",
		shorts: [4]string{"", nbsp + "Mio.", nbsp + "Mrd.", nbsp + "Bio."}, date: "D.N.y", day: "d. M", long: "d. W y", clock: "15:04", months: &monthsDe, wide: &wideDe, relative: &relativeDe, now: "jetzt",
	}
	france = region{
		decimal: ",", group: thin, moneyGroup: thin, percent: nbsp + "%", money: "#" + nbsp + "¤", moneyNegative: "-#" + nbsp + "¤", bigMoney: "#" + nbsp + "¤",
		shorts: [4]string{nbsp + "k", nbsp + "M", nbsp + "Md", nbsp + "Bn"}, thousands: true, date: "d M y", day: "d M", long: "d W y", clock: "15:04", months: &monthsFr, wide: &wideFr, relative: &relativeFr, now: "maintenant",
	}
	spain = region{
		decimal: ",", group: ".", moneyGroup: ".", percent: nbsp + "%", money: "#" + nbsp + "¤", moneyNegative: "-#" + nbsp + "¤", bigMoney: "#" + nbsp + "¤", fewest: 2,
		shorts: [4]string{nbsp + "mil", nbsp + "M", "000" + nbsp + "M", nbsp + "B"}, thousands: true, date: "d M y", day: "d M", long: "d 'de' W 'de' y", clock: "15:04", months: &monthsEs, wide: &wideEs, relative: &relativeEs, now: "ahora",
	}
	brazil = region{
		decimal: ",", group: ".", moneyGroup: ".", percent: "%", money: "¤" + nbsp + "#", moneyNegative: "-¤" + nbsp + "#", bigMoney: "¤" + nbsp + "#",
		shorts: [4]string{nbsp + "mil", nbsp + "mi", nbsp + "bi", nbsp + "tri"}, thousands: true, date: "d 'de' M 'de' y", day: "d 'de' M", long: "d 'de' W 'de' y", clock: "15:04", months: &monthsPt, wide: &widePt, relative: &relativePt, now: "agora",
	}
)

func regionOf(t Tag) *region {
	switch t {
	case EnUS, Pseudo:
		return &unitedStates
	case EnGB:
		return &britain
	case DeDE:
		return &germany
	case DeAT:
		return &austria
	case DeCH:
		return &switzerland
	case FrFR:
		return &france
	case EsES:
		return &spain
	case PtBR:
		return &brazil
	}
	return nil
}

// symbol returns the currency's sign as the reader knows it; a currency without a
// sign of its own shows its code.
func symbol(t Tag, c money.Currency) string {
	switch {
	case t == DeCH && c == "EUR":
		return "EUR" // CLDR de-CH
	case t == EnGB && c == "USD":
		return "US$"
	case t == EnGB && c == "JPY":
		return "JP¥"
	case t.Language() == "de" && c == "AUD":
		return "AU$"
	case t == FrFR:
		return frenchSymbol(c)
	case t == EsES && c == "USD":
		return "US$"
	case t == EsES && c != "EUR":
		return string(c)
	case t == PtBR && (c == "USD" || c == "AUD"):
		return string(c[:2]) + "$"
	case t == PtBR && c == "JPY":
		return "JP¥"
	case t == PtBR && c == "BRL":
		return "R$"
	}
	switch c {
	case "EUR":
		return "€"
	case "USD":
		return "$"
	case "GBP":
		return "£"
	case "JPY":
		return "¥"
	case "INR":
		return "₹"
	case "CAD":
		return "CA$"
	case "AUD":
		return "A$"
	case "NZD":
		return "NZ$"
	}
	return string(c)
}

// frenchSymbol writes the country after the sign, as French does.
func frenchSymbol(c money.Currency) string {
	switch c {
	case "EUR":
		return "€"
	case "USD", "AUD", "CAD", "NZD":
		return "$" + string(c[:2])
	case "GBP":
		return "£GB"
	case "INR":
		return "₹"
	case "BRL":
		return "R$"
	}
	return string(c)
}
