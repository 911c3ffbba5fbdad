// SPDX-License-Identifier: Apache-2.0

package mime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/mime/mimetest"
)

func read(t testing.TB, raw string) (*mime.Message, map[string]string) {
	t.Helper()
	files := map[string]string{}
	rd := mime.Reader{Keep: func(f *mime.File, r io.Reader) error {
		b, err := io.ReadAll(r)
		files[f.Name], f.Size = string(b), int64(len(b))
		return err
	}}
	m, err := rd.Read(context.Background(), strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m, files
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestReadsWhatAMailSays(t *testing.T) {
	m, files := read(t, crlf(`Return-Path: <ada@harbour.example>
From: =?iso-8859-1?q?J=FCrgen_M=FCller?= <J.Mueller@Harbour.Example>
To: Support <help@firm.example>, boss@firm.example
Cc: "Moreau, Ada" <ada@harbour.example>
Subject: =?utf-8?b?RHJ1Y2tlciDDvGJlciBOYWNodA==?=
Date: Mon, 2 Mar 2026 09:00:00 +0100
Message-ID: <one@harbour.example>
In-Reply-To: <zero@firm.example>
References: <a@firm.example>
 <zero@firm.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Der Drucker f=FCr Etiketten=
 geht nicht.

Am 1. M=E4rz 2026 um 08:00 schrieb Support:
> Geht er?
--inner
Content-Type: text/html; charset=utf-8

<p onclick="x()">Der Drucker <b>geht</b> nicht.<img src="https://track.example/1.gif" alt="Logo"></p>
<script>alert(1)</script><a href="javascript:x">böse</a> <a href="https://ok.example">gut</a>
<div class="gmail_quote">früher</div>
--inner--
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename="../../Rechnung.pdf"
Content-Transfer-Encoding: base64

JVBERi0x
LjQK
--outer--
epilogue
`))
	if m.From != (mime.Address{Name: "Jürgen Müller", Email: "j.mueller@harbour.example"}) || m.Subject != "Drucker über Nacht" || m.ID != "one@harbour.example" {
		t.Errorf("from %+v, subject %q, id %q", m.From, m.Subject, m.ID)
	}
	if len(m.To) != 2 || m.To[0].Email != "help@firm.example" || len(m.Cc) != 1 || m.Cc[0].Name != "Moreau, Ada" {
		t.Errorf("to %v, cc %v", m.To, m.Cc)
	}
	if !slices.Equal(m.InReplyTo, []string{"zero@firm.example"}) || !slices.Equal(m.References, []string{"a@firm.example", "zero@firm.example"}) {
		t.Errorf("in reply to %v, references %v", m.InReplyTo, m.References)
	}
	if !m.Date.Equal(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("date %v", m.Date)
	}
	if m.Text != "Der Drucker für Etiketten geht nicht." {
		t.Errorf("text %q", m.Text)
	}
	for _, bad := range []string{"script", "alert", "onclick", "javascript", "<img", "track.example", "gmail_quote"} {
		if strings.Contains(m.HTML, bad) {
			t.Errorf("HTML holds %q: %s", bad, m.HTML)
		}
	}
	for _, good := range []string{"<b>geht</b>", "[Logo]", `href="https://ok.example"`, "noreferrer", "<details><summary>…</summary>"} {
		if !strings.Contains(m.HTML, good) {
			t.Errorf("HTML lacks %q: %s", good, m.HTML)
		}
	}
	if m.Images != 1 || m.Auto != mime.ByHand || m.Broken || m.Cut {
		t.Errorf("images %d, auto %d, broken %v, cut %v", m.Images, m.Auto, m.Broken, m.Cut)
	}
	if len(m.Files) != 1 || m.Files[0].Name != "Rechnung.pdf" || files["Rechnung.pdf"] != "%PDF-1.4\n" {
		t.Errorf("files %+v %q", m.Files, files)
	}
}

func TestCharsets(t *testing.T) {
	for _, c := range []struct{ label, raw, want string }{
		{"utf-8", "Gr\xc3\xbc\xc3\x9fe", "Grüße"},
		{"", "Gr\xc3\xbc\xc3\x9fe", "Grüße"},
		{"", "Gr\xfc\xdfe", "Grüße"}, // no UTF-8: Windows-1252
		{"windows-1252", "\x80 5", "€ 5"},
		{"iso-8859-15", "\xa4 5", "€ 5"},
		{"koi8-r", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"},
		{"shift_jis", "\x83\x65\x83\x58\x83\x67", "テスト"},
		{"x-unknown", "Gr\xfc\xdfe", "Grüße"},
		{"us-ascii", "Gr\xfc\xdfe", "Grüße"},
	} {
		m, _ := read(t, "From: a@b.example\r\nContent-Type: text/plain; charset="+c.label+"\r\n\r\n"+c.raw)
		if m.Text != c.want {
			t.Errorf("%s: %q, want %q", c.label, m.Text, c.want)
		}
	}
}

func TestHowItWasWritten(t *testing.T) {
	for _, c := range []struct {
		name, header string
		want         mime.Auto
	}{
		{"a person", "From: ada@harbour.example\n", mime.ByHand},
		{"auto-submitted no", "From: ada@harbour.example\nAuto-Submitted: no\n", mime.ByHand},
		{"a person on being out of office", "From: ada@harbour.example\nSubject: Out of office calendar is broken\n", mime.ByHand},
		{"vacation", "From: ada@harbour.example\nAuto-Submitted: auto-replied (vacation)\n", mime.Reply},
		{"exchange", "From: ada@harbour.example\nSubject: Automatische Antwort: Drucker\nX-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\n", mime.Reply},
		{"old vacation", "From: ada@harbour.example\nPrecedence: auto_reply\n", mime.Reply},
		{"monitor", "From: nagios@harbour.example\nAuto-Submitted: auto-generated\n", mime.Bulk},
		{"list", "From: ada@harbour.example\nList-Id: <x.example>\n", mime.Bulk},
		{"bulk", "From: ada@harbour.example\nPrecedence: bulk\n", mime.Bulk},
		{"empty path", "Return-Path: <>\nFrom: ada@harbour.example\n", mime.Bulk},
		{"no-reply", "From: no-reply@shop.example\n", mime.Bulk},
		{"daemon", "From: Mail Delivery System <MAILER-DAEMON@mx.example>\n", mime.Bounced},
		{"report", "From: postmaster@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n", mime.Bounced},
	} {
		m, _ := read(t, crlf(c.header+"\nText\n"))
		if m.Auto != c.want {
			t.Errorf("%s: %d, want %d", c.name, m.Auto, c.want)
		}
	}
}

func TestDeliveryReports(t *testing.T) {
	m, _ := read(t, crlf(`Return-Path: <>
From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=r

--r
Content-Type: text/plain

I am sorry.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ok@harbour.example
Action: relayed
Status: 2.0.0

Final-Recipient: rfc822; Gone@Harbour.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <gone@harbour.example>:
 User unknown
--r
Content-Type: text/rfc822-headers

Message-ID: <ours@firm.example>
Subject: Re: Printer
--r--
`))
	b := m.Bounce
	if b == nil || b.Recipient != "gone@harbour.example" || b.Status != "5.1.1" || b.Why != "550 5.1.1 <gone@harbour.example>: User unknown" || b.Original != "ours@firm.example" || !b.Failed() {
		t.Fatalf("%+v", b)
	}
	m, _ = read(t, crlf("From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\n\n--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1\n--r--\n"))
	if m.Bounce.Failed() {
		t.Error("a delay is no failure")
	}
}

func TestVerdict(t *testing.T) {
	forged := "Authentication-Results: mx.firm.example; dmarc=pass\n"
	for _, c := range []struct {
		header, trusted string
		want            mime.DMARC
	}{
		{"", "mx.firm.example", mime.Unchecked},
		{"Authentication-Results: mx.firm.example; spf=pass; dmarc=pass (p=reject) header.from=harbour.example\n", "mx.firm.example", mime.Pass},
		{"Authentication-Results: mx.firm.example 1; spf=fail;\n dmarc=fail\n", "mx.firm.example", mime.Fail},
		{"Authentication-Results: mx.firm.example; dmarc=none\n", "mx.firm.example", mime.NoPolicy},
		{"Authentication-Results: other.example; dmarc=pass\n", "mx.firm.example", mime.Unchecked},
		{"Authentication-Results: other.example; dmarc=fail\n", "", mime.Fail},
		{forged, "", mime.Unchecked}, // nobody is trusted: a pass says nothing
		{"Authentication-Results: mx.firm.example; dmarc=fail\n" + forged, "mx.firm.example", mime.Fail}, // the own server's stands above
	} {
		m, _ := read(t, crlf(c.header+"From: a@harbour.example\n\nText\n"))
		if got := m.Verdict(c.trusted); got != c.want {
			t.Errorf("%q trusting %q: %q, want %q", c.header, c.trusted, got, c.want)
		}
	}
}

func TestQuotedTextIsFolded(t *testing.T) {
	for _, c := range []struct{ text, fresh string }{
		{"Yes.\n\nOn Mon, 2 Mar 2026 at 08:00, Support <help@firm.example> wrote:\n> Have you?\n", "Yes."},
		{"Ja.\n\nAm Mo., 2. März 2026 um 08:00 Uhr schrieb Support\n<help@firm.example>:\n> Haben Sie?\n", "Ja."},
		{"Ja.\n\n-----Ursprüngliche Nachricht-----\nVon: Support\n\nHaben Sie?", "Ja."},
		{"Yes.\n\nFrom: Support <help@firm.example>\nSent: Monday\nTo: Ada\nSubject: Printer\n\nHave you?", "Yes."},
		{"Yes.\n> Have you?\n", "Yes."},
		{"> Have you?\nYes.\n> And this?\nNo.\n", "> Have you?\nYes.\n> And this?\nNo."}, // answers within
		{"> only this\n", "> only this"},
		{"From: the roof\nit drips.", "From: the roof\nit drips."},
	} {
		m, _ := read(t, "From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+crlf(c.text))
		if m.Text != c.fresh {
			t.Errorf("%q gives %q, want %q", c.text, m.Text, c.fresh)
		}
		if c.fresh != strings.TrimSpace(c.text) && !strings.Contains(m.HTML, "<details>") {
			t.Errorf("%q: what was quoted is lost: %q", c.text, m.HTML)
		}
	}
}

func TestCopiesHaveOneKey(t *testing.T) {
	mail := "From: a@b.example\r\nSubject: x\r\nMessage-ID: <1@b.example>\r\n\r\nText\r\n"
	a, _ := read(t, "Received: from x\r\nDelivered-To: help@firm.example\r\n"+mail)
	b, _ := read(t, "Received: from y\r\nDelivered-To: info@firm.example\r\n"+mail)
	c, _ := read(t, strings.Replace(mail, "Text", "Other", 1)) // a device that gives every mail the same Message-ID
	if a.Key != b.Key || a.Key == c.Key || len(a.Key) != 64 {
		t.Error(a.Key, b.Key, c.Key)
	}
}

func TestLimits(t *testing.T) {
	many := func(n int) string {
		return "From: a@b.example\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", n) + "--b--\r\n"
	}
	for _, c := range []struct{ name, raw, what string }{
		{"at the depth", string(mimetest.Nested(20)), ""},
		{"too deep", string(mimetest.Nested(21)), "depth"},
		{"5,000 deep", string(mimetest.Nested(5000)), "depth"},
		{"at the parts", many(200), ""},
		{"too many parts", many(201), "parts"},
		{"too large", "From: a@b.example\r\nSubject: big\r\n\r\n" + strings.Repeat("x", 25<<20), "size"},
		{"long header", "From: a@b.example\r\nSubject: long\r\nX: " + strings.Repeat("x", 200<<10) + "\r\n\r\n", "header"},
		{"long headers of parts", "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nX: "+strings.Repeat("y", 100<<10)+"\r\n\r\n", 50), "header"},
	} {
		var rd mime.Reader
		m, err := rd.Read(context.Background(), strings.NewReader(c.raw))
		got := ""
		if l, ok := errors.AsType[*mime.LimitError](err); ok {
			got = l.What
		} else if err != nil {
			t.Fatal(err)
		}
		if got != c.what {
			t.Errorf("%s: %q, want %q", c.name, got, c.what)
		}
		if m == nil || m.From.Email == "" {
			t.Errorf("%s: the header is not known: %+v", c.name, m)
		}
	}
}

// A mail of 342 KB of nested parts once cost other parsers ten to twenty seconds.
func TestHostileMailsAreCheap(t *testing.T) {
	deep := "<html><body>" + strings.Repeat("<b><div>", 30_000) + "x"
	for name, raw := range map[string]string{
		"nested":         string(mimetest.Nested(8000)),
		"tags":           "From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + deep,
		"attributes":     "From: a@b.example\r\nContent-Type: text/html\r\n\r\n<p " + strings.Repeat("a ", 120_000) + ">x",
		"tables":         "From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + strings.Repeat("<table><tr><td>", 16_000),
		"long html":      "From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + strings.Repeat("<p>word ", 2_500_000),
		"to":             "From: a@b.example\r\nTo: " + strings.Repeat("(", 100_000) + "\r\n\r\n",
		"subject":        "From: a@b.example\r\nSubject: " + strings.Repeat("=?utf-8?q?", 9_000) + "\r\n\r\n",
		"references":     "From: a@b.example\r\nReferences: " + strings.Repeat("<", 100_000) + "\r\n\r\n",
		"one long line":  "From: a@b.example\r\n\r\n" + strings.Repeat("-", 24<<20),
		"boundary lines": "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=-\r\n\r\n" + strings.Repeat("---x\n", 4<<20),
		"quotes":         "From: a@b.example\r\n\r\nx\n" + strings.Repeat("on ", 50_000) + "\n" + strings.Repeat("from: x\n", 100_000),
		"base64":         "From: a@b.example\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("=", 20<<20),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak := watch(func() {
			rd := mime.Reader{Keep: func(f *mime.File, r io.Reader) (err error) { f.Size, err = io.Copy(io.Discard, r); return err }}
			if _, err := rd.Read(context.Background(), strings.NewReader(raw)); err != nil {
				if _, ok := errors.AsType[*mime.LimitError](err); !ok {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
		runtime.ReadMemStats(&after)
		if total := (after.TotalAlloc - before.TotalAlloc) >> 20; total > 400 {
			t.Errorf("%s allocates %d MB in all", name, total)
		}
		if held := (int64(peak) - int64(before.HeapAlloc)) >> 20; held > 64 {
			t.Errorf("%s holds %d MB", name, held)
		}
	}
}

// watch returns the largest heap that it saw while fn ran.
func watch(fn func()) (peak uint64) {
	done, out := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-done:
				out <- most
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	fn()
	close(done)
	return <-out
}

func TestGeneratedMails(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for i := range 2000 {
		g := mimetest.Make(r, i, mimetest.Envelope{From: "ada@harbour.example", To: "help@firm.example"})
		m, files := read(t, string(g.Raw))
		if m.ID != g.ID || m.Subject != g.Subject || m.From.Email != "ada@harbour.example" || !strings.Contains(m.Text, g.Mark) || !strings.Contains(m.Text, "für") || len(files) != g.Files || m.Broken || m.Date.IsZero() {
			t.Fatalf("mail %d: %+v\n%s", i, m, g.Raw)
		}
		if strings.Contains(m.Text, "turning it off") || strings.Contains(m.HTML, "script") {
			t.Fatalf("mail %d: %q", i, m.Text)
		}
	}
}

func TestBrokenMails(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for i := range 5000 {
		g := mimetest.Make(r, i, mimetest.Envelope{From: "ada@harbour.example", To: "help@firm.example"})
		holds(t, mimetest.Break(r, g.Raw))
	}
}

// holds checks what is true of every mail.
func holds(t *testing.T, raw []byte) {
	t.Helper()
	rd := mime.Reader{Keep: func(f *mime.File, r io.Reader) (err error) { f.Size, err = io.Copy(io.Discard, r); return err }}
	m, err := rd.Read(context.Background(), bytes.NewReader(raw))
	if _, limit := errors.AsType[*mime.LimitError](err); err != nil && !limit {
		t.Fatalf("%v\n%.2000q", err, raw)
	}
	for _, s := range []string{m.Subject, m.Text, m.HTML, m.From.Email, m.From.Name, m.ID} {
		if strings.ContainsAny(s, "\x00\x1b\r") || strings.ToValidUTF8(s, "?") != s {
			t.Fatalf("%.200q cannot be kept\n%.2000q", s, raw)
		}
	}
	for _, bad := range []string{"<script", "<img", "javascript:", "<style", "onclick"} {
		if strings.Contains(strings.ToLower(m.HTML), bad) && !strings.Contains(m.HTML, "&lt;") {
			t.Fatalf("HTML holds %s: %q", bad, m.HTML)
		}
	}
	for _, f := range m.Files {
		if f.Name == "" || strings.ContainsAny(f.Name, "/\\\x00\n") || f.Name == ".." {
			t.Fatalf("file name %q", f.Name)
		}
	}
	if len(m.Subject) > 250 || len(m.Text) > 150_000 {
		t.Fatalf("subject of %d, text of %d bytes", len(m.Subject), len(m.Text))
	}
}

func FuzzRead(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 40 {
		g := mimetest.Make(r, i, mimetest.Envelope{From: "ada@harbour.example", To: "help@firm.example"})
		f.Add(g.Raw)
		f.Add(mimetest.Break(r, g.Raw))
	}
	f.Add(mimetest.Nested(25))
	f.Add([]byte(fmt.Sprintf("From: a@b\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: %s\r\n", "x")))
	f.Fuzz(func(t *testing.T, raw []byte) { holds(t, raw) })
}
