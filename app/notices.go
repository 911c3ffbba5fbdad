// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"mainstay/desk/helpdesk"
	helpdeskweb "mainstay/desk/helpdesk/web"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify"
	notifyweb "mainstay/kit/notify/web"
	"mainstay/kit/webhook"
	"mainstay/practice/quotes"
)

// What the firm's people are told of.
const (
	newsAssigned = "assigned"
	newsAnswer   = "answer"
	newsNote     = "note"
	newsMention  = "mention"
	newsDeadline = "deadline"
	newsTicket   = "new" // with the board's id
	newsBounce   = "bounce"
	newsReview   = "review"
	newsWebhook  = "webhook"
	newsQuote    = "quote"
	newsRenewal  = "renewal"
	newsOverdue  = "overdue"
	newsReturned = "returned"
	newsHeld     = "held"
	newsUnpaid   = "unpaid"
)

func newsKinds() []notify.Kind {
	return []notify.Kind{
		{Code: newsAssigned, Need: access.TicketsRead, Shown: true, Mailed: true, Pushed: true},
		{Code: newsAnswer, Need: access.TicketsRead, Shown: true, Mailed: true, Pushed: true},
		{Code: newsNote, Need: access.TicketsRead, Shown: true},
		{Code: newsMention, Need: access.TicketsRead, Shown: true, Mailed: true, Pushed: true},
		{Code: newsDeadline, Need: access.TicketsRead, Shown: true, Mailed: true, Pushed: true},
		{Code: newsTicket, Need: access.TicketsRead},
		{Code: newsBounce, Need: access.TicketsRead, Shown: true, Mailed: true},
		{Code: newsReview, Need: access.TicketsWrite},
		{Code: newsQuote, Need: access.AgreementsRead, Shown: true, Mailed: true},
		{Code: newsRenewal, Need: access.AgreementsRead, Shown: true, Mailed: true},
		{Code: newsWebhook, Need: access.FirmManage, Shown: true, Mailed: true},
		{Code: newsOverdue, Need: access.PaymentsWrite},
		{Code: newsReturned, Need: access.PaymentsWrite},
		{Code: newsHeld, Need: access.BillingRun, Shown: true},
		{Code: newsUnpaid, Need: access.PaymentsWrite, Shown: true},
		{Code: newsAlert, Need: access.AlertsRead, Shown: true, Pushed: true},
	}
}

// newsData is what is kept of an occurrence, for its words.
type newsData struct {
	Number  int64            `json:"number,omitempty"`
	Subject string           `json:"subject,omitempty"`
	Who     string           `json:"who,omitempty"`
	Text    string           `json:"text,omitempty"` // the beginning of what was said
	Promise helpdesk.Promise `json:"promise,omitempty"`
	Breach  bool             `json:"breach,omitempty"`
	Due     int64            `json:"due,omitempty"` // microseconds
	Board   string           `json:"board,omitempty"`
	To      string           `json:"to,omitempty"`
	Quote   string           `json:"quote,omitempty"` // what became of it
	Day     string           `json:"day,omitempty"`
	Held    int              `json:"held,omitempty"`
	Failed  int              `json:"failed,omitempty"`
}

// buildNotify makes what tells people, and has it listen to the desk.
func (a *App) buildNotify() {
	a.Notify = notify.New(notify.Parts{
		DB: a.DB, Clock: a.Clock, IDs: a.IDs, Bus: a.Bus, Log: a.Log, URL: a.PublicURL(),
		Kinds: newsKinds(), Offer: a.newsOffers, Say: sayNews,
		CanSend: a.Mail.CanSend,
		Post: func(ctx context.Context, tx *sql.Tx, l notify.Letter) error {
			return a.Mail.Post(ctx, tx, mailroom.Letter{To: l.To, Subject: l.Subject, Body: l.Body})
		},
		Push: a.push(),
		Printer: func(ctx context.Context, language, zone string) locale.Printer {
			firm, err := a.Values.Firm(ctx)
			if err != nil {
				a.Log.Error("cannot read the firm's settings", "error", err)
			}
			return printerFor(firm, &access.Identity{Language: language, Zone: zone}, "")
		},
	})
	a.Desk.Listen(a.tellOfTicket)
	a.Agreements.Listen(a.tellOfAgreement)
}

func (a *App) noticePages() *notifyweb.Handlers {
	return &notifyweb.Handlers{Notify: a.Notify, Say: sayNews, Bus: a.Bus, Topics: []string{helpdesk.Topic, mailroom.Topic}, Clock: a.Clock, Mail: a.Mail.CanSend}
}

// newsOffers are the lines of the page on which a person chooses.
func (a *App) newsOffers(ctx context.Context) ([]notify.Offer, error) {
	t := func(key string) string { return locale.T(ctx, key) }
	mine, firm := t(locale.Key("My tickets and those that I follow")), t(locale.Key("New tickets that nobody has taken"))
	out := []notify.Offer{
		{Code: newsAssigned, Group: mine, Label: t(locale.Key("A ticket is given to me"))},
		{Code: newsAnswer, Group: mine, Label: t(locale.Key("The client writes"))},
		{Code: newsNote, Group: mine, Label: t(locale.Key("A colleague answers or notes something"))},
		{Code: newsMention, Group: mine, Label: t(locale.Key("Somebody mentions me")), Hint: t(locale.Key("With @ and my name, in a note on any ticket."))},
		{Code: newsDeadline, Group: mine, Label: t(locale.Key("A deadline comes near or has passed")), Hint: t(locale.Key("Also of tickets that an escalation tells me of."))},
		{Code: newsBounce, Group: mine, Label: t(locale.Key("My answer cannot be delivered"))},
	}
	set, err := a.Desk.Setup(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range set.Boards {
		if !b.Archived {
			out = append(out, notify.Offer{Code: newsTicket + "/" + b.ID.String(), Group: firm, Label: helpdeskweb.BoardName(locale.From(ctx), b), Data: b.Name != ""})
		}
	}
	return append(out,
		notify.Offer{Code: newsAlert, Group: t(locale.Key("Alerts")), Label: t(locale.Key("A device needs attention")), Hint: t(locale.Key("Where a chain of calls says who is told, only they are."))},
		notify.Offer{Code: newsReview, Group: t(locale.Key("Mail")), Label: t(locale.Key("A mail waits for a decision")), Hint: t(locale.Key("At most once an hour."))},
		notify.Offer{Code: newsQuote, Group: t(locale.Key("Money")), Label: t(locale.Key("A quote is accepted or declined"))},
		notify.Offer{Code: newsRenewal, Group: t(locale.Key("Agreements")), Label: t(locale.Key("A renewal, or a rise by an index, comes near"))},
		notify.Offer{Code: newsOverdue, Group: t(locale.Key("Payments")), Label: t(locale.Key("An invoice is overdue"))},
		notify.Offer{Code: newsReturned, Group: t(locale.Key("Payments")), Label: t(locale.Key("A payment is taken back or given back"))},
		notify.Offer{Code: newsUnpaid, Group: t(locale.Key("Payments")), Label: t(locale.Key("A debit or a saved card was refused"))},
		notify.Offer{Code: newsHeld, Group: t(locale.Key("Billing")), Label: t(locale.Key("A run left something out")), Hint: t(locale.Key("An amount that differs from the last one, or something that cannot be billed."))},
		notify.Offer{Code: newsWebhook, Group: t(locale.Key("Firm")), Label: t(locale.Key("A webhook was switched off by itself")), Hint: t(locale.Key("It told us to stop, or nothing arrived there for days."))},
	), nil
}

func aboutTicket(id ids.ID) string { return "ticket/" + id.String() }

// ticketNews begins what is told of a ticket.
func ticketNews(kind, once string, t helpdesk.Ticket, d newsData) notify.News {
	d.Number, d.Subject = t.Number, t.Subject
	return notify.News{Kind: kind, About: aboutTicket(t.ID), Link: "/tickets/" + strconv.FormatInt(t.Number, 10), Once: kind + "/" + once, Data: d}
}

// tellOfTicket tells people of what happened to a ticket, in its transaction.
func (a *App) tellOfTicket(ctx context.Context, tx *sql.Tx, h helpdesk.Happening) error {
	by := ids.ID(0)
	if h.By.Kind == "user" {
		by = h.By.ID
	}
	once := h.Ticket.ID.String() + "/" + strconv.FormatInt(h.Ticket.Version, 10)
	var list []notify.News
	if h.Ticket.Assignee != 0 && (h.Made || h.Ticket.Assignee != h.Before.Assignee) {
		n := ticketNews(newsAssigned, once, h.Ticket, newsData{Who: h.By.Name})
		n.To = []ids.ID{h.Ticket.Assignee}
		list = append(list, n)
	}
	if h.Ticket.Assignee == 0 && h.Ticket.State.Unfinished() && (h.Made || h.Ticket.Board != h.Before.Board) {
		board := h.Ticket.Board.String()
		n := ticketNews(newsTicket, h.Ticket.ID.String()+"/"+board, h.Ticket, newsData{Who: h.By.Name})
		n.Kind, n.All = newsTicket+"/"+board, true
		list = append(list, n)
	}
	if h.Entry != nil {
		said, err := a.saidNews(ctx, tx, h)
		if err != nil {
			return err
		}
		list = append(list, said...)
	}
	for _, n := range list {
		n.By = by
		if err := a.Notify.Tell(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

// saidNews are for those who are mentioned, and for the others whose ticket it is or who follow it. Whoever is given the
// ticket at the same time hears that already.
func (a *App) saidNews(ctx context.Context, tx *sql.Tx, h helpdesk.Happening) ([]notify.News, error) {
	e := h.Entry
	kind := newsNote
	switch {
	case e.Kind == helpdesk.TimeEntry || e.AuthorKind == "system":
		return nil, nil
	case e.AuthorKind == "person":
		kind = newsAnswer
	}
	d := newsData{Who: e.Author, Text: excerpt(e.Body)}
	var out []notify.News
	var mentioned []ids.ID
	if e.AuthorKind == "user" && strings.Contains(e.Body, "@") {
		people, err := a.Access.People(ctx)
		if err != nil {
			return nil, err
		}
		if mentioned = mentions(e.Body, people); len(mentioned) > 0 {
			n := ticketNews(newsMention, e.ID.String(), h.Ticket, d)
			n.To = mentioned
			out = append(out, n)
		}
	}
	to, err := a.Desk.WatchersIn(ctx, tx, h.Ticket.ID)
	if err != nil {
		return nil, err
	}
	given := h.Made || h.Ticket.Assignee != h.Before.Assignee
	if !given {
		to = append(to, h.Ticket.Assignee)
	}
	to = slices.DeleteFunc(to, func(id ids.ID) bool { return slices.Contains(mentioned, id) || given && id == h.Ticket.Assignee })
	n := ticketNews(kind, e.ID.String(), h.Ticket, d)
	n.To = to
	return append(out, n), nil
}

// mentions are the people whose name stands behind an @: their whole name, or their first where nobody else has it.
func mentions(text string, people []access.Person) (out []ids.ID) {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	text = fold(text)
	first := map[string]int{}
	for _, p := range people {
		if p.Active {
			name, _, _ := strings.Cut(fold(p.Name), " ")
			first[name]++
		}
	}
	named := func(name string) bool {
		for at := 0; name != ""; {
			i := strings.Index(text[at:], "@"+name)
			if i < 0 {
				return false
			}
			begin, end := at+i, at+i+1+len(name)
			at = end
			before, after := ' ', ' '
			for _, r := range text[end:] {
				after = r
				break
			}
			if begin > 0 {
				before = rune(text[begin-1])
			}
			if !wordy(before) && !wordy(after) { // no address, and no longer name
				return true
			}
		}
		return false
	}
	for _, p := range people {
		if !p.Active {
			continue
		}
		whole := fold(p.Name)
		short, _, _ := strings.Cut(whole, " ")
		if named(whole) || first[short] == 1 && named(short) {
			out = append(out, p.ID)
		}
	}
	return out
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r > 127 }

// excerpt is the beginning of a text.
func excerpt(s string) string {
	const most = 240
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	s = strings.ToValidUTF8(s[:most], "")
	if i := strings.LastIndexByte(s, ' '); i > most/2 {
		s = s[:i]
	}
	return s + " …"
}

// tellOfAlarm tells whom an alarm concerns. One that comes after a standstill is no news for a mail.
func (a *App) tellOfAlarm(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket, alarm helpdesk.Alarm) error {
	once := fmt.Sprintf("%s/%s/%t/%d", t.ID, alarm.Promise, alarm.Breach, alarm.Due.UnixMicro())
	n := ticketNews(newsDeadline, once, t, newsData{Promise: alarm.Promise, Breach: alarm.Breach, Due: alarm.Due.UnixMicro()})
	n.To, n.Quiet = []ids.ID{t.Assignee}, alarm.Stale
	if alarm.Watchers {
		watchers, err := a.Desk.WatchersIn(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		n.To = append(n.To, watchers...)
	}
	if len(alarm.Roles) > 0 {
		people, err := a.Access.People(ctx)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.Active && slices.Contains(alarm.Roles, p.Role) {
				n.To = append(n.To, p.ID)
			}
		}
	}
	return a.Notify.Tell(ctx, tx, n)
}

// tellOfBounce tells whoever wrote a reply that it will not arrive or, where they wrote it as nobody, the assignee.
func (a *App) tellOfBounce(ctx context.Context, tx *sql.Tx, d mailroom.Delivery) error {
	t, err := a.Desk.In(ctx, tx, d.Ticket)
	if err != nil {
		return err
	}
	who, err := a.Desk.AuthorIn(ctx, tx, d.Ticket, d.Entry)
	if err != nil {
		return err
	}
	n := ticketNews(newsBounce, d.ID.String()+"/"+strconv.Itoa(d.Attempts), t, newsData{To: d.To, Text: excerpt(d.Error)})
	n.To = []ids.ID{t.Assignee}
	if who.Kind == "user" && who.ID != 0 {
		n.To = []ids.ID{who.ID}
	}
	return a.Notify.Tell(ctx, tx, n)
}

// tellOfReview tells those who asked for it that mail waits, at most once an hour.
func (a *App) tellOfReview(ctx context.Context, tx *sql.Tx, m mailroom.Message) error {
	who := m.Name
	if who == "" {
		who = m.From
	}
	hour := a.Clock.Now().Unix() / int64(time.Hour/time.Second)
	return a.Notify.Tell(ctx, tx, notify.News{
		Kind: newsReview, About: "mail-review", Link: "/mail", Once: newsReview + "/" + strconv.FormatInt(hour, 10), All: true, Data: newsData{Who: who, Text: excerpt(m.Subject)},
	})
}

// sayNews gives news their words.
func sayNews(ctx context.Context, n notify.Notice) notify.Text {
	var d newsData
	_ = json.Unmarshal(n.Data, &d) // written by us; without it the words are fewer
	out := notify.Text{Icon: "bell"}
	if d.Number != 0 {
		out.About = "#" + strconv.FormatInt(d.Number, 10) + " " + d.Subject
	}
	kind, _, _ := strings.Cut(n.Kind, "/")
	switch kind {
	case newsAssigned:
		out.Icon, out.What = "user-check", locale.T(ctx, "%s gave you this ticket", d.Who)
	case newsAnswer:
		out.Icon, out.What, out.Excerpt = "message-square", locale.T(ctx, "%s wrote", d.Who), d.Text
	case newsNote:
		out.Icon, out.What, out.Excerpt = "pencil", locale.T(ctx, "%s answered or noted something", d.Who), d.Text
	case newsMention:
		out.Icon, out.What, out.Excerpt = "tag", locale.T(ctx, "%s mentioned you", d.Who), d.Text
	case newsDeadline:
		out.Icon, out.What, out.Hot = "alarm-clock", alarmWords(ctx, d), d.Breach
	case newsTicket:
		out.Icon, out.What = "ticket", locale.T(ctx, "New ticket that nobody has taken")
	case newsBounce:
		out.Icon, out.What, out.Excerpt, out.Hot = "triangle-alert", locale.T(ctx, "Your answer cannot be delivered to %s", d.To), d.Text, true
	case newsReview:
		out.Icon, out.What, out.Excerpt = "inbox", locale.T(ctx, "A mail of %s waits for a decision", d.Who), d.Text
	case newsQuote:
		out.Icon, out.About, out.What, out.Excerpt, out.Hot = "file-text", d.Subject, quoteWords(ctx, d), d.Text, d.Quote == quotes.Declined
	case newsRenewal:
		day, _ := civil.Parse(d.Day)
		out.About, out.Icon, out.Hot = d.Subject, "handshake", true
		if out.What = locale.T(ctx, "%[1]s can be given notice until %[2]s", d.To, locale.From(ctx).Date(day)); d.Text != "" {
			out.What = locale.T(ctx, "The prices of %[1]s follow the index %[2]s on %[3]s", d.To, d.Text, locale.From(ctx).Date(day))
		}
	case newsOverdue:
		out.Icon, out.What = "clock", locale.T(ctx, "%[1]s of %[2]s is overdue: %[3]s", d.Subject, d.Who, d.Text)
	case newsReturned:
		out.Icon, out.What = "undo-2", locale.T(ctx, "A payment of %[1]s came back: %[2]s", d.Who, d.Text)
	case newsUnpaid:
		out.Icon, out.What, out.Excerpt, out.Hot = "ban", locale.T(ctx, "%[1]s of %[2]s could not be collected: %[3]s", d.Subject, d.Who, d.To), d.Text, true
	case newsHeld:
		day, _ := civil.Parse(d.Day)
		out.Icon, out.About, out.Hot = "receipt-text", locale.T(ctx, "Run of %s", locale.From(ctx).Date(day)), true
		switch {
		case d.Held == 0:
			out.What = locale.N(ctx, "%d could not be billed|%d could not be billed", int64(d.Failed))
		case d.Failed == 0:
			out.What = locale.N(ctx, "%d agreement is held back: look at its amount|%d agreements are held back: look at their amounts", int64(d.Held))
		default:
			out.What = locale.T(ctx, "%[1]d held back, %[2]d could not be billed", d.Held, d.Failed)
		}
	case newsAlert:
		out.Icon, out.About, out.What, out.Hot = "triangle-alert", d.Subject, d.Text, d.Breach
	case newsWebhook:
		out.Icon, out.What, out.Hot = "webhook", locale.T(ctx, "The webhook to %s was switched off: nothing arrived there for days", d.To), true
		if webhook.Reason(d.Text) == webhook.Gone {
			out.What = locale.T(ctx, "The webhook to %s was switched off: the receiver does not want it any more", d.To)
		}
	}
	return out
}

func alarmWords(ctx context.Context, d newsData) string {
	due := locale.From(ctx).DateTime(time.UnixMicro(d.Due))
	switch {
	case d.Promise == helpdesk.FirstAnswer && d.Breach:
		return locale.T(ctx, "The first answer was due %s", due)
	case d.Promise == helpdesk.FirstAnswer:
		return locale.T(ctx, "The first answer is due %s", due)
	case d.Promise == helpdesk.NextAnswer && d.Breach:
		return locale.T(ctx, "The next answer was due %s", due)
	case d.Promise == helpdesk.NextAnswer:
		return locale.T(ctx, "The next answer is due %s", due)
	case d.Breach:
		return locale.T(ctx, "The solution was due %s", due)
	}
	return locale.T(ctx, "The solution is due %s", due)
}

// sawTicket marks as read what a person was told of a ticket that they look at.
func (a *App) sawTicket(ctx context.Context, t helpdesk.Ticket) error {
	if id := access.From(ctx); id != nil && !id.ByToken {
		return a.Notify.ReadAbout(ctx, id.User, aboutTicket(t.ID))
	}
	return nil
}
