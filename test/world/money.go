// SPDX-License-Identifier: Apache-2.0

package world

// Agreement is a client of the invented firm that is under agreement.
type Agreement struct {
	Client          string
	Tier            int // of the plan
	People, Devices int
	After, Day      int // months after the first one, and days into that month
	Street          string
	Postcode        string
	Email           string
	Order           string
}

// Agreements lists the clients under agreement, those first that have been for longest.
func Agreements() []Agreement {
	return []Agreement{
		{Client: "Maple Court Surgery", Tier: 2, People: 28, Devices: 34, Street: "210 Maple Court", Postcode: "98109", Email: "office@maplecourt.example"},
		{Client: "Sallow & Finch Accountants", Tier: 3, People: 33, Devices: 38, Street: "8 Pike Place", Postcode: "98101", Email: "bills@sallowfinch.example", Order: "SF-2210"},
		{Client: "Osprey Outdoor", Tier: 2, People: 25, Devices: 31, Street: "77 Eastlake Avenue", Postcode: "98102", Email: "accounts@osprey.example"},
		{Client: "Harbour Dental Group", Tier: 3, People: 51, Devices: 62, Street: "5 Harbour Steps", Postcode: "98101", Email: "finance@harbourdental.example", Order: "HD-IT-7"},
		{Client: "Corvid Security", Tier: 2, People: 19, Devices: 23, Street: "1200 Boren Avenue", Postcode: "98101", Email: "ops@corvid.example"},
		{Client: "Fern & Vale Solicitors", Tier: 2, People: 24, Devices: 29, After: 1, Day: 11, Street: "340 Fern Street", Postcode: "98115", Email: "practice@fernvale.example"},
		{Client: "Bluegate Logistics", Tier: 1, People: 55, Devices: 69, After: 3, Street: "9 Terminal Road", Postcode: "98134", Email: "ap@bluegate.example", Order: "4500017"},
		{Client: "Marchetti Foods", Tier: 2, People: 39, Devices: 47, After: 4, Day: 14, Street: "61 Occidental Avenue", Postcode: "98104", Email: "amministrazione@marchetti.example"},
	}
}
