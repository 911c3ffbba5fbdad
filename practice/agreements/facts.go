// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements/store"
	"mainstay/practice/billing/rating"
)

// NewFact is a quantity on a day.
type NewFact struct {
	Day      civil.Date
	Quantity money.Decimal
	Source   string // the estate, a vendor's bill, by hand
	Evidence string // what shows it: names, or a sentence
}

const maxEvidence = 100_000

// Count adds a fact to a counted line of an active agreement. A fact for a day that was billed reopens the intervals from that day on.
func (s *Service) Count(ctx context.Context, line ids.ID, f NewFact) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.CountIn(ctx, tx, line, f) })
}

// CountIn is Count inside a transaction.
func (s *Service) CountIn(ctx context.Context, tx *sql.Tx, line ids.ID, f NewFact) error {
	q := store.New(tx)
	r, err := q.LineAgreement(ctx, int64(line))
	if err != nil {
		return found(err, fault.NewNotFound("There is no such line in an agreement."))
	}
	switch {
	case State(r.State) != Active:
		return fault.NewConflict("Quantities are counted only for active agreements.")
	case r.Counted == CountedFixed:
		return fault.NewConflict("The quantity of this line is agreed: change it by an amendment.")
	case f.Day < civil.Date(r.Starts):
		return fault.NewInvalid("The day is before the agreement begins.").On("day")
	case civil.Date(r.Ends).Known() && f.Day > civil.Date(r.Ends), civil.Date(r.Last).Known() && f.Day > civil.Date(r.Last):
		return fault.NewInvalid("The day is after the last one that is billed.").On("day")
	}
	id := ids.ID(r.AgreementID)
	if err := s.putFact(ctx, q, id, line, f); err != nil {
		return err
	}
	return s.Reopen(ctx, tx, id, f.Day, s.dueOf(civil.Date(r.Ends), r.Zone))
}

// dueOf is when a correction is due: with the next invoice, or at once where none comes any more.
func (s *Service) dueOf(ends civil.Date, zone string) civil.Date {
	if today := s.Today(zone); ends.Known() && ends < today {
		return today
	}
	return farthest
}

func (s *Service) putFact(ctx context.Context, q *store.Queries, id, line ids.ID, f NewFact) error {
	f.Source, f.Evidence = strings.TrimSpace(f.Source), strings.TrimSpace(f.Evidence)
	switch {
	case !f.Day.Known() || !possible(f.Day):
		return fault.NewInvalid("Enter the day on which it was counted.").On("day")
	case len(f.Source) > maxName || len(f.Evidence) > maxEvidence:
		return fault.NewInvalid("Please enter at most %d characters.", maxEvidence).On("evidence")
	}
	if err := (rating.Fact{Day: f.Day, Quantity: f.Quantity}).Check(); err != nil {
		return err
	}
	_, name := by(ctx)
	return q.InsertFact(ctx, store.InsertFactParams{
		ID: int64(s.p.IDs.New()), AgreementID: int64(id), LineID: int64(line), Day: int64(f.Day), Coef: f.Quantity.Coef, Scale: int64(f.Quantity.Scale), Source: f.Source, Evidence: f.Evidence, Author: name, MadeAt: s.now(),
	})
}

// Member is a device, a person or a site that a counted line covers.
type Member struct {
	Ref    string // what it is known by where it comes from, such as an id
	Name   string
	Starts civil.Date // covered from
	Ends   civil.Date // the last day; in the far future while it is covered
}

// Members returns what a counted line covers and covered.
func (s *Service) Members(ctx context.Context, line ids.ID) ([]Member, error) {
	rows, err := s.read().MembersOf(ctx, int64(line))
	out := make([]Member, len(rows))
	for i, r := range rows {
		out[i] = Member{Ref: r.Ref, Name: r.Name, Starts: civil.Date(r.Starts), Ends: civil.Date(r.Ends)}
	}
	return out, err
}

// Cover says what a counted line covers from a day on: who left and who came is noted by name, and a new count with these
// names as its evidence is added when the number or somebody in it changed.
func (s *Service) Cover(ctx context.Context, line ids.ID, day civil.Date, source string, list []Member) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		r, err := q.LineAgreement(ctx, int64(line))
		if err != nil {
			return found(err, fault.NewNotFound("There is no such line in an agreement."))
		}
		changed, first, err := s.coverIn(ctx, q, ids.ID(r.AgreementID), line, r.Counted, day, list)
		if err != nil {
			return err
		}
		if first && !changed { // nothing is there and never was: that is counted once
			n, err := q.CountFacts(ctx, int64(line))
			if err != nil || n > 0 {
				return err
			}
		} else if !changed {
			return nil
		}
		return s.CountIn(ctx, tx, line, NewFact{Day: day, Quantity: money.Decimal{Coef: int64(len(list))}, Source: source, Evidence: namesOf(list)})
	})
}

// namesOf writes the names of a count as evidence, a JSON list in their order. Of very many it holds the first, then an ellipsis: who
// is counted is kept in full by the members.
func namesOf(list []Member) string {
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteByte('[')
	for i, n := range names {
		text, err := json.Marshal(n)
		if err != nil {
			continue // texts can be written
		}
		if i > 0 {
			b.WriteByte(',')
		}
		if b.Len()+len(text) > maxEvidence-20 {
			b.WriteString(`"…"`)
			break
		}
		b.Write(text)
	}
	b.WriteByte(']')
	return b.String()
}

func (s *Service) coverIn(ctx context.Context, q *store.Queries, id, line ids.ID, kind string, day civil.Date, list []Member) (changed, first bool, err error) {
	old, err := q.MembersOf(ctx, int64(line))
	if err != nil {
		return false, false, err
	}
	now := map[string]bool{}
	for _, m := range list {
		now[m.Ref] = true
	}
	there := map[string]bool{}
	for _, r := range old {
		if civil.Date(r.Ends) < day {
			continue
		}
		if now[r.Ref] {
			there[r.Ref] = true
			continue
		}
		changed = true
		if err := q.EndMember(ctx, r.ID, int64(max(day, civil.Date(r.Starts))-1)); err != nil {
			return false, false, err
		}
	}
	for _, m := range list {
		if there[m.Ref] {
			continue
		}
		there[m.Ref], changed = true, true
		if err := q.InsertMember(ctx, store.InsertMemberParams{ID: int64(s.p.IDs.New()), AgreementID: int64(id), LineID: int64(line), Kind: kind, Ref: m.Ref, Name: m.Name, Starts: int64(day), MadeAt: s.now()}); err != nil {
			return false, false, err
		}
	}
	return changed, len(old) == 0, nil
}

// CountAll counts what can be counted on its own, for all active agreements: it is called once a day.
func (s *Service) CountAll(ctx context.Context) error {
	if s.p.Count == nil {
		return nil
	}
	today := int64(s.Today(""))
	lines, err := s.read().CountedLines(ctx, today, today, today)
	if err != nil {
		return err
	}
	var failed []error
	for _, l := range lines {
		if err := s.countLine(ctx, l); err != nil {
			failed = append(failed, fmt.Errorf("line %d: %w", l.ID, err)) // the others are counted all the same
		}
	}
	return errors.Join(failed...)
}

func (s *Service) countLine(ctx context.Context, l store.CountedLinesRow) error {
	day := s.Today(l.Zone)
	for _, last := range []civil.Date{civil.Date(l.Ends), civil.Date(l.Last)} {
		if last.Known() && day > last {
			return nil // it is over where the agreement holds
		}
	}
	if day < civil.Date(l.Starts) {
		return nil
	}
	if l.Counted != CountedDevices { // of these Parts.Count knows what the firm decided
		if hand, err := s.ByHand(ctx, ids.ID(l.ID)); err != nil || hand {
			return err
		}
	}
	list, ok, err := s.p.Count(ctx, ids.ID(l.ClientID), l.Counted, l.Filter)
	if err != nil || !ok {
		return err
	}
	return s.Cover(ctx, ids.ID(l.ID), day, l.Counted, list)
}

// UseIn notes in tx what was used beyond an allowance, or, below zero, that it was less than noted before.
func (s *Service) UseIn(ctx context.Context, tx *sql.Tx, a *Agreement, line ids.ID, f NewFact) error {
	err := store.New(tx).InsertFact(ctx, store.InsertFactParams{
		ID: int64(s.p.IDs.New()), AgreementID: int64(a.ID), LineID: int64(line), Day: int64(f.Day), Coef: f.Quantity.Coef, Scale: int64(f.Quantity.Scale), Source: f.Source, Evidence: f.Evidence, MadeAt: s.now(),
	})
	if err != nil {
		return err
	}
	return s.Reopen(ctx, tx, a.ID, f.Day, farthest)
}

// Covered is a device, a person or a site that an agreement covers.
type Covered struct {
	Agreement ids.ID
	Number    string // of the agreement
	LineID    ids.ID
	Line      string
	Kind      string // one of the Counted… words
	Member
}

// Covered returns what of a client is covered on a day, by kind and name.
func (s *Service) Covered(ctx context.Context, client ids.ID, day civil.Date) ([]Covered, error) {
	rows, err := s.read().MembersOfClient(ctx, int64(client), int64(day), int64(day))
	out := make([]Covered, len(rows))
	for i, r := range rows {
		out[i] = Covered{ids.ID(r.AgreementID), r.Number, ids.ID(r.LineID), r.Line, r.Kind, Member{Ref: r.Ref, Name: r.Name, Starts: civil.Date(r.Starts), Ends: civil.Date(r.Ends)}}
	}
	return out, err
}

// CountedFilter is a filter by which an agreement of a client counts devices.
type CountedFilter struct {
	Client ids.ID
	Filter string
}

// CountedFilters returns the filters by which active agreements count devices, each once.
func (s *Service) CountedFilters(ctx context.Context) ([]CountedFilter, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT DISTINCT a.client_id, l.filter FROM agreements_lines l JOIN agreements_agreements a ON a.id = l.agreement_id
WHERE a.state = $1 AND l.counted = $2 ORDER BY 1, 2`, int64(Active), CountedDevices)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []CountedFilter
	for rows.Next() {
		var f CountedFilter
		if err := rows.Scan(&f.Client, &f.Filter); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// LineCount is how a line that counts on its own came to its quantity.
type LineCount struct {
	Line   ids.ID
	Source string // of its latest count, such as CountedHand; "" = it has none
	Ref    string // of what it covers or, when that is nothing, covered last; "" = it never covered anything
	Covers bool   // it covers that one still
}

// LineCounts returns how the lines of a client that count a kind on a day came to their quantities.
func (s *Service) LineCounts(ctx context.Context, client ids.ID, counted string, day civil.Date) ([]LineCount, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT l.id,
  coalesce((SELECT f.source FROM agreements_facts f WHERE f.agreement_id = l.agreement_id AND f.line_id = l.id ORDER BY f.day DESC, f.id DESC LIMIT 1), ''),
  coalesce((SELECT m.ref FROM agreements_members m WHERE m.line_id = l.id ORDER BY m.ends DESC, m.starts DESC, m.id DESC LIMIT 1), ''),
  coalesce((SELECT max(m.ends) FROM agreements_members m WHERE m.line_id = l.id), $1)
FROM agreements_lines l JOIN agreements_agreements a ON a.id = l.agreement_id
WHERE a.client_id = $2 AND a.state = $3 AND l.counted = $4 AND a.starts <= $5 AND (a.ends = $1 OR a.ends >= $5) AND (l.last = $1 OR l.last >= $5) ORDER BY l.id`,
		int64(civil.NoDate), int64(client), int64(Active), counted, int64(day))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []LineCount
	for rows.Next() {
		var l LineCount
		var ends int64
		if err := rows.Scan(&l.Line, &l.Source, &l.Ref, &ends); err != nil {
			return nil, err
		}
		l.Covers = l.Ref != "" && civil.Date(ends) >= day
		out = append(out, l)
	}
	return out, rows.Err()
}

// ByHand reports whether the quantity of a line that could be counted on its own is what somebody entered, and was never counted. It
// stands until [Service.CountFromNow]: the first person who is noted of a client must not make thirty one.
func (s *Service) ByHand(ctx context.Context, line ids.ID) (hand bool, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, `SELECT coalesce((SELECT f.source FROM agreements_facts f WHERE f.line_id = l.id ORDER BY f.day DESC, f.id DESC LIMIT 1), '') = $1
  AND NOT EXISTS (SELECT 1 FROM agreements_members m WHERE m.line_id = l.id)
FROM agreements_lines l WHERE l.id = $2`, CountedHand, int64(line)).Scan(&hand)
	return hand, found(err, fault.NewNotFound("There is no such line in an agreement."))
}

// CountFromNow counts a line on its own from today on, though somebody entered its quantity.
func (s *Service) CountFromNow(ctx context.Context, a *Agreement, line ids.ID) error {
	l := a.Line(line)
	if l == nil || l.Counted != CountedPeople && l.Counted != CountedSites || s.p.Count == nil {
		return fault.NewNotFound("There is no such line in an agreement.")
	}
	list, ok, err := s.p.Count(ctx, a.Client, l.Counted, l.Filter)
	if err != nil {
		return err
	}
	if !ok {
		return fault.NewConflict("There is nothing to count yet.")
	}
	return s.Cover(ctx, line, s.Today(a.Zone), l.Counted, list)
}
