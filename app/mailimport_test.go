// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/app"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/practice/clients"
)

// Files of one mail, an mbox and a Maildir are taken in; what is too large waits for a decision, a second time changes
// nothing, and nobody gets a receipt.
func TestImportMail(t *testing.T) {
	a := open(t)
	ctx := context.Background()
	dir := t.TempDir()
	if _, err := a.ImportMail(ctx, "", []string{dir}, nil); !fault.Is(err, fault.NotFound) {
		t.Error("without a mailbox:", err)
	}
	here := mailroom.Server{Host: "127.0.0.1", Port: 9, Security: mailroom.Plain}
	if _, err := a.Mail.SaveMailbox(ctx, mailroom.Mailbox{Address: "help@firm.example", Enabled: true, Auth: mailroom.Password, IMAP: here, SMTP: here, Acknowledge: true, Receipt: "We have it."}); err != nil {
		t.Fatal(err)
	}
	client, err := a.Clients.Create(ctx, clients.Details{Name: "Harbour Dental"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Clients.SavePerson(ctx, access.WholeFirm(), client, clients.Person{Name: "Vera", Email: "vera@harbour.example"}); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mail := func(n string) string {
		return "From: vera@harbour.example\r\nSubject: Number " + n + "\r\nMessage-ID: <" + n + "@harbour.example>\r\n\r\nText " + n + "\r\n"
	}
	write("one.eml", mail("1"))
	write("Maildir/cur/2", mail("2"))
	write("Maildir/new/3", strings.Replace(mail("3"), "vera@harbour.example", "stranger@nowhere.example", 1))
	write("old.mbox", "From vera@harbour.example Mon Mar  2 09:00:00 2026\n"+strings.ReplaceAll(mail("4"), "\r", "")+"\nFrom vera@harbour.example Mon Mar  2 09:00:00 2026\n"+strings.ReplaceAll(mail("5"), "\r", "")+"\n")
	write("large.eml", mail("6")+strings.Repeat("x", 26<<20))
	write(".hidden", "not a mail")
	var each []app.TakenMail
	out, err := a.ImportMail(ctx, "", []string{dir}, func(m app.TakenMail) { each = append(each, m) })
	if err != nil || out.Mails != 6 || out.Became["ticket"] != 4 || out.Became["review"] != 2 || len(out.Refused) != 0 || len(each) != 6 {
		t.Fatalf("%+v %+v %v", out, each, err)
	}
	if again, err := a.ImportMail(ctx, "help@firm.example", []string{filepath.Join(dir, "one.eml"), filepath.Join(dir, "old.mbox")}, nil); err != nil || again.Became["duplicate"] != 3 {
		t.Errorf("%+v %v", again, err)
	}
	if list, _, err := a.Mail.Deliveries(ctx, "waiting", 0); err != nil || len(list) != 0 {
		t.Errorf("receipts went out: %+v %v", list, err)
	}
	if _, err := a.ImportMail(ctx, "other@firm.example", []string{dir}, nil); !fault.Is(err, fault.NotFound) {
		t.Error("another mailbox:", err)
	}
	if _, err := a.ImportMail(ctx, "", []string{filepath.Join(dir, "nothing")}, nil); !fault.Is(err, fault.NotFound) {
		t.Error("a file that is not there:", err)
	}
}
