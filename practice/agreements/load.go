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

const headCount = 41

func readHead(c *db.Cells) *Agreement {
	a := &Agreement{ID: ids.ID(c.Int()), Version: c.Int(), Number: c.Text()}
	a.Client, a.Name, a.State, a.Currency, a.Zone = ids.ID(c.Int()), c.Text(), State(c.Int()), money.Currency(c.Text()), c.Text()
	a.Starts, a.Ends = readDay(c), readDay(c)
	a.Cycle = readCycle(c)
	a.Arrears, a.Prorate, a.Lead = c.Bool(), rating.Proration(c.Int()), int(c.Int())
	a.Term, a.Renew, a.Notice = int(c.Int()), int(c.Int()), int(c.Int())
	if least := readDecimal(c); least.Coef >= 0 {
		a.Least = &least
	}
	a.Rise = Rise{Percent: readDecimal(c), Every: int(c.Int()), Next: readDay(c), Index: c.Text()}
	a.PayDays, a.Order, a.Scope, a.Work, a.Level = int(c.Int()), c.Text(), c.Text(), c.Text(), ids.ID(c.Int())
	a.Quote, a.Plan, a.Origin, a.SignedBy = ids.ID(c.Int()), ids.ID(c.Int()), c.Text(), c.Text()
	if signed := c.Int(); signed != 0 {
		a.SignedAt = time.UnixMicro(signed).UTC()
	}
	a.Document, a.Through, a.LastRun, a.NextDue = c.Text(), readDay(c), readDay(c), readDay(c)
	return a
}

func readDay(c *db.Cells) civil.Date { return civil.Date(c.Int()) }

func readDecimal(c *db.Cells) money.Decimal {
	return money.Decimal{Coef: c.Int(), Scale: uint8(c.Int())}
}

func readCycle(c *db.Cells) rating.Cycle {
	return rating.Cycle{Anchor: readDay(c), Unit: rating.Unit(c.Int()), Every: int(c.Int()), Day: int(c.Int())}
}

// some selects agreements by a condition on a, or by their ids, so that every part of a batch is read in one statement.
type some struct {
	where string
	args  []any
	ids   bool // where is a list of marks, one for each id
}

// these selects agreements by id.
func these(list []ids.ID) some {
	s := some{args: make([]any, len(list)), ids: true}
	marks := make([]byte, 0, 6*len(list))
	for i, id := range list {
		if i > 0 {
			marks = append(marks, ", "...)
		}
		marks = append(marks, placeholder(i+1)...)
		s.args[i] = int64(id)
	}
	s.where = string(marks)
	return s
}

// in is the condition on a column that names the agreement.
func (s some) in(column string) string {
	if s.ids {
		return column + " IN (" + s.where + ")"
	}
	if column == "a.id" {
		return s.where
	}
	return column + " IN (SELECT a.id FROM agreements_agreements a WHERE " + s.where + ")"
}

// load reads agreements with their lines, terms, facts and allowances, by id.
func load(ctx context.Context, q db.Query, by some) ([]*Agreement, error) {
	l := loader{q: q, by: by, at: map[ids.ID]*Agreement{}, lines: map[ids.ID]*Line{}}
	for _, step := range []func(context.Context) error{l.heads, l.lineRows, l.terms, l.facts, l.pots} {
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

// cells reads the rows of a query that has so many columns.
func (l *loader) cells(ctx context.Context, columns int, query string, fn func(*db.Cells) error) error {
	c := db.NewCells(columns)
	return l.each(ctx, query, func(rows *sql.Rows) error {
		if err := c.Read(rows); err != nil {
			return err
		}
		return fn(c)
	})
}

func (l *loader) heads(ctx context.Context) error {
	return l.cells(ctx, headCount, "SELECT "+headColumns+" FROM agreements_agreements a WHERE "+l.by.in("a.id")+" ORDER BY a.id", func(c *db.Cells) error {
		a := readHead(c)
		l.out = append(l.out, a)
		l.at[a.ID] = a
		return nil
	})
}

func (l *loader) lineRows(ctx context.Context) error {
	// The lines of all agreements lie in one stretch, each agreement's together.
	all := make([]Line, 0, 8*len(l.out))
	from, to := make(map[*Agreement]int, len(l.out)), make(map[*Agreement]int, len(l.out))
	err := l.cells(ctx, 15, `SELECT l.agreement_id, l.id, l.position, l.item_id, l.code, l.name, l.description, l.kind, l.family, l.measure, l.tax_code, l.account, l.counted, l.filter, l.last
FROM agreements_lines l WHERE `+l.by.in("l.agreement_id")+` ORDER BY l.agreement_id, l.position, l.id`, func(c *db.Cells) error {
		a := l.at[ids.ID(c.Int())]
		if a == nil {
			return nil
		}
		x := Line{Line: rating.Line{ID: ids.ID(c.Int())}, Position: int(c.Int())}
		x.Copy = Copy{Item: ids.ID(c.Int()), Code: c.Text(), Name: c.Text(), Description: c.Text(), Kind: c.Text(), Family: c.Text(), Unit: c.Text(), Tax: c.Text(), Account: c.Text(), Counted: c.Text(), Filter: c.Text()}
		x.Own = readDay(c)
		x.Last = earlier(x.Own, a.Ends)
		if _, seen := to[a]; !seen {
			from[a] = len(all)
		}
		all = append(all, x)
		to[a] = len(all)
		return nil
	})
	// Where each line lies is known once none is added any more.
	for _, a := range l.out {
		a.Lines = all[from[a]:to[a]:to[a]]
		for i := range a.Lines {
			l.lines[a.Lines[i].ID] = &a.Lines[i]
		}
	}
	return err
}

func (l *loader) terms(ctx context.Context) error {
	return l.cells(ctx, 19, `SELECT t.line_id, t.id, t.starts, t.anchor, t.unit, t.every, t.day, t.bill_anchor, t.bill_unit, t.bill_every, t.bill_day, t.once, t.arrears, t.prorate, t.rule, t.model, t.price_coef, t.price_scale, t.more
FROM agreements_terms t WHERE `+l.by.in("t.agreement_id")+` AND t.replaced = 0 ORDER BY t.agreement_id, t.line_id, t.starts, t.id`, func(c *db.Cells) error {
		x := l.lines[ids.ID(c.Int())]
		if x == nil {
			return nil
		}
		t := rating.Terms{ID: ids.ID(c.Int()), From: readDay(c), Cycle: readCycle(c)}
		if anchor, unit, every, day := readDay(c), c.Int(), int(c.Int()), int(c.Int()); unit >= 0 {
			t.Bill = rating.Cycle{Anchor: anchor, Unit: rating.Unit(unit), Every: every, Day: day}
		}
		t.Once, t.Arrears, t.Prorate, t.Rule = c.Bool(), c.Bool(), rating.Proration(c.Int()), rating.Rule(c.Int())
		t.Price.Model, t.Price.Unit = rating.Model(c.Int()), readDecimal(c)
		x.Terms = append(x.Terms, t)
		return unpackMore(c.Text(), &x.Terms[len(x.Terms)-1].Price)
	})
}

func (l *loader) facts(ctx context.Context) error {
	return l.cells(ctx, 7, "SELECT f.line_id, f.id, f.day, f.coef, f.scale, f.source, f.evidence FROM agreements_facts f WHERE "+l.by.in("f.agreement_id")+" ORDER BY f.agreement_id, f.line_id, f.day, f.id", func(c *db.Cells) error {
		x := l.lines[ids.ID(c.Int())]
		if x == nil {
			return nil
		}
		f := rating.Fact{ID: ids.ID(c.Int()), Day: readDay(c), Quantity: readDecimal(c), Source: c.Text()}
		x.Facts = append(x.Facts, f)
		if evidence := c.Text(); evidence != "" {
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
	err := l.each(ctx, `SELECT p.agreement_id, p.id, p.line_id, p.name, p.measure, p.anchor, p.unit, p.every, p.day, p.starts, p.ends, p.each_coef, p.each_scale, p.prorate, p.carry_coef, p.carry_scale, p.keep, p.alert, p.work, p.follows
FROM agreements_pots p WHERE `+l.by.in("p.agreement_id")+` ORDER BY p.agreement_id, p.id`, func(rows *sql.Rows) error {
		var of ids.ID
		var p Pot
		var carry money.Decimal
		var ends civil.Date
		if err := rows.Scan(&of, &p.ID, &p.Line, &p.Name, &p.Measure, &p.Cycle.Anchor, &p.Cycle.Unit, &p.Cycle.Every, &p.Cycle.Day, &p.Valid.From, &ends, &p.Each.Coef, &p.Each.Scale, &p.Prorate,
			&carry.Coef, &carry.Scale, &p.Keep, &p.Alert, &p.Work, &p.Follows); err != nil {
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
	err := l.each(ctx, `SELECT w.pot_id, w.type_id, w.after_hours, w.coef, w.scale FROM agreements_weights w JOIN agreements_pots p ON p.id = w.pot_id WHERE `+l.by.in("p.agreement_id")+` ORDER BY w.pot_id, w.type_id`, func(rows *sql.Rows) error {
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
	return l.each(ctx, "SELECT g.pot_id, g.id, g.starts, g.until, g.coef, g.scale FROM agreements_grants g WHERE "+l.by.in("g.agreement_id")+" ORDER BY g.id", func(rows *sql.Rows) error {
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
func one(id ids.ID) some { return these([]ids.ID{id}) }
