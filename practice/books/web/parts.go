// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/books"
)

// tableCurrency is the currency of stated totals: the one with the most rows.
func tableCurrency(t books.TableReport) money.Currency {
	if len(t.Currencies) == 0 {
		return ""
	}
	return t.Currencies[0].Currency
}

func hasMoney(k books.Kind) bool {
	return k == books.KindLines || k == books.KindTemplates || k == books.KindHours
}

// sortedNotes has first what asks for a look.
func sortedNotes(notes []books.Note) []books.Note {
	rank := map[page.Tone]int{page.Bad: 0, page.Warn: 1, page.Info: 2}
	out := slices.Clone(notes)
	slices.SortStableFunc(out, func(a, b books.Note) int {
		return cmp.Or(cmp.Compare(rank[noteTone(a.Code)], rank[noteTone(b.Code)]), cmp.Compare(b.Rows, a.Rows))
	})
	return out[:min(len(out), 30)]
}

func noteClass(code string) string { return "tone-" + string(noteTone(code)) }

func noteIcon(code string) string {
	switch noteTone(code) {
	case page.Bad:
		return "circle-alert"
	case page.Warn:
		return "triangle-alert"
	}
	return "info"
}

func encodingName(ctx context.Context, e string) string {
	if e == "" {
		return locale.T(ctx, "a workbook")
	}
	return strings.ToUpper(e)
}

func delimiterName(ctx context.Context, d string) string {
	switch d {
	case ",":
		return locale.T(ctx, "commas")
	case ";":
		return locale.T(ctx, "semicolons")
	case "\t":
		return locale.T(ctx, "tabs")
	case "|":
		return locale.T(ctx, "vertical bars")
	}
	return locale.T(ctx, "cells")
}

// likelyHeader is the first of the fullest rows among the first ones.
func likelyHeader(raw books.RawTable) int {
	best, most := 0, 0
	for i, r := range raw.Rows[:min(len(raw.Rows), 15)] {
		n := 0
		for _, c := range r {
			if strings.TrimSpace(c) != "" {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

const widest = 12

func rawWidth(raw books.RawTable) int {
	n := 1
	for _, r := range raw.Rows[:min(len(raw.Rows), 15)] {
		n = max(n, len(r))
	}
	return min(n, widest)
}

func at(row []string, i int) string {
	if i >= len(row) {
		return ""
	}
	s := []rune(row[i])
	if len(s) > 60 {
		return string(s[:60]) + "…"
	}
	return string(s)
}

func interval(ctx context.Context, months int64) string {
	switch months {
	case 1:
		return locale.T(ctx, "every month")
	case 12:
		return locale.T(ctx, "every year")
	}
	return locale.N(ctx, "every %d month|every %d months", months)
}
