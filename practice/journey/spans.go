// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"slices"

	"mainstay/kit/civil"
)

// maxMonths bounds how far back the books are looked at: ten years.
const maxMonths = 120

// span counts rows by month, to find the months that can be measured.
type span struct {
	base  civil.Month
	count []int32 // rows by month since base
	days  []uint8 // largest day of each month
	lost  int     // rows outside the years that dates can have
}

func newSpan() *span {
	first := civil.NewMonth(civil.MinYear, 1)
	n := int(civil.NewMonth(civil.MaxYear, 12)-first) + 1
	return &span{base: first, count: make([]int32, n), days: make([]uint8, n)}
}

func (s *span) add(d civil.Date) {
	y, m, day := d.Civil()
	i := int(civil.NewMonth(y, m) - s.base)
	if i < 0 || i >= len(s.count) {
		s.lost++
		return
	}
	s.count[i]++
	s.days[i] = max(s.days[i], uint8(day))
}

// months is the range of complete months, and what was left out of it.
type months struct {
	first, last civil.Month // last < first: none
	partial     civil.Month // the last month, incomplete; NoMonth = none
	early, late int         // rows before and after
}

func (m months) len() int { return max(0, int(m.last-m.first)+1) }

// find returns the months that can be measured.
//
// The last month is not complete when today lies in it, or when its rows end
// before the 20th and are fewer than half of what the six months before it
// usually had. Rows later than today, and up to 2 % of the rows more than a year away from all
// others, are slips of a pen and are left out.
func (s *span) find(today civil.Date) (m months) {
	end := len(s.count) - 1
	if today.Known() {
		if i := int(today.Month() - s.base); i >= 0 && i < end {
			end = i
		}
	}
	total := 0
	for _, n := range s.count {
		total += int(n)
	}
	last := s.lastStretch(end, total)
	m.first, m.last, m.partial = s.base, s.base-1, civil.NoMonth
	if last < 0 {
		return m
	}
	first, seen, empty := last, 0, 0
	for i := last; i >= 0 && last-i < maxMonths; i-- {
		if s.count[i] == 0 {
			empty++
			continue
		}
		if empty > 12 && (total-seen)*50 < total {
			break // at most 2 % of the rows, more than a year before all others
		}
		first, seen, empty = i, seen+int(s.count[i]), 0
	}
	m.first, m.last = s.base+civil.Month(first), s.base+civil.Month(last)
	if last > first && s.incomplete(last, today) {
		m.partial = m.last
		last--
		for s.count[last] == 0 && last > first {
			last--
		}
		m.last = s.base + civil.Month(last)
	}
	for i, n := range s.count {
		switch {
		case i < first:
			m.early += int(n)
		case i > last && s.base+civil.Month(i) != m.partial:
			m.late += int(n)
		}
	}
	return m
}

// lastStretch returns the newest month that belongs to the books, −1 for none.
func (s *span) lastStretch(end, total int) int {
	for end >= 0 {
		for end >= 0 && s.count[end] == 0 {
			end--
		}
		if end < 0 {
			return -1
		}
		rows, i, empty := 0, end, 0
		for ; i >= 0 && empty <= 12; i-- {
			if rows += int(s.count[i]); s.count[i] > 0 {
				empty = 0
			} else {
				empty++
			}
		}
		if rows*50 >= total || i < 0 {
			return end
		}
		end = i
	}
	return -1
}

func (s *span) incomplete(last int, today civil.Date) bool {
	month := s.base + civil.Month(last)
	if today.Known() && today.Month() == month {
		return today < month.Last()
	}
	var before []int32
	for i := max(0, last-6); i < last; i++ {
		if s.count[i] > 0 {
			before = append(before, s.count[i])
		}
	}
	if len(before) == 0 {
		return false
	}
	slices.Sort(before)
	return s.days[last] < 20 && s.count[last]*2 < before[len(before)/2]
}
