// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/kit/access"
	"mainstay/kit/fault"
)

// Enquiry is what somebody sends by the form that needs no sign-in. Nothing of it is proved.
type Enquiry struct {
	Name, Email   string
	Subject, Body string
	Files         []Upload
	Trap          string // a field that people do not see: machines fill it in
}

// Upload is a file of an enquiry.
type Upload struct {
	Name    string
	Content io.Reader
}

// mostEnquiries is how many one place may send within two hours.
const mostEnquiries = 20

// CanEnquire reports whether the form is open.
func (s *Service) CanEnquire(ctx context.Context) (bool, error) {
	set, err := s.Settings(ctx)
	return set.Enabled && set.Form, err
}

// Enquire hands what somebody sent to the mailroom as a mail that no server vouches for: from an address that is known it
// becomes a ticket, from others it waits for a decision. What a machine filled in is dropped without a word.
func (s *Service) Enquire(ctx context.Context, e Enquiry) error {
	if ok, err := s.CanEnquire(ctx); err != nil || !ok {
		return orElse(err, fault.NewNotFound("There is no page at this address."))
	}
	email, err := access.FoldEmail(e.Email)
	if err != nil {
		return err
	}
	e.Email, e.Name = email, line(e.Name, 100)
	e.Subject, e.Body = line(e.Subject, 300), strings.TrimSpace(strings.ToValidUTF8(e.Body, ""))
	switch {
	case e.Subject == "":
		return fault.NewInvalid("A ticket needs a subject.").On("subject")
	case e.Body == "":
		return fault.NewInvalid("Tell us what is the matter.").On("body")
	case len(e.Body) > 100_000:
		return fault.NewInvalid("The text is longer than %d characters. Attach it as a file.", 100_000).On("body")
	}
	if err := s.p.Access.GuestMayOften(ctx, "portal-form", access.Place(access.Address(ctx)), mostEnquiries); err != nil {
		return err
	}
	if e.Trap != "" {
		return nil
	}
	boxes, err := s.p.Mail.Mailboxes(ctx)
	if err != nil {
		return err
	}
	for _, b := range boxes {
		if !b.Enabled {
			continue
		}
		raw, err := s.letterOf(ctx, e, b.Address)
		if err != nil {
			return err
		}
		_, err = s.p.Mail.Take(ctx, b.ID, raw)
		return err
	}
	return fault.NewBusy("The form cannot take anything at the moment. Please call us or write to us.")
}

// line is a text on one line, cut off at most bytes.
func line(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if len(s) > most {
		s = s[:most]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// letterOf is an enquiry as a mail to a mailbox.
func (s *Service) letterOf(ctx context.Context, e Enquiry, to string) (io.Reader, error) {
	_, p, err := s.firm(ctx)
	if err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(to, "@")
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, h := range [][2]string{
		{"From", (&mail.Address{Name: e.Name, Address: e.Email}).String()},
		{"To", (&mail.Address{Address: to}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", e.Subject)},
		{"Date", s.now().Format(time.RFC1123Z)},
		{"Message-ID", "<" + s.p.IDs.New().String() + ".form@" + domain + ">"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "multipart/mixed; boundary=" + w.Boundary()},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	body := e.Body + "\n\n" + p.T("Sent by the form on the website. Nobody has checked the address.")
	if err := part(w, textproto.MIMEHeader{"Content-Type": {"text/plain; charset=utf-8"}}, strings.NewReader(body)); err != nil {
		return nil, err
	}
	for _, f := range e.Files {
		head := textproto.MIMEHeader{
			"Content-Type":        {"application/octet-stream"},
			"Content-Disposition": {mime.FormatMediaType("attachment", map[string]string{"filename": f.Name})},
		}
		if err := part(w, head, f.Content); err != nil {
			return nil, err
		}
	}
	return &b, w.Close()
}

func part(w *multipart.Writer, head textproto.MIMEHeader, content io.Reader) error {
	head.Set("Content-Transfer-Encoding", "base64")
	out, err := w.CreatePart(head)
	if err != nil {
		return err
	}
	enc := base64.NewEncoder(base64.StdEncoding, &folded{w: out})
	if _, err := io.Copy(enc, content); err != nil {
		return err
	}
	return enc.Close()
}

// folded breaks lines as mail wants them.
type folded struct {
	w  io.Writer
	at int
}

// Write writes p in lines of 76 characters.
func (f *folded) Write(p []byte) (n int, err error) {
	const width = 76
	for len(p) > 0 {
		m := min(len(p), width-f.at)
		if _, err := f.w.Write(p[:m]); err != nil {
			return n, err
		}
		n, p, f.at = n+m, p[m:], f.at+m
		if f.at == width {
			if _, err := io.WriteString(f.w, "\r\n"); err != nil {
				return n, err
			}
			f.at = 0
		}
	}
	return n, nil
}
