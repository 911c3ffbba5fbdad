// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"cmp"
	"slices"
)

// Talk is a client's place in the list of whom to talk to first, and why.
type Talk struct {
	Client  int      `json:"client"`
	Score   float64  `json:"score"` // 0–100
	Reasons []Reason `json:"reasons"`
}

// Reason is one figure that speaks for (or against) talking to a client now.
type Reason struct {
	// Code: steady (months billed of 12), near (12 fees ÷ own spend), size (share of the firm's
	// revenue), spiky (worst month ÷ usual month), hours-at-stake (reactive hours a year), gain
	// (margin a year), endpoints-unknown, few-months, covered-partly.
	Code   string  `json:"code"`
	Value  float64 `json:"value"`
	Minor  int64   `json:"minor,omitempty"`
	Points float64 `json:"points"` // of Score; negative speaks against
}

// Rank orders the clients that are not under agreement yet, best first. Score =
// steadiness (30: clients billed in two or more months of a year come back in 67 %,
// one month in 44 %) + nearness of fee and spend (30) + size (20) + spikes that a
// fee would remove (10) + hours at stake (10). Our choice, shown with its parts.
func Rank(histories []History, replays []Replay) []Talk {
	var revenue int64
	for i := range histories {
		revenue += max(0, histories[i].Revenue)
	}
	var out []Talk
	for i := range histories {
		h, r := &histories[i], &replays[i]
		if h.Covered || r.Why != "" || len(r.Quotes) == 0 {
			continue
		}
		out = append(out, talk(h, r, revenue))
	}
	slices.SortStableFunc(out, func(a, b Talk) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Client, b.Client))
	})
	return out
}

func talk(h *History, r *Replay, revenue int64) Talk {
	t := Talk{Client: h.Client}
	add := func(code string, value, points float64, minor int64) {
		t.Reasons = append(t.Reasons, Reason{code, value, minor, points})
		t.Score += points
	}
	months, sum := 0, int64(0)
	for _, v := range h.Spend {
		if v > 0 {
			months++
			sum += v
		}
	}
	if n := len(h.Spend); n > 0 {
		steady := float64(months) / float64(n)
		add("steady", float64(months), 30*steady, 0)
		if months <= 2 {
			add("few-months", float64(months), -10, 0)
		}
	}
	if r.SpendYear > 0 {
		ratio := float64(r.FeeYear) / float64(r.SpendYear)
		add("near", ratio, 30*min(1, max(0, 1.8-ratio)/.8), r.FeeYear-r.SpendYear)
	}
	if revenue > 0 {
		share := float64(max(0, h.Revenue)) / float64(revenue)
		add("size", share, 20*min(1, share/.05), h.Revenue)
	}
	if months > 0 && r.WorstBefore > 0 {
		spiky := float64(r.WorstBefore) * float64(months) / float64(sum)
		add("spiky", spiky, 10*min(1, max(0, spiky-1)/2), r.WorstBefore)
	}
	add("hours-at-stake", r.Hours.P50, 10*min(1, r.Hours.P50/60), 0)
	if r.GainYear > 0 {
		add("gain", float64(r.GainYear), 0, r.GainYear)
	}
	if h.Endpoints == 0 {
		add("endpoints-unknown", 0, -5, 0)
	}
	t.Score = min(100, max(0, t.Score))
	slices.SortStableFunc(t.Reasons, func(a, b Reason) int { return cmp.Compare(b.Points, a.Points) })
	return t
}
