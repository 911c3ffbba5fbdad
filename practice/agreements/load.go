// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

const headColumns = `a.id, a.version, a.number, a.client_id, a.name, a.state, a.currency, a.zone, a.starts, a.ends, a.anchor, a.unit, a.every, a.day, a.arrears, a.prorate, a.lead,
 a.term, a.renew, a.notice, a.least_coef, a.least_scale, a.rise_coef, a.rise_scale, a.rise_every, a.rise_next, a.rise_index, a.pay_days, a.purchase_order, a.scope, a.covers_work, a.level_id,
 a.quote_id, a.plan_id, a.origin, a.signed_by, a.signed_at, a.document, a.billed_through, a.last_run, a.next_due`

func scanHead(rows *sql.Rows) (*Agreement, error) {
	a := &Agreement{}
	var least, rise money.Decimal
	var signed int64
	err := rows.Scan(&a.ID, &a.Version, &a.Number, &a.Client, &a.Name, &a.State, &a.Currency, &a.Zone, &a.Starts, &a.Ends, &a.Cycle.Anchor, &a.Cycle.Unit, &a.Cycle.Every, &a.Cycle.Day, &a.Arrears, &a.Prorate,
		&a.Lead, &a.Term, &a.Renew, &a.Notice, &least.Coef, &least.Scale, &rise.Coef, &rise.Scale, &a.Rise.Every, &a.Rise.Next, &a.Rise.Index, &a.PayDays, &a.Order, &a.Scope, &a.Work, &a.Level,
		&a.Quote, &a.Plan, &a.Origin, &a.SignedBy, &signed, &a.Document, &a.Through, &a.LastRun, &a.NextDue)
	a.Rise.Percent = rise
	if least.Coef >= 0 {
		a.Least = &least
	}
	if signed != 0 {
		a.SignedAt = time.UnixMicro(signed).UTC()
	}
	return a, err
}

// some selects agreements by a condition on a: the subquery of every part, so that a batch is read in a handful of statements.
type some struct {
	where string
	args  []any
}

// load reads agreements with their lines, terms, facts and allowances, by id.
func load(ctx context.Context, q db.Query, by some) ([]*Agreement, error) {
	l := loader{q: q, by: by, at: map[ids.ID]*Agreement{}, lines: map[ids.ID]*Line{}}
	for _, step := range []func(context.Context) error{l.heads, l.lineRows, l.place, l.terms, l.facts, l.pots} {
		if err := step(ctx); err != nil {
			return nil, err
		}
		if len(l.out) == 0 {
			return nil, nil
		}
	}
	return l.out, nil
}

type loader struct {
	q     db.Query
	by    some
	out   []*Agreement
	at    map[ids.ID]*Agreement
	lines map[ids.ID]*Line
	pot   map[ids.ID]*Pot
}

func (l *loader) each(ctx context.Context, query string, fn func(*sql.Rows) error) error {
	rows, err := l.q.QueryContext(ctx, query, l.by.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (l *loader) heads(ctx context.Context) error {
	return l.each(ctx, "SELECT "+headColumns+" FROM agreements_agreements a WHERE "+l.by.where+" ORDER BY a.id", func(rows *sql.Rows) error {
		a, err := scanHead(rows)
		if err == nil {
			l.out = append(l.out, a)
			l.at[a.ID] = a
		}
		return err
	})
}

// in narrows rows of a table that names its agreement to the agreements of the batch.
func (l *loader) in(column string) string {
	return column + " IN (SELECT a.id FROM agreements_agreements a WHERE " + l.by.where + ")"
}

func (l *loader) lineRows(ctx context.Context) error {
	return l.each(ctx, `SELECT l.agreement_id, l.id, l.position, l.item_id, l.code, l.name, l.description, l.kind, l.family, l.measure, l.tax_code, l.account, l.counted, l.filter, l.last
FROM agreements_lines l WHERE `+l.in("l.agreement_id")+` ORDER BY l.agreement_id, l.position, l.id`, func(rows *sql.Rows) error {
		var of ids.ID
		var x Line
		if err := rows.Scan(&of, &x.ID, &x.Position, &x.Item, &x.Code, &x.Name, &x.Description, &x.Kind, &x.Family, &x.Unit, &x.Tax, &x.Account, &x.Counted, &x.Filter, &x.Own); err != nil {
			return err
		}
		if a := l.at[of]; a != nil {
			x.Last = earlier(x.Own, a.Ends)
			a.Lines = append(a.Lines, x)
		}
		return nil
	})
}

// place remembers where each line lies, once none is added any more.
func (l *loader) place(context.Context) error {
	for _, a := range l.out {
		for i := range a.Lines {
			l.lines[a.Lines[i].ID] = &a.Lines[i]
		}
	}
	return nil
}

func (l *loader) terms(ctx context.Context) error {
	return l.each(ctx, `SELECT t.line_id, t.id, t.starts, t.anchor, t.unit, t.every, t.day, t.bill_anchor, t.bill_unit, t.bill_every, t.bill_day, t.once, t.arrears, t.prorate, t.rule, t.model, t.price_coef, t.price_scale, t.more
FROM agreements_terms t WHERE `+l.in("t.agreement_id")+` AND t.replaced = 0 ORDER BY t.agreement_id, t.line_id, t.starts, t.id`, func(rows *sql.Rows) error {
		var of ids.ID
		var t rating.Terms
		var unit int
		var bill rating.Cycle
		var more string
		err := rows.Scan(&of, &t.ID, &t.From, &t.Cycle.Anchor, &t.Cycle.Unit, &t.Cycle.Every, &t.Cycle.Day, &bill.Anchor, &unit, &bill.Every, &bill.Day, &t.Once, &t.Arrears, &t.Prorate, &t.Rule,
			&t.Price.Model, &t.Price.Unit.Coef, &t.Price.Unit.Scale, &more)
		if err != nil {
			return err
		}
		if unit >= 0 {
			bill.Unit, t.Bill = rating.Unit(unit), bill
			t.Bill.Unit = rating.Unit(unit)
		}
		if x := l.lines[of]; x != nil {
			x.Terms = append(x.Terms, t)
			return unpackMore(more, &x.Terms[len(x.Terms)-1].Price)
		}
		return nil
	})
}

func (l *loader) facts(ctx context.Context) error {
	return l.each(ctx, "SELECT f.line_id, f.id, f.day, f.coef, f.scale, f.source, f.evidence FROM agreements_facts f WHERE "+l.in("f.agreement_id")+" ORDER BY f.agreement_id, f.line_id, f.day, f.id", func(rows *sql.Rows) error {
		var of ids.ID
		var f rating.Fact
		var evidence string
		if err := rows.Scan(&of, &f.ID, &f.Day, &f.Quantity.Coef, &f.Quantity.Scale, &f.Source, &evidence); err != nil {
			return err
		}
		x := l.lines[of]
		if x == nil {
			return nil
		}
		x.Facts = append(x.Facts, f)
		if evidence != "" {
			if x.Evidence == nil {
				x.Evidence = map[ids.ID]string{}
			}
			x.Evidence[f.ID] = evidence
		}
		return nil
	})
}

func (l *loader) pots(ctx context.Context) error {
	l.pot = map[ids.ID]*Pot{}
	err := l.each(ctx, `SELECT p.agreement_id, p.id, p.line_id, p.name, p.measure, p.anchor, p.unit, p.every, p.day, p.starts, p.ends, p.each_coef, p.each_scale, p.prorate, p.carry_coef, p.carry_scale, p.keep, p.alert, p.work
FROM agreements_pots p WHERE `+l.in("p.agreement_id")+` ORDER BY p.agreement_id, p.id`, func(rows *sql.Rows) error {
		var of ids.ID
		var p Pot
		var carry money.Decimal
		var ends civil.Date
		if err := rows.Scan(&of, &p.ID, &p.Line, &p.Name, &p.Measure, &p.Cycle.Anchor, &p.Cycle.Unit, &p.Cycle.Every, &p.Cycle.Day, &p.Valid.From, &ends, &p.Each.Coef, &p.Each.Scale, &p.Prorate,
			&carry.Coef, &carry.Scale, &p.Keep, &p.Alert, &p.Work); err != nil {
			return err
		}
		if carry.Coef >= 0 {
			p.Carry = &carry
		}
		a := l.at[of]
		if a == nil {
			return nil
		}
		p.Valid.To = farthest
		for _, last := range []civil.Date{ends, a.Ends} {
			if last.Known() {
				p.Valid.To = min(p.Valid.To, last+1)
			}
		}
		a.Pots = append(a.Pots, p)
		return nil
	})
	if err != nil {
		return err
	}
	for _, a := range l.out {
		for i := range a.Pots {
			l.pot[a.Pots[i].ID] = &a.Pots[i]
		}
	}
	if len(l.pot) == 0 {
		return nil
	}
	return l.potParts(ctx)
}

func (l *loader) potParts(ctx context.Context) error {
	err := l.each(ctx, `SELECT w.pot_id, w.type_id, w.after_hours, w.coef, w.scale FROM agreements_weights w JOIN agreements_pots p ON p.id = w.pot_id WHERE `+l.in("p.agreement_id")+` ORDER BY w.pot_id, w.type_id`, func(rows *sql.Rows) error {
		var of, kind ids.ID
		var after bool
		var d money.Decimal
		if err := rows.Scan(&of, &kind, &after, &d.Coef, &d.Scale); err != nil {
			return err
		}
		p := l.pot[of]
		into := &p.Weights
		if after {
			into = &p.After
		}
		if *into == nil {
			*into = map[ids.ID]money.Decimal{}
		}
		(*into)[kind] = d
		return nil
	})
	if err != nil {
		return err
	}
	return l.each(ctx, "SELECT g.pot_id, g.id, g.starts, g.until, g.coef, g.scale FROM agreements_grants g WHERE "+l.in("g.agreement_id")+" ORDER BY g.id", func(rows *sql.Rows) error {
		var of ids.ID
		var g rating.Grant
		var d money.Decimal
		if err := rows.Scan(&of, &g.ID, &g.From, &g.Until, &d.Coef, &d.Scale); err != nil {
			return err
		}
		g.Amount = d.Exact()
		l.pot[of].Bought = append(l.pot[of].Bought, g)
		return nil
	})
}

// earlier returns the earlier of two last days; NoDate is none.
func earlier(a, b civil.Date) civil.Date {
	if !a.Known() || b.Known() && b < a {
		return b
	}
	return a
}

// farthest is after every day that is billed.
var farthest = civil.MustDate(civil.MaxYear, 12, 31)

// one selects a single agreement.
func one(id ids.ID) some { return some{"a.id = $1", []any{int64(id)}} }
