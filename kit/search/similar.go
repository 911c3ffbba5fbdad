// SPDX-License-Identifier: Apache-2.0

package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"mainstay/kit/db"
)

const (
	mostWords  = 24 // of a text that are looked for
	candidates = 60 // documents that are weighed
)

// Similar returns the documents of the given kinds that have most in common with a text, such as what somebody just
// writes: not all of its words have to be there. A word that few of the candidates have weighs more than one that most have,
// and one in the title three times as much. What shares no more than one word of its body is
// left out, and what fits less than a third as well as the best. The same text gives
// the same order on both engines.
func (x Index) Similar(ctx context.Context, scope Scope, text string, limit int, kinds ...string) ([]Doc, error) {
	words := telling(text)
	owners, ok := scope.clients()
	if len(words) == 0 || len(kinds) == 0 || !ok {
		return nil, nil
	}
	query := "SELECT kind, ref, client, title, body FROM search_docs WHERE search_docs MATCH $1 ORDER BY bm25(search_docs, 0, 0, 0, 8.0, 1.0, 0), ref LIMIT $2"
	if x.DB.Engine == db.Postgres {
		query = "SELECT kind, ref, client, title, body FROM search_docs, to_tsquery('simple', $1) AS q WHERE words @@ q ORDER BY ts_rank(words, q) DESC, ref LIMIT $2"
	}
	rows, err := x.DB.Reader().QueryContext(ctx, query, x.matchAny(words, owners, kinds), candidates)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Doc
	for rows.Next() {
		var d Doc
		if err := rows.Scan(&d.Kind, (*int64)(&d.Ref), (*int64)(&d.Client), &d.Title, &d.Body); err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return weigh(found, words, limit), nil
}

// weigh puts the candidates in order and keeps those that fit.
func weigh(found []Doc, words []string, limit int) []Doc {
	type scored struct {
		Doc
		titles, bodies []bool
		score          float64
	}
	list := make([]scored, len(found))
	have := make([]int, len(words))
	for i, d := range found {
		list[i] = scored{Doc: d, titles: hits(d.Title, words), bodies: hits(beginning(d.Body), words)}
		for w := range words {
			if list[i].titles[w] || list[i].bodies[w] {
				have[w]++
			}
		}
	}
	var out []scored
	for _, s := range list {
		titles, bodies := 0, 0
		for w := range words {
			rare := math.Log(1 + float64(len(list))/float64(max(have[w], 1)))
			if s.titles[w] {
				titles++
				s.score += 3 * rare
			}
			if s.bodies[w] {
				bodies++
				s.score += rare
			}
		}
		if titles > 0 || bodies > 1 {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.Ref, b.Ref)) })
	for i := range out { // far behind the best is chance
		if out[i].score < out[0].score/3 {
			out = out[:i]
			break
		}
	}
	docs := make([]Doc, min(len(out), limit))
	for i := range docs {
		docs[i] = out[i].Doc
	}
	return docs
}

// beginning is as much of a text as is weighed: what it is about stands early.
func beginning(s string) string {
	const most = 8000
	if len(s) > most {
		return s[:most]
	}
	return s
}

// hits says which words a text has, or begins one of its words with.
func hits(text string, words []string) []bool {
	out := make([]bool, len(words))
	for _, t := range tokens(text) {
		for i, w := range words {
			out[i] = out[i] || strings.HasPrefix(t, w)
		}
	}
	return out
}

// matchAny is the engine's own query for documents that have any of the words, or words that begin with them.
func (x Index) matchAny(words, clients, kinds []string) string {
	narrow := make([]string, len(kinds))
	for i, k := range kinds {
		narrow[i] = kindWord(k)
	}
	if x.DB.Engine == db.Postgres {
		m := "('" + strings.Join(words, "':*AD | '") + "':*AD) & ('" + strings.Join(narrow, "':C | '") + "':C)"
		if len(clients) > 0 {
			m += " & ('" + strings.Join(clients, "':C | '") + "':C)"
		}
		return m
	}
	m := fmt.Sprintf(`{title body} : ("%s" *) AND scope : ("%s")`, strings.Join(words, `" * OR "`), strings.Join(narrow, `" OR "`))
	if len(clients) > 0 {
		m += ` AND scope : ("` + strings.Join(clients, `" OR "`) + `")`
	}
	return m
}

// telling are the words of a text that say what it is about, each once, without the commonest of English and German and
// without the endings by which they are bent.
func telling(text string) []string {
	var out []string
	for _, w := range tokens(text) {
		if utf8.RuneCountInString(w) < 3 || filler(w) {
			continue
		}
		if w = stem(w); !slices.Contains(out, w) {
			if out = append(out, w); len(out) == mostWords {
				break
			}
		}
	}
	return out
}

// stem takes an ending off; what is left begins the other forms of the word too.
func stem(w string) string {
	for _, end := range []string{"ing", "en", "er", "es", "ed", "s", "n", "e"} {
		if rest, ok := strings.CutSuffix(w, end); ok && utf8.RuneCountInString(rest) >= 4 {
			return rest
		}
	}
	return w
}

// filler says whether a word is among those that nearly every text has.
func filler(w string) bool {
	_, found := slices.BinarySearch(fillers, w)
	return found
}

// fillers are folded and sorted.
var fillers = strings.Fields(`aber about after again all alle allem allen aller alles als also am an and any are auch auf aus because been before bei beim being bin bis bitte but
	can could da dank danke dann das dass dear dein dem den denn der des did die dies diese dieser doch does doing done dort down durch during each ein
	eine einem einen einer eines er es euch every few for freundlichen from fur ganz get gets gibt got grusse habe haben had hallo has hat hatte have
	having hello help her here heute hier him his hour hours how ich ihr ihre ihren im immer in into ist its ja jede jeder jedes jetzt just kann kein
	keine know konnen konnten like mal man may mehr mein meine minute minuten minutes mit more most much muss nach need needs new nicht noch not now nun
	nur ob oder off ohne once one only other our out over please regards same schon sehr sein seine seit she should sich sie since sind so some still
	stunden such than thank thanks that the their them then there these they this those today too two uber um und under uns unser unsere until very vom
	von vor want war waren was way weil wenige wenn wer werden were what when where which while who why wie wieder will wir wird with wo work works would
	you your zu zum zur`)
