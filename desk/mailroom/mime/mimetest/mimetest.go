// SPDX-License-Identifier: Apache-2.0

// Package mimetest writes mails for tests: sound ones of all the forms that mail programs write, and broken ones made
// of them.
package mimetest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime/quotedprintable"
	"strings"
)

// Mail is a generated mail and what must be found in it.
type Mail struct {
	Raw     []byte
	ID      string
	Subject string
	Mark    string // a word of its text
	Files   int
}

// Envelope says who writes to whom.
type Envelope struct {
	From, To string
	Extra    string // further header lines, each with its line end
	Subject  string // "" = one of its own
}

// Make writes the nth sound mail. The same source and number give the same mail.
func Make(r *rand.Rand, n int, e Envelope) Mail {
	m := Mail{ID: fmt.Sprintf("m%d.%08x@mail.example", n, r.Uint32()), Mark: fmt.Sprintf("marker%dx%04x", n, r.IntN(1<<16)), Subject: e.Subject}
	if m.Subject == "" {
		m.Subject = fmt.Sprintf("%s %d", []string{"Printer offline", "Drucker über Nacht aus", "Outlook öffnet nicht", "Backup ✓ failed", "New starter on Monday"}[r.IntN(5)], n)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Return-Path: <%s>\r\nReceived: from mx.example by mail.example; Mon, 2 Mar 2026 09:00:%02d +0100\r\n", e.From, n%60)
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s>\r\nDate: Mon, 2 Mar 2026 %02d:%02d:%02d +0100\r\n%sMIME-Version: 1.0\r\n",
		person(r, e.From), e.To, subject(r, m.Subject), m.ID, n/3600%24, n/60%60, n%60, e.Extra)
	text := body(r, m.Mark)
	switch r.IntN(6) {
	case 0:
		fmt.Fprintf(&b, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s", text)
	case 1:
		b.WriteString("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
		printable(&b, latin(text))
	case 2:
		b.WriteString("Content-Type: text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
		sixtyFour(&b, []byte(page(text)))
	case 3:
		alternative(&b, r, text)
	default:
		m.Files = 1 + r.IntN(3)
		mixed(&b, r, text, m.Files)
	}
	m.Raw = b.Bytes()
	return m
}

func person(r *rand.Rand, address string) string {
	switch r.IntN(4) {
	case 0:
		return address
	case 1:
		return `"Moreau, Ada" <` + address + ">"
	case 2:
		return "=?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <" + address + ">"
	}
	return "Ada Moreau <" + address + ">"
}

func subject(r *rand.Rand, s string) string {
	if r.IntN(2) == 0 {
		return "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
	}
	return s // raw UTF-8, as many programs write it
}

func body(r *rand.Rand, mark string) string {
	s := "Hello,\r\n\r\nour printer für Etiketten is off again. " + mark + "\r\n\r\nRegards\r\nAda\r\n"
	if r.IntN(3) == 0 {
		s += "\r\nOn Mon, 2 Mar 2026 at 08:00, Support <help@firm.example> wrote:\r\n> Have you tried\r\n> turning it off?\r\n"
	}
	return s
}

func page(text string) string {
	return `<html><head><style>p{color:red}</style></head><body><p>` + strings.ReplaceAll(text, "\r\n", "<br>\r\n") + `</p><img src="https://track.example/p.gif"><script>alert(1)</script></body></html>`
}

func latin(s string) []byte {
	var out []byte
	for _, c := range s {
		out = append(out, byte(c))
	}
	return out
}

func printable(b *bytes.Buffer, text []byte) {
	w := quotedprintable.NewWriter(b)
	_, _ = w.Write(text)
	_ = w.Close()
}

func sixtyFour(b *bytes.Buffer, data []byte) {
	s := base64.StdEncoding.EncodeToString(data)
	for len(s) > 76 {
		b.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	b.WriteString(s + "\r\n")
}

func alternative(b *bytes.Buffer, r *rand.Rand, text string) {
	bound := fmt.Sprintf("alt-%08x", r.Uint32())
	fmt.Fprintf(b, "Content-Type: multipart/alternative;\r\n boundary=%q\r\n\r\nThis is a message in MIME format.\r\n--%s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n--%s\r\n", bound, bound, text, bound)
	b.WriteString("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	printable(b, []byte(page(text)))
	fmt.Fprintf(b, "\r\n--%s--\r\n", bound)
}

func mixed(b *bytes.Buffer, r *rand.Rand, text string, files int) {
	bound := fmt.Sprintf("=_mix.%08x", r.Uint32())
	fmt.Fprintf(b, "Content-Type: multipart/mixed; boundary=%q\r\n\r\n--%s\r\n", bound, bound)
	alternative(b, r, text)
	for i := range files {
		fmt.Fprintf(b, "\r\n--%s\r\nContent-Type: application/octet-stream; name=\"=?utf-8?q?Bericht_=C3=BC_%d.pdf?=\"\r\nContent-Disposition: attachment; filename*=utf-8''Bericht%%20%%C3%%BC%%20%d.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n", bound, i, i)
		data := make([]byte, 100+r.IntN(4000))
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		sixtyFour(b, data)
	}
	fmt.Fprintf(b, "--%s--\r\n", bound)
}

// Break makes a broken mail of a sound one: cut off, with bytes turned, lines lost, doubled or endless, headers without
// sense, boundaries that never come or never end, encodings that lie.
func Break(r *rand.Rand, raw []byte) []byte {
	b := bytes.Clone(raw)
	for range 1 + r.IntN(3) {
		b = harms()[r.IntN(len(harms()))](r, b)
	}
	return b
}

func harms() []func(*rand.Rand, []byte) []byte {
	cut := func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b)+1)] }
	return []func(*rand.Rand, []byte) []byte{
		cut,
		func(r *rand.Rand, b []byte) []byte { // turned bytes
			for range r.IntN(40) {
				if len(b) > 0 {
					b[r.IntN(len(b))] = byte(r.Uint32())
				}
			}
			return b
		},
		func(r *rand.Rand, b []byte) []byte { // lines lost, doubled, swapped
			lines := bytes.SplitAfter(b, []byte("\n"))
			for range 1 + r.IntN(5) {
				i, j := r.IntN(len(lines)), r.IntN(len(lines))
				switch r.IntN(3) {
				case 0:
					lines[i] = nil
				case 1:
					lines[i] = append(bytes.Clone(lines[i]), lines[i]...)
				default:
					lines[i], lines[j] = lines[j], lines[i]
				}
			}
			return bytes.Join(lines, nil)
		},
		func(_ *rand.Rand, b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) },
		func(_ *rand.Rand, b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\r")) },
		func(_ *rand.Rand, b []byte) []byte { return bytes.Replace(b, []byte("\r\n\r\n"), []byte("\r\n"), 1) },
		func(r *rand.Rand, b []byte) []byte { // a header that lies
			lies := []string{
				"Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: x-uuencode", "Content-Type: text/plain; charset=x-none",
				"Content-Type: multipart/mixed", "Content-Type: multipart/mixed; boundary=\"\"", "Content-Type: ;;;=\"", "Content-Type: text/html; charset=utf-16",
				"Content-Type: multipart/mixed; boundary=" + strings.Repeat("x", 3000), "From: <<<>>@@", "From: ", "From: \x00\xff\xfe", "Date: yesterday",
				"Subject: =?utf-8?b?" + strings.Repeat("=?", 500), "Subject: \x1b[31m\xe2\x80\xae", ": no name", " starts with space", "X-" + strings.Repeat("A", 20_000) + ": 1",
				"Content-Disposition: attachment; filename=../../../etc/passwd", "Content-Type: message/delivery-status", "References: " + strings.Repeat("<a@b> ", 3000),
				"Content-Type: multipart/report; report-type=delivery-status; boundary=q", "To: " + strings.Repeat("(", 3000), "From: a@b\x00c",
			}
			return append([]byte(lies[r.IntN(len(lies))]+"\r\n"), b...)
		},
		func(r *rand.Rand, b []byte) []byte { // a mail within itself
			bound := fmt.Sprintf("n%x", r.Uint32())
			return fmt.Appendf(nil, "From: a@harbour.example\r\nSubject: nested\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n%s\r\n--%s\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n", bound, bound, b, bound, b)
		},
		func(_ *rand.Rand, b []byte) []byte { return append(b, bytes.Repeat([]byte("A"), 200_000)...) },
		func(_ *rand.Rand, _ []byte) []byte { return nil },
	}
}

// Nested is a mail of multiparts within each other, whose innermost holds a text.
func Nested(depth int) []byte {
	var b bytes.Buffer
	b.WriteString("From: ada@harbour.example\r\nSubject: deep\r\n")
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("Content-Type: text/plain\r\n\r\nfound\r\n")
	for i := depth - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "--b%d--\r\n", i)
	}
	return b.Bytes()
}
