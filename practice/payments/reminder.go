// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
)

// Hold keeps a client, or one invoice, from being reminded.
type Hold struct {
	ID      ids.ID
	Client  ids.ID
	Invoice ids.ID     // 0 = everything of the client
	Until   civil.Date // the last day; NoDate = until it is taken away
	Note    string
	Author  string
	MadeAt  int64
}

func scanHold(row interface{ Scan(...any) error }) (h Hold, err error) {
	err = row.Scan(&h.ID, &h.Client, &h.Invoice, &h.Until, &h.Note, &h.Author, &h.MadeAt)
	return h, err
}

// Holds returns all holds, newest first.
func (s *Service) Holds(ctx context.Context) ([]Hold, error) {
	return all(ctx, s.p.DB.Reader(), scanHold, "SELECT id, client_id, invoice_id, until, note, author, made_at FROM payments_holds ORDER BY id DESC")
}

// SetHold keeps a client or an invoice from being reminded; a hold that was there is replaced.
func (s *Service) SetHold(ctx context.Context, h Hold) error {
	h.Note = strings.TrimSpace(h.Note)
	switch {
	case h.Client == 0:
		return fault.NewInvalid("Which client is it?").On("client")
	case len(h.Note) > 500:
		return fault.NewInvalid("Please enter at most %d characters.", 500).On("note")
	case h.Until.Known() && h.Until < s.Today():
		return fault.NewInvalid("The day lies in the past.").On("until")
	}
	_, author := by(ctx)
	return s.change(ctx, "payments.hold", h.Client.String(), h.Note, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO payments_holds (id, client_id, invoice_id, until, note, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (client_id, invoice_id) DO UPDATE SET until = excluded.until, note = excluded.note, author = excluded.author, made_at = excluded.made_at`,
			int64(s.p.IDs.New()), int64(h.Client), int64(h.Invoice), int64(h.Until), h.Note, author, s.now())
		return err
	})
}

// EndHold takes a hold away.
func (s *Service) EndHold(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "payments.hold_end", id.String(), "", func(tx *sql.Tx) error {
		return one(ctx, tx, changedMeanwhile(), "DELETE FROM payments_holds WHERE id = $1", int64(id))
	})
}

// Reminded is one invoice in a reminder.
type Reminded struct {
	billing.Doc
	Late  int // days
	Level int // from 1; the one that is due now
	Sent  int // the highest that went out before
	Held  *Hold
}

// Reminder is a letter to one client that may go out: what is due for reminding in one currency.
type Reminder struct {
	Client   ids.ID
	Name     string
	Email    string
	Language string
	Currency money.Currency
	Level    int // the highest of its invoices
	Total    int64
	Docs     []Reminded
	Held     []Reminded // overdue, but kept from being reminded
	Interest int64      // that the settings' rate gives for Docs up to the day
	Fee      int64      // that the level proposes
	Problem  string     // why it cannot go out, as a locale key; "" = it can
}

// Reminders finds out which reminders are due on a day. After each level the next one waits at least as long as the levels are apart,
// however late the first went out.
func (s *Service) Reminders(ctx context.Context, day civil.Date) ([]Reminder, error) {
	return s.reminders(ctx, s.p.DB.Reader(), day, 0)
}

type sentLevel struct {
	level int
	day   civil.Date
}

func (s *Service) reminders(ctx context.Context, q db.Query, day civil.Date, client ids.ID) ([]Reminder, error) {
	set, err := s.Settings(ctx)
	if err != nil {
		return nil, err
	}
	firm, err := s.p.Billing.Firm(ctx)
	if err != nil {
		return nil, err
	}
	open, err := s.p.Billing.OpenAsOf(ctx, q, day, client)
	if err != nil {
		return nil, err
	}
	holds, err := all(ctx, q, scanHold, "SELECT id, client_id, invoice_id, until, note, author, made_at FROM payments_holds")
	if err != nil {
		return nil, err
	}
	sent, err := s.sentLevels(ctx, q)
	if err != nil {
		return nil, err
	}
	waiting, err := all(ctx, q, scanDebit, "SELECT "+debitColumns+" FROM payments_debits d WHERE d.state = 0")
	if err != nil {
		return nil, err
	}
	collecting := map[ids.ID]bool{}
	for _, d := range waiting {
		collecting[d.Invoice] = true
	}
	var out []Reminder
	at := map[ids.ID]map[money.Currency]int{}
	for _, d := range open {
		late := int(day - d.Due)
		if d.Kind == invoice.CreditNote || d.Open <= 0 || late <= 0 || collecting[d.ID] {
			continue
		}
		r := Reminded{Doc: d.Doc, Late: late, Sent: sent[d.ID].level, Held: heldBy(holds, d.Doc, day)}
		if r.Level = nextLevel(set.Levels, late, sent[d.ID], day); r.Level == 0 {
			continue
		}
		if at[d.Client] == nil {
			at[d.Client] = map[money.Currency]int{}
		}
		i, seen := at[d.Client][d.Currency]
		if !seen {
			i = len(out)
			at[d.Client][d.Currency] = i
			out = append(out, Reminder{Client: d.Client, Name: d.Name, Currency: d.Currency})
		}
		if r.Held != nil {
			out[i].Held = append(out[i].Held, r)
			continue
		}
		x := &out[i]
		x.Docs, x.Level = append(x.Docs, r), max(x.Level, r.Level)
		x.Total += d.Open
		x.Interest += interest(set.Interest, d.Open, late)
	}
	for i := range out {
		x := &out[i]
		if x.Level > 0 && x.Currency == firm.Currency {
			x.Fee = set.Levels[x.Level-1].Fee
		}
		a, err := s.p.Billing.Account(ctx, x.Client)
		if err != nil {
			return nil, err
		}
		if x.Email, x.Language = a.Email, a.Language; x.Language == "" {
			x.Language = firm.Language
		}
		x.Problem = x.problem(set.Least)
	}
	return out, nil
}

// nextLevel is the level that is due: the one after the last, once its day has come and as many days have passed since the last as
// lie between the two. 0 = none.
func nextLevel(levels []Level, late int, sent sentLevel, day civil.Date) int {
	n := sent.level
	if n >= len(levels) || late < levels[n].Days {
		return 0
	}
	if n > 0 && int(day-sent.day) < levels[n].Days-levels[n-1].Days {
		return 0
	}
	return n + 1
}

// interest is that of a year's percentage for some days, by the days of 365 (German and English usage), rounded once.
func interest(percent money.Decimal, open int64, days int) int64 {
	if percent.Coef <= 0 || days <= 0 {
		return 0
	}
	n, err := money.Whole(open).Times(percent.Exact()).Times(money.Fraction(int64(days), 36500)).Round(0)
	if err != nil {
		return 0
	}
	return n
}

func heldBy(holds []Hold, d billing.Doc, day civil.Date) *Hold {
	for i := range holds {
		h := &holds[i]
		if h.Client == d.Client && (h.Invoice == 0 || h.Invoice == d.ID) && (!h.Until.Known() || h.Until >= day) {
			return h
		}
	}
	return nil
}

func (s *Service) sentLevels(ctx context.Context, q db.Query) (map[ids.ID]sentLevel, error) {
	rows, err := q.QueryContext(ctx, "SELECT invoice_id, level, day FROM payments_reminders ORDER BY invoice_id, level")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[ids.ID]sentLevel{}
	for rows.Next() {
		var id ids.ID
		var x sentLevel
		if err := rows.Scan(&id, &x.level, &x.day); err != nil {
			return nil, err
		}
		out[id] = x
	}
	return out, rows.Err()
}

// SentReminder is one that went out.
type SentReminder struct {
	ID      ids.ID
	Invoice ids.ID
	Client  ids.ID
	Level   int
	Day     civil.Date
	Email   string
	Author  string
	MadeAt  int64
}

// SentReminders returns what went out last; of one client where client is not 0.
func (s *Service) SentReminders(ctx context.Context, client ids.ID, limit int) ([]SentReminder, error) {
	return all(ctx, s.p.DB.Reader(), func(row interface{ Scan(...any) error }) (r SentReminder, err error) {
		err = row.Scan(&r.ID, &r.Invoice, &r.Client, &r.Level, &r.Day, &r.Email, &r.Author, &r.MadeAt)
		return r, err
	}, "SELECT id, invoice_id, client_id, level, day, email, author, made_at FROM payments_reminders WHERE (CAST($1 AS BIGINT) = 0 OR client_id = $1) ORDER BY id DESC LIMIT $2", int64(client), limit)
}

// Letter writes a reminder in its client's language.
func (s *Service) Letter(ctx context.Context, r Reminder) (ReminderText, error) {
	set, err := s.Settings(ctx)
	if err != nil {
		return ReminderText{}, err
	}
	firm, err := s.p.Billing.Firm(ctx)
	if err != nil {
		return ReminderText{}, err
	}
	p := locale.New(locale.Document(r.Language, locale.EnUS), s.p.Zone)
	text := HouseText(p, r.Level, len(set.Levels))
	if own := set.own(r.Language); r.Level >= 1 && r.Level <= len(own) {
		if own[r.Level-1].Subject != "" {
			text.Subject = own[r.Level-1].Subject
		}
		if own[r.Level-1].Body != "" {
			text.Body = own[r.Level-1].Body
		}
	}
	var list strings.Builder
	for _, d := range r.Docs {
		list.WriteString("– " + p.T("%[1]s of %[2]s, due on %[3]s: %[4]s", d.Number, p.Date(d.Issued), p.Date(d.Due), p.Money(d.Open, d.Currency)) + "\n")
	}
	fill := strings.NewReplacer("{client}", r.Name, "{invoices}", strings.TrimRight(list.String(), "\n"), "{total}", p.Money(r.Total, r.Currency), "{firm}", firm.Party.Name, "{day}", p.Date(s.Today()))
	text.Subject, text.Body = fill.Replace(text.Subject), fill.Replace(text.Body)
	return text, nil
}

// own are the firm's texts in a language, or in one that differs by region only.
func (x Settings) own(language string) []ReminderText {
	if t, has := x.Texts[language]; has {
		return t
	}
	base, _, _ := strings.Cut(language, "-")
	for _, c := range locale.Documents() {
		if t, has := x.Texts[string(c.Tag)]; has && strings.HasPrefix(string(c.Tag)+"-", base+"-") {
			return t
		}
	}
	return nil
}

// HouseText is what a reminder of a level says where the firm has not written its own.
func HouseText(p locale.Printer, level, levels int) ReminderText {
	switch {
	case level <= 1:
		return ReminderText{p.T("A friendly reminder of your open invoices"), p.T("Good day,\n\nperhaps it escaped your notice: according to our books these invoices are still open.\n\n{invoices}\n\nIn all {total}. If you have paid meanwhile, please disregard this mail.\n\nKind regards\n{firm}")}
	case level >= levels:
		return ReminderText{p.T("Last reminder of your open invoices"), p.T("Good day,\n\nin spite of our reminders these invoices are still open.\n\n{invoices}\n\nPlease pay {total} within seven days. After that we have to take further steps, which cause additional costs.\n\nKind regards\n{firm}")}
	}
	return ReminderText{p.T("Reminder of your open invoices"), p.T("Good day,\n\nwe have not received a payment for these invoices yet.\n\n{invoices}\n\nPlease pay {total} within ten days, or call us if something is unclear.\n\nKind regards\n{firm}")}
}

// SendReminders sends the reminders that are due today to some clients; nil = to all. Each goes out in a transaction of its own with
// the note that it did: however often this is called, and whenever it dies, a level of an invoice goes out once.
func (s *Service) SendReminders(ctx context.Context, to []ids.ID) (sent int, err error) {
	if s.p.Post == nil {
		return 0, fault.NewConflict("No mail can be sent yet: no mailbox has a server for sending. An owner sets one up under Mailboxes.")
	}
	list, err := s.Reminders(ctx, s.Today())
	if err != nil {
		return 0, err
	}
	chosen := map[ids.ID]bool{}
	for _, id := range to {
		chosen[id] = true
	}
	for _, r := range list {
		if to != nil && !chosen[r.Client] || r.Problem != "" {
			continue
		}
		ok, err := s.remind(ctx, r.Client, r.Currency)
		if err != nil {
			return sent, err
		}
		if ok {
			sent++
		}
	}
	return sent, nil
}

// remind reckons one client's reminder anew inside the transaction that sends it.
func (s *Service) remind(ctx context.Context, client ids.ID, c money.Currency) (sent bool, err error) {
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		sent = false
		list, err := s.reminders(ctx, tx, s.Today(), client)
		if err != nil {
			return err
		}
		for _, r := range list {
			if r.Currency != c || r.Problem != "" {
				continue
			}
			text, err := s.Letter(ctx, r)
			if err != nil {
				return err
			}
			if err := s.p.Post(ctx, tx, Letter{To: r.Email, Subject: text.Subject, Body: text.Body}); err != nil {
				return err
			}
			_, author := by(ctx)
			for _, d := range r.Docs {
				_, err := tx.ExecContext(ctx, "INSERT INTO payments_reminders (id, invoice_id, client_id, level, day, email, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
					int64(s.p.IDs.New()), int64(d.ID), int64(d.Client), d.Level, int64(s.Today()), r.Email, author, s.now())
				if err != nil {
					return err
				}
			}
			sent = true
			if err := s.p.Access.Record(ctx, tx, "payments.remind", client.String(), r.Name); err != nil {
				return err
			}
		}
		return nil
	})
	if db.IsUnique(err) { // somebody else sent it meanwhile
		return false, nil
	}
	return sent, err
}

// DraftInterest makes a draft of a fee for what a client is late with: the interest of the settings' rate up to today, and the fee of
// the reminder's level. It is a document of its own, to be looked at and issued.
func (s *Service) DraftInterest(ctx context.Context, client ids.ID, c money.Currency) (id ids.ID, err error) {
	err = s.change(ctx, "payments.fee", client.String(), "", func(tx *sql.Tx) error {
		open, err := s.p.Billing.OpenAsOf(ctx, tx, s.Today(), client)
		if err != nil {
			return err
		}
		set, err := s.Settings(ctx)
		if err != nil {
			return err
		}
		firm, err := s.p.Billing.Firm(ctx)
		if err != nil {
			return err
		}
		a, err := s.p.Billing.Account(ctx, client)
		if err != nil {
			return err
		}
		language := a.Language
		if language == "" {
			language = firm.Language
		}
		p := locale.New(locale.Document(language, locale.EnUS), s.p.Zone)
		sent, err := s.sentLevels(ctx, tx)
		if err != nil {
			return err
		}
		var lines []billing.FeeLine
		var of []ids.ID
		level := 0
		for _, d := range open {
			late := int(s.Today() - d.Due)
			if d.Kind != invoice.Bill || d.Open <= 0 || late <= 0 || d.Currency != c {
				continue
			}
			of, level = append(of, d.ID), max(level, sent[d.ID].level)
			if n := interest(set.Interest, d.Open, late); n > 0 {
				lines = append(lines, billing.FeeLine{Name: p.T("Interest on %[1]s: %[2]s %% a year, %[3]d days", d.Number, set.Interest.String(), late), Net: n})
			}
		}
		if level > 0 && level <= len(set.Levels) && set.Levels[level-1].Fee > 0 && c == firm.Currency {
			lines = append(lines, billing.FeeLine{Name: p.T("Fee for reminding"), Net: set.Levels[level-1].Fee})
		}
		if len(lines) == 0 {
			return fault.NewConflict("There is no interest and no fee to charge. The settings say the rate.")
		}
		id, err = s.p.Billing.DraftFee(ctx, tx, client, lines, of)
		return err
	})
	return id, err
}

// Daily does what each day brings, also for days on which nobody was there: it tells of what became overdue, and sends reminders
// where the settings say so. It may be called as often as one likes.
func (s *Service) Daily(ctx context.Context) error {
	if err := s.tellOverdue(ctx); err != nil {
		return err
	}
	set, err := s.Settings(ctx)
	if err != nil || !set.Auto || s.p.CanSend == nil {
		return err
	}
	if can, err := s.p.CanSend(ctx); err != nil || !can {
		return err
	}
	_, err = s.SendReminders(ctx, nil)
	return err
}

func (s *Service) tellOverdue(ctx context.Context) error {
	late, err := s.untold(ctx, s.p.DB.Reader())
	if err != nil || len(late) == 0 {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		late, err := s.untold(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range late {
			if _, err := tx.ExecContext(ctx, "INSERT INTO payments_overdue (invoice_id, day) VALUES ($1, $2)", int64(d.ID), int64(s.Today())); err != nil {
				return err
			}
			if err := s.tell(ctx, tx, Happening{What: Overdue, Doc: d}); err != nil {
				return err
			}
		}
		return nil
	})
}

// untold are the overdue invoices of which nobody was told.
func (s *Service) untold(ctx context.Context, q db.Query) ([]billing.Doc, error) {
	open, err := s.p.Billing.OpenAsOf(ctx, q, s.Today(), 0)
	if err != nil {
		return nil, err
	}
	told, err := all(ctx, q, func(row interface{ Scan(...any) error }) (id ids.ID, err error) {
		err = row.Scan(&id)
		return id, err
	}, "SELECT invoice_id FROM payments_overdue")
	if err != nil {
		return nil, err
	}
	seen := make(map[ids.ID]bool, len(told))
	for _, id := range told {
		seen[id] = true
	}
	var out []billing.Doc
	for _, d := range open {
		if d.Kind != invoice.CreditNote && d.Open > 0 && d.Due < s.Today() && !seen[d.ID] {
			out = append(out, d.Doc)
		}
	}
	return out, nil
}
