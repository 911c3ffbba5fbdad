// SPDX-License-Identifier: Apache-2.0

package mailroom_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/kit/clamd"
	"mainstay/kit/clamd/clamdtest"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/jobs"
)

// A real scanner looks at every mail. What it finds goes to a person and not onto a ticket; while it does not answer mail
// waits, and nothing is lost.
func TestVirusesAreKeptApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		socket, stop := clamdtest.Start(t)
		r := newRig(t, d)
		scanner, err := clamd.Open(socket)
		if err != nil {
			t.Fatal(err)
		}
		r.parts.Scanner = scanner
		r.Service = mailroom.New(r.parts)
		mail := func(n, file string) string {
			return strings.ReplaceAll("From: vera@harbour.example\nSubject: Invoice\nMessage-ID: <"+n+"@harbour.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the file.\n"+
				"--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=bill.txt\n\n"+base64.StdEncoding.EncodeToString([]byte(file))+"\n--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=good.csv\n\na,b\n--b--\n", "\n", "\r\n")
		}
		take := func(raw string) mailroom.Message {
			t.Helper()
			id, err := r.Take(ctx, r.box, strings.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			m, err := r.Message(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		bad := take(mail("bad", clamdtest.Virus))
		if bad.State != mailroom.Review || bad.Reason != "virus" || !strings.HasPrefix(bad.Detail, "Mainstay.Test") {
			t.Fatalf("%+v", bad)
		}
		if m := take(mail("good", "nothing")); m.State != mailroom.NewTicket {
			t.Errorf("%+v", m)
		}
		large := take("From: vera@harbour.example\r\nSubject: Large\r\nMessage-ID: <large@harbour.example>\r\n\r\n" + strings.Repeat("x", clamdtest.MaxStream+1))
		if large.State != mailroom.Review || large.Reason != "unscanned" {
			t.Errorf("%+v", large)
		}
		// A person files it all the same: the text comes, the virus does not.
		if err := r.Assign(r.anyone(), all, bad.ID, mailroom.Decision{Client: r.harbour}); err != nil {
			t.Fatal(err)
		}
		if bad, err = r.Message(ctx, bad.ID); err != nil || bad.Ticket == 0 {
			t.Fatalf("%+v %v", bad, err)
		}
		first := r.thread(t, bad.Ticket)[0]
		if first.Body != "See the file." || len(first.Files) != 1 || first.Files[0].Name != "good.csv" {
			t.Errorf("%+v", first)
		}
		stop()
		waiting := take(mail("later", "nothing"))
		if waiting.State != mailroom.Stored {
			t.Errorf("without the scanner: %+v", waiting)
		}
		socket, _ = clamdtest.Start(t)
		if r.parts.Scanner, err = clamd.Open(socket); err != nil {
			t.Fatal(err)
		}
		r.Service = mailroom.New(r.parts)
		if err := r.Resume(ctx, false); err != nil {
			t.Fatal(err)
		}
		if m, err := r.Message(ctx, waiting.ID); err != nil || m.State != mailroom.NewTicket {
			t.Errorf("with it again: %+v %v", m, err)
		}
	})
}

// What people attach is looked at, too.
func TestFilesWithVirusesAreRefused(t *testing.T) {
	socket, _ := clamdtest.Start(t)
	r := newRig(t, dbtest.Open(t))
	scanner, err := clamd.Open(socket)
	if err != nil {
		t.Fatal(err)
	}
	desk := helpdesk.New(helpdesk.Parts{
		DB: r.db, Clock: r.parts.Clock, IDs: r.parts.IDs, Access: r.parts.Access, Clients: r.clients, Jobs: jobs.New(r.db, r.parts.Clock, r.parts.IDs, r.parts.Log), Bus: r.parts.Bus, Blobs: r.parts.Blobs, Log: r.parts.Log, Scanner: scanner,
	})
	file := func(text string) []helpdesk.File {
		t.Helper()
		ref, size, err := r.parts.Blobs.Put(strings.NewReader(text), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return []helpdesk.File{{Ref: string(ref), Name: "bill.txt", Size: size}}
	}
	d := helpdesk.Draft{Client: r.harbour, Subject: "Bill", Body: "See the file", Files: file(clamdtest.Virus)}
	if _, err := desk.Create(r.anyone(), all, d); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "bill.txt") {
		t.Error("a ticket with a virus:", err)
	}
	d.Files = file("harmless")
	tk, err := desk.Create(r.anyone(), all, d)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := desk.Say(r.anyone(), all, tk.ID, 0, helpdesk.Message{Body: "Another", Files: file(clamdtest.Virus)}); !fault.Is(err, fault.Invalid) {
		t.Error("an answer with a virus:", err)
	}
}
