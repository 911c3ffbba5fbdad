// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/desk/mailroom"
	"mainstay/desk/mailroom/mailtest"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
	"mainstay/practice/worklog/rates"
	"mainstay/test/browser"
)

// A whole day with real mail servers and a real browser: a client's mail becomes a ticket, a technician takes it, starts the
// timer and answers; the client follows the mail's link into the portal and writes back; the technician solves it, the
// client says how it was, and the work stands in the list of what is unbilled. Each station is looked at: axe is silent,
// nothing sticks out, the console is quiet.
func TestBrowserWholeDay(t *testing.T) {
	for _, look := range []browser.Look{{Name: "day-light"}, {Name: "day-dark", Dark: true}, {Name: "day-narrow", Width: 390}} {
		t.Run(look.Name, func(t *testing.T) { wholeDay(t, look) })
	}
}

// day is the people and the servers of the story.
type day struct {
	site
	t    *testing.T
	mail *mailtest.Servers
	look browser.Look
}

func wholeDay(t *testing.T, look browser.Look) {
	s := newSite(t)
	d := &day{s, t, mailtest.Start(t, mailtest.Options{}), look}
	client := d.prepare()
	d.mail.Send(t, "vera@mail.firm.example", "help@firm.example", "From: Vera Lind <vera@mail.firm.example>\r\nTo: help@firm.example\r\nSubject: Label printer is off\r\nMessage-ID: <day@mail.firm.example>\r\n\r\nSince this morning nothing prints in the warehouse.\r\n")

	// Triage: the mail comes into the open list by itself.
	ada := d.open("/tickets", &http.Cookie{Name: access.Cookie, Value: d.session.Value})
	ada.Wait(`table[data-rows] tbody a[href="/tickets/1001"]`)
	d.station(ada, "list")
	ada.Click(`a[href="/tickets/1001"][data-open]`)
	ada.Wait("[data-composer]")
	d.set(ada, "#f-priority", "high")
	ada.Click(`form[action="/tickets/1001/edit"] .form-actions button`)
	ada.Wait("[data-toast]")
	ada.Click(`form[action="/tickets/1001/take"] button`)
	ada.Wait(`body:not(:has(form[action="/tickets/1001/take"]))`)
	d.station(ada, "ticket")
	if text := ada.Text(".t-thread"); !strings.Contains(text, "nothing prints in the warehouse") {
		t.Error("the thread says", text)
	}

	// The timer runs, the answer goes out.
	ada.Click(`a[href^="/time/timer?"]`)
	ada.Wait(`form[action="/time/timer/start"]`)
	d.station(ada, "timer")
	ada.Click(`form[action="/time/timer/start"] .btn-primary`)
	ada.Wait(`form[action="/time/timer/stop"]`)
	ada.Goto(d.url + "/tickets/1001")
	ada.Wait("[data-write]")
	ada.Type("[data-write]", "We have restarted the print server. Does it print again?")
	ada.Click(`[data-composer] .btn-primary`)
	ada.Wait(".t-message:nth-of-type(1) ~ .t-message")
	answer := d.arrives("vera", "restarted the print server")
	link := regexp.MustCompile(`http://localhost:8377(/portal/tickets/1001\S*)`).FindStringSubmatch(answer)
	if link == nil {
		t.Fatal("the answer has no link to the portal:\n", answer)
	}

	// The client follows it: a link by mail lets her in, and leads to the ticket.
	vera := d.open(link[1])
	vera.Wait(`form[action="/portal/sign-in"] #f-email`)
	d.station(vera, "sign-in")
	vera.Type("#f-email", "vera@mail.firm.example")
	vera.Click(`form[action="/portal/sign-in"] .btn-primary`)
	vera.Wait(".empty")
	letter := d.arrives("vera", "/portal/enter/")
	enter := regexp.MustCompile(`/portal/enter/\S+`).FindString(letter)
	vera.Goto(d.url + enter)
	vera.Click(".btn-primary")
	if vera.Wait("#p-write"); !strings.HasSuffix(vera.URL(), "/portal/tickets/1001") {
		vera.Goto(d.url + "/portal/tickets/1001")
		vera.Wait("#p-write")
	}
	d.station(vera, "portal-ticket")
	before := d.entries()
	vera.Type("#p-write", "Yes, it prints. Thank you!")
	vera.Click(`form[action="/portal/tickets/1001/say"] .btn-primary`)
	d.until("the client's answer on the ticket", func() bool { return d.entries() > before })

	// The technician sees it come, stops the timer and solves the ticket.
	ada.Wait(".t-theirs ~ li .t-body, .t-theirs + .t-theirs, .t-message:nth-of-type(3)")
	ada.Goto(d.url + "/time/timer")
	ada.Click(`form[action="/time/timer/stop"] .btn-primary`)
	ada.Wait(`body:not(:has(form[action="/time/timer/stop"]))`)
	d.until("the time is entered", func() bool {
		list, err := d.Work.List(context.Background(), access.WholeFirm(), worklog.Query{Client: client, From: civil.NoDate, To: civil.NoDate})
		return err == nil && len(list.Rows) == 1
	})
	ada.Goto(d.url + "/tickets/1001")
	ada.Wait("[data-write]")
	// The thread is fetched anew when the stream opens: it may be empty for a moment.
	d.until("the client's answer in the thread", func() bool { return strings.Contains(ada.Text(".t-thread"), "Yes, it prints") })
	ada.Type("[data-write]", "Then we close this. Good day!")
	d.choose(ada, `[data-composer] [name=status]`, "Solved")
	ada.Click(`[data-composer] .btn-primary`)
	d.until("the ticket solved", func() bool {
		x, err := d.Desk.ByNumber(context.Background(), access.WholeFirm(), 1001)
		return err == nil && !x.State.Unfinished()
	})

	// She says how it was.
	asked := d.arrives("vera", "/portal/rate/")
	vera.Goto(d.url + regexp.MustCompile(`/portal/rate/\S+`).FindString(asked))
	vera.Wait(`form[action^="/portal/rate/"]`)
	d.station(vera, "rate")
	var chosen bool
	vera.Eval(`(() => { const r = document.querySelector("form[action^='/portal/rate/'] input[type=radio]"); r.click(); return r.checked; })()`, &chosen)
	vera.Click(`form[action^="/portal/rate/"] .btn-primary`)
	vera.Wait(`body:not(:has(form[action^="/portal/rate/"]))`)
	ada.Goto(d.url + "/tickets/satisfaction")
	ada.Wait("main.main")
	d.station(ada, "satisfaction")
	if text := ada.Text("main.main"); !strings.Contains(text, "100") {
		t.Error("the rating does not count:", text)
	}

	// What is to be billed.
	ada.Goto(d.url + "/time/unbilled")
	ada.Wait("main.main table")
	d.station(ada, "unbilled")
	if text := ada.Text("main.main"); !strings.Contains(text, "Harbour Dental") || !strings.Contains(text, "30.00") {
		t.Error("a quarter of an hour at 120 is not there:", text)
	}
	ada.Quiet()
	vera.Quiet()
}

// prepare sets the firm up: a client with a person, a mailbox that is read and written from, a rate card; and lets mail and
// jobs run.
func (d *day) prepare() ids.ID {
	ctx := context.Background()
	must := func(err error) {
		d.t.Helper()
		if err != nil {
			d.t.Fatal(err)
		}
	}
	client, err := d.Clients.Create(ctx, clients.Details{Name: "Harbour Dental"})
	must(err)
	_, err = d.Clients.SavePerson(ctx, access.WholeFirm(), client, clients.Person{Name: "Vera Lind", Email: "vera@mail.firm.example"})
	must(err)
	_, err = d.Work.SaveCard(ctx, worklog.Card{Card: rates.Card{
		From: civil.MustDate(2020, 1, 1), Name: "Standard", Currency: "EUR", Minor: 12000, Step: 15, MinEntry: 15, MinTicket: rates.Unset, ByTicket: rates.Unset, Factor: 150, Km: money.Decimal{Coef: rates.Unset},
	}})
	must(err)
	_, err = d.App.Mail.SaveMailbox(ctx, mailroom.Mailbox{
		Name: "Tidegate Support", Address: "help@firm.example", Username: "help", Secret: mailtest.Secret(), Enabled: true, Auth: mailroom.Password,
		IMAP: mailroom.Server{Host: "127.0.0.1", Port: d.mail.IMAP, Security: mailroom.Plain}, SMTP: mailroom.Server{Host: "127.0.0.1", Port: d.mail.SMTP, Security: mailroom.Plain},
	})
	must(err)
	x, err := d.Portal.Settings(ctx)
	must(err)
	x.Enabled, x.Everybody, x.Work, x.Rate = true, true, true, true
	must(d.Portal.SaveSettings(access.With(ctx, &access.Identity{User: 1, Name: "Ada", Role: access.Owner}), x))
	running, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { d.App.Mail.Run(running) })
	wg.Go(func() { d.Jobs.Run(running, 1) })
	d.t.Cleanup(func() { stop(); wg.Wait() })
	return client
}

// open opens a page in a window of one's own.
func (d *day) open(path string, cookies ...*http.Cookie) *browser.Tab {
	l := d.look
	l.URL, l.Cookies = d.url+path, cookies
	return d.Open(d.t, l)
}

// station looks at where the story stands.
func (d *day) station(tab *browser.Tab, name string) {
	d.t.Helper()
	tab.Accessible()
	tab.Fits()
	tab.Shot(name)
}

// entries is how many entries the ticket's thread has.
func (d *day) entries() int {
	d.t.Helper()
	ctx := context.Background()
	x, err := d.Desk.ByNumber(ctx, access.WholeFirm(), 1001)
	if err != nil {
		d.t.Fatal(err)
	}
	thread, err := d.Desk.Thread(ctx, access.WholeFirm(), x.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return len(thread)
}

// until waits for what happens behind the pages.
func (d *day) until(what string, done func() bool) {
	d.t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	d.t.Fatal("in a minute: not ", what)
}

// arrives waits for a mail with these words in somebody's mailbox and returns it, decoded.
func (d *day) arrives(who, words string) (found string) {
	d.t.Helper()
	d.until("a mail with "+words, func() bool {
		for _, raw := range d.mail.Mails(d.t, who, "") {
			m, err := mail.ReadMessage(bytes.NewReader(raw))
			if err != nil {
				continue
			}
			if text := textOf(m); strings.Contains(text, words) {
				found = text
				return true
			}
		}
		return false
	})
	return found
}

// textOf is the text of a mail that has one beside its HTML.
func textOf(m *mail.Message) string {
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	r := multipart.NewReader(m.Body, params["boundary"]) // it decodes quoted-printable
	part, err := r.NextPart()
	if err != nil {
		return ""
	}
	var src io.Reader = part
	if part.Header.Get("Content-Transfer-Encoding") == "base64" {
		src = base64.NewDecoder(base64.StdEncoding, part)
	}
	text, _ := io.ReadAll(src)
	return string(text)
}

// set gives a field a value.
func (d *day) set(tab *browser.Tab, selector, value string) {
	var ok bool
	tab.Eval(fmt.Sprintf(`(() => { const f = document.querySelector(%q); f.value = %q; f.dispatchEvent(new Event("change", { bubbles: true })); return f.value === %q; })()`, selector, value, value), &ok)
	if !ok {
		d.t.Fatalf("%s does not take %s", selector, value)
	}
}

// choose takes the option of a list that says text.
func (d *day) choose(tab *browser.Tab, selector, text string) {
	var ok bool
	tab.Eval(fmt.Sprintf(`(() => { const f = document.querySelector(%q), o = [...f.options].find((x) => x.text === %q); if (o) f.value = o.value; return !!o; })()`, selector, text), &ok)
	if !ok {
		d.t.Fatalf("%s has no %s", selector, text)
	}
}
