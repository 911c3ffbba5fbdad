// SPDX-License-Identifier: Apache-2.0

package mime

import (
	"html"
	"regexp"
	"strings"
)

var (
	wrote    = regexp.MustCompile(`(?i)^(on|am) .{4,200} (wrote|schrieb)\b.{0,120}:$`)
	original = regexp.MustCompile(`(?i)^-{2,} ?(original message|original-nachricht|originalnachricht|ursprüngliche nachricht|forwarded message|weitergeleitete nachricht) ?-{2,}$`)
	from     = regexp.MustCompile(`(?i)^\*?(from|von):\*? `)
	headers  = regexp.MustCompile(`(?i)^\*?(sent|gesendet|date|datum|to|an|subject|betreff):\*? `)
)

// splitQuoted parts a text into what was written and what the mail program quoted of earlier mails below it. A text
// whose answers stand between the quoted lines, or that holds nothing else, is left whole.
func splitQuoted(text string) (fresh, quoted string) {
	all := strings.Split(text, "\n")
	for i := range all {
		if !beginsQuote(all, i) {
			continue
		}
		fresh = strings.TrimSpace(strings.Join(all[:i], "\n"))
		if fresh == "" || answersWithin(all[i+1:], strings.HasPrefix(all[i], ">")) {
			return text, ""
		}
		return fresh, strings.TrimSpace(strings.Join(all[i:], "\n"))
	}
	return text, ""
}

func beginsQuote(all []string, i int) bool {
	l := strings.TrimSpace(all[i])
	if len(l) > 400 {
		return false
	}
	next := ""
	if i+1 < len(all) && len(all[i+1]) < 200 {
		next = strings.TrimSpace(all[i+1])
	}
	switch {
	case strings.HasPrefix(l, ">"), original.MatchString(l), wrote.MatchString(l):
		return true
	case next != "" && !strings.HasSuffix(l, ":") && wrote.MatchString(l+" "+next):
		return true
	case from.MatchString(l):
		n := 0
		for _, h := range all[i+1 : min(i+6, len(all))] {
			if headers.MatchString(strings.TrimSpace(h)) {
				n++
			}
		}
		return n >= 2
	}
	return false
}

// answersWithin tells whether somebody wrote between quoted lines.
func answersWithin(rest []string, began bool) bool {
	marked := began
	for i, l := range rest {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, ">") {
			marked = true
			continue
		}
		if l != "" && marked && i > 0 {
			return true
		}
	}
	return false
}

// asHTML shows a text whose end is folded.
func asHTML(fresh, quoted string) string {
	br := func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n") }
	return "<div>" + br(fresh) + "</div><details><summary>…</summary><blockquote>" + br(quoted) + "</blockquote></details>"
}
