// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/desk/knowledge"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/ids"
	"mainstay/kit/webhook"
	"mainstay/kit/webpush/webpushtest"
	"mainstay/practice/clients"
)

func TestArticleByForm(t *testing.T) {
	d := newDesk(t)
	code, _, body := d.post("/knowledge/new", url.Values{"title": {" "}, "body": {"# <b>Steps</b>"}})
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "Give it a title.") || !strings.Contains(body, "# &lt;b&gt;Steps") {
		t.Fatalf("%d: what was typed is lost", code)
	}
	if _, _, body = d.post("/knowledge/preview", url.Values{"body": {"# A\n\n<script>x</script>**b**"}}); !strings.Contains(body, "<h2>A</h2>") || strings.Contains(body, "<script") {
		t.Error(body)
	}
	code, to, _ := d.post("/knowledge/new", url.Values{"title": {"Printer <i>jams</i>"}, "body": {"Open the *lid* first."}, "published": {"on"}, "tags": {"printer, paper"}, "folder": {"Printing"}})
	if code != http.StatusSeeOther || !strings.HasPrefix(to, "/knowledge/") {
		t.Fatal(code, to)
	}
	if page := d.get(to); !strings.Contains(page, "Printer &lt;i&gt;jams&lt;/i&gt;") || !strings.Contains(page, "<em>lid</em>") {
		t.Error("the article is not shown")
	}
	if page := d.get("/knowledge?q=jams&folder=Printing"); !strings.Contains(page, to) {
		t.Error("the article is not found")
	}
	if page := d.get("/palette?q=jams"); !strings.Contains(page, to) {
		t.Error("the palette does not find it")
	}
	code, _, _ = d.post(to+"/edit", url.Values{"version": {"1"}, "title": {"Printer jams"}, "body": {"Open the lid.\nTake the paper out."}, "published": {"on"}})
	if code != http.StatusSeeOther {
		t.Fatal(code)
	}
	code, _, body = d.post(to+"/edit", url.Values{"version": {"1"}, "title": {"Mine"}, "body": {"My text"}, "published": {"on"}})
	if code != http.StatusConflict || !strings.Contains(body, "My text") {
		t.Error("a stale form:", code)
	}
	if page := d.get(to + "/history/2"); !strings.Contains(page, "<ins>Take the paper out.</ins>") || !strings.Contains(page, "<del>Open the *lid* first.</del>") {
		t.Error("the difference is not shown")
	}
	if code, _, _ = d.post(to+"/restore", url.Values{"version": {"2"}, "number": {"1"}}); code != http.StatusSeeOther {
		t.Error(code)
	}
	// Fits a ticket: beside a new one and on it.
	_, _, body = d.post("/knowledge/suggest", url.Values{"client": {d.client.String()}, "text": {"paper jams in our printer"}})
	if !strings.Contains(body, to) {
		t.Error("it is not suggested:", body)
	}
	d.post("/tickets/new", url.Values{"client": {d.client.String()}, "subject": {"The printer jams"}, "body": {"Paper everywhere"}, "way": {"0"}})
	page := d.get("/tickets/1001")
	if !strings.Contains(page, to) || !strings.Contains(page, "/knowledge/new?ticket=1001") {
		t.Error("the ticket's page does not suggest it")
	}
	if page = d.get("/knowledge/new?ticket=1001"); !strings.Contains(page, "The printer jams") || !strings.Contains(page, "&gt; Paper everywhere") {
		t.Error("an article of the ticket begins empty")
	}
	if w := d.as(access.ReadOnly).do(httptest.NewRequest("GET", to, nil)); w.Code != http.StatusOK || strings.Contains(w.Body.String(), to+"/edit") {
		t.Error(w.Code)
	}
}

func TestFilesByForm(t *testing.T) {
	d := newDesk(t)
	_, to, _ := d.post("/knowledge/new", url.Values{"title": {"Rack"}, "body": {"![The rack](rack.png) [page](evil.html)"}})
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, text := range map[string]string{"rack.png": "\x89PNG", "evil.html": "<script>alert(1)</script>"} {
		part, err := form.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, text)
	}
	_ = form.Close()
	r := httptest.NewRequest("POST", to+"/files", &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	if w := d.do(r); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body.String())
	}
	page := d.get(to)
	found := regexp.MustCompile(`<img src="([^"]+)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("no picture")
	}
	if w := d.do(httptest.NewRequest("GET", found[1], nil)); w.Header().Get("Content-Type") != "image/png" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error(w.Header())
	}
	for _, href := range regexp.MustCompile(`href="(/knowledge/[^"]+/files/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		if w := d.do(httptest.NewRequest("GET", href[1], nil)); strings.Contains(w.Body.String(), "<script") && (w.Header().Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment")) {
			t.Error("a page of a stranger is served as one:", w.Header())
		}
	}
}

const planted = "planted-secret-4711"

// A secret that was typed in is shown where it was asked for, and lies nowhere: not in the database's files, the backup, the
// log, the search, an export, the API's lists or an error.
func TestPlantedSecretIsNowhere(t *testing.T) {
	var log bytes.Buffer
	c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	data := t.TempDir()
	cfg := config.Server{Data: data, Address: "localhost:8377"}
	a, err := app.Open(context.Background(), cfg, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), c)
	if err != nil {
		t.Fatal(err)
	}
	before := slog.Default()
	slog.SetDefault(a.Log)
	defer slog.SetDefault(before)
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{App: a, t: t, handler: h, session: join(t, a, access.Owner)}
	if d.client, err = a.Clients.Create(context.Background(), clients.Details{Name: "Kestrel"}); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"name": {"Firewall"}, "client": {d.client.String()}, "secret": {planted}, "notes": {planted + " notes"}, "username": {"admin"}}
	code, to, _ := d.post("/credentials/new", form)
	if code != http.StatusSeeOther {
		t.Fatal(code)
	}
	form.Set("url", "nonsense") // an error does not send it back
	if code, _, body := d.post("/credentials/new", form); code != http.StatusUnprocessableEntity || strings.Contains(body, planted) {
		t.Error("an error shows it:", code)
	}
	for _, path := range []string{to, to + "/edit", "/credentials", "/search?q=" + planted, "/palette?q=planted", "/clients/" + d.client.String(), "/audit", "/expiring/export.csv", "/clients/export.csv"} {
		if body := d.get(path); strings.Contains(strings.ReplaceAll(body, `value="`+planted+`"`, ""), planted) && !strings.HasPrefix(path, "/search") {
			t.Errorf("%s shows it", path)
		}
	}
	code, _, body := d.post(to+"/reveal", url.Values{"what": {"secret"}})
	if code != http.StatusOK || strings.Count(body, planted) != 1 {
		t.Fatal(code, strings.Count(body, planted))
	}
	w := d.do(func() *http.Request {
		r := httptest.NewRequest("POST", to+"/reveal", strings.NewReader("what=notes"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	}())
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Refresh") != "30; url="+to || !strings.Contains(w.Body.String(), planted+" notes") {
		t.Error(w.Header())
	}
	// Ten minutes after it was said who one is, it is asked again, and nothing is shown.
	c.Advance(11 * time.Minute)
	if code, to2, body := d.post(to+"/reveal", url.Values{"what": {"secret"}}); code == http.StatusOK || strings.Contains(body, planted) {
		t.Error("shown without a fresh confirmation:", code, to2)
	}
	c.Advance(-11 * time.Minute)
	// A link.
	_, _, body = d.post(to+"/share", url.Values{"life": {"24"}})
	link := regexp.MustCompile(`http://localhost:8377(/share/[\w-]{43})`).FindStringSubmatch(body)
	if link == nil {
		t.Fatal("no link")
	}
	outside := &desk{App: a, t: t, handler: h}
	for range 2 {
		w := outside.do(httptest.NewRequest("GET", link[1], nil))
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), planted) || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") != "no-store" {
			t.Error(w.Code, w.Header())
		}
	}
	if code, _, body := outside.post(link[1], nil); code != http.StatusOK || !strings.Contains(body, planted) {
		t.Error("the link does not open:", code)
	}
	if code, _, body := outside.post(link[1], nil); code != http.StatusNotFound || strings.Contains(body, planted) || !strings.Contains(body, "opened already") {
		t.Error("the link opens twice:", code)
	}
	if code, _, _ := d.post("/shares", url.Values{"label": {"Codes"}, "text": {planted}, "life": {"1"}}); code != http.StatusOK {
		t.Error(code)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := app.Backup(context.Background(), cfg, backup, c); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	look := func(name string, b []byte) {
		seen++
		if bytes.Contains(b, []byte(planted)) || bytes.Contains(b, []byte(strings.TrimPrefix(link[1], "/share/"))) {
			t.Errorf("%s holds a secret", name)
		}
	}
	look("the log", log.Bytes())
	if err := filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		look(path, b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(backup)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(b, []byte("knowledge_credentials")) {
		t.Fatal("the backup lacks the table", err)
	}
	look("the backup", b)
	if log.Len() == 0 || seen < 4 {
		t.Error("too little was looked at")
	}
}

// With the key changed everything opens: credentials, mailboxes, authenticators, the audit trail; and a backup from before
// with the key that lies in it.
func TestRotateSecrets(t *testing.T) {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	cfg := config.Server{Data: t.TempDir(), Address: "localhost:8377"}
	c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	a, err := app.Open(ctx, cfg, log, c)
	if err != nil {
		t.Fatal(err)
	}
	join(t, a, access.Owner)
	secret := "before the change"
	cred, err := a.Know.CreateCredential(ctx, access.WholeFirm(), knowledge.CredentialDraft{Name: "NAS", Secret: &secret})
	if err != nil {
		t.Fatal(err)
	}
	box, err := a.Mail.SaveMailbox(ctx, mailroom.Mailbox{Name: "Help", Address: "help@tidegate.example", Username: "help", Secret: "mail password", IMAP: mailroom.Server{Host: "imap.example.com", Port: 993, Security: "tls"}, Auth: "password"})
	if err != nil {
		t.Fatal(err)
	}
	hook, signed, err := a.Webhooks.Create(ctx, webhook.Endpoint{URL: "https://hooks.example.com/x", Events: []string{"alert.opened"}})
	if err != nil {
		t.Fatal(err)
	}
	browser := webpushtest.New(t).Subscription
	browser.Endpoint = "https://push.example.net/send/1"
	people, err := a.Access.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Notify.Subscribe(ctx, people[0].ID, browser, "Firefox"); err != nil {
		t.Fatal(err)
	}
	known, err := a.Notify.PushKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.NATSConfig(ctx); err != nil {
		t.Fatal(err)
	}
	if err := app.RotateSecrets(ctx, cfg, log, c); err == nil {
		t.Error("the key was changed while a server holds the folder")
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := app.Backup(ctx, cfg, backup, c); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(cfg.Data, "secret.key")
	old, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	check := func(cfg config.Server) {
		t.Helper()
		a, err := app.Open(ctx, cfg, log, c)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = a.Close() }()
		if got, _, err := a.Know.Reveal(ctx, access.WholeFirm(), cred, knowledge.ReadSecret); err != nil || got != secret {
			t.Error(got, err)
		}
		if _, err := a.Access.VerifyAudit(ctx); err != nil {
			t.Error(err)
		}
		// Agents and browsers know this server as before.
		if _, err := a.NATSConfig(ctx); err != nil {
			t.Errorf("the broker's secret does not open: %v", err)
		}
		if got, err := a.Notify.PushKey(ctx); err != nil || got != known {
			t.Errorf("browsers were subscribed with another key: %v", err)
		}
	}
	// It dies after the new key was made: everything opens, and the doctor says that it is half done.
	if err := access.BeginRotation(key); err != nil {
		t.Fatal(err)
	}
	check(cfg)
	if a, err = app.Open(ctx, cfg, log, c); err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Doctor(ctx) {
		if f.Check == "secret key" && f.State != "warn" {
			t.Errorf("%+v", f)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := app.RotateSecrets(ctx, cfg, log, c); err != nil {
			t.Fatal(err)
		}
		check(cfg)
	}
	if now, err := os.ReadFile(key); err != nil || bytes.Equal(now, old) || bytes.Count(now, []byte("\n")) != 1 {
		t.Errorf("the key is %q", now)
	}
	// Everything that the mailroom keeps sealed opens with the new key alone.
	a, err = app.Open(ctx, cfg, log, c)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := access.OpenSealer(key, false)
	if err != nil {
		t.Fatal(err)
	}
	var sealed string
	if err := a.DB.Reader().QueryRowContext(ctx, "SELECT secret FROM mailroom_mailboxes WHERE id = $1", int64(box)).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if got, err := sealer.Open("mailbox/"+box.String(), sealed); err != nil || got != "mail password" {
		t.Error(got, err)
	}
	for _, x := range []struct{ query, purpose, plain string }{
		{"SELECT secret FROM notify_browsers", "notify.browser", browser.Auth},
		{"SELECT secret FROM webhook_endpoints", "webhook/" + hook.ID.String(), signed},
	} {
		if err := a.DB.Reader().QueryRowContext(ctx, x.query).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		if got, err := sealer.Open(x.purpose, sealed); err != nil || got != x.plain {
			t.Errorf("%s opens to %q, %v", x.query, got, err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	restored := config.Server{Data: t.TempDir(), Address: "localhost:8377"}
	if _, err := app.Restore(ctx, restored, backup); err != nil {
		t.Fatal(err)
	}
	check(restored)
}

func TestExpiringByForm(t *testing.T) {
	d := newDesk(t)
	in := func(days int) string { return (d.Know.Today() + 0).AddDays(days).String() }
	code, to, _ := d.post("/expiring/new", url.Values{"kind": {"domain"}, "name": {"kestrel.example"}, "client": {d.client.String()}, "ends": {in(20)}, "f-registrar": {"Porthole"}})
	if code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if code, _, body := d.post("/expiring/new", url.Values{"kind": {"domain"}, "name": {"not a domain"}, "f-registrar": {"Porthole"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, `value="Porthole"`) {
		t.Error("what was typed is lost:", code)
	}
	if code, _, body := d.post("/expiring/certificate", url.Values{"pem": {"hello"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "There is no certificate in this text.") {
		t.Error(code)
	}
	if err := d.Know.Remind(context.Background()); err != nil {
		t.Fatal(err)
	}
	if page := d.get(to); !strings.Contains(page, "/tickets/1001") {
		t.Error("the entry does not lead to its ticket")
	}
	if page := d.get("/tickets/1001"); !strings.Contains(page, to) {
		t.Error("the ticket does not lead back")
	}
	if page := d.get("/expiring?kind=domain&within=30"); !strings.Contains(page, "kestrel.example") || !strings.Contains(page, "20 days left") {
		t.Error("the list does not show it")
	}
	export := d.get("/expiring/export.csv")
	if !strings.Contains(export, "domain,Kestrel,kestrel.example,"+in(20)+",0,"+in(20)+",Porthole") {
		t.Error(export)
	}
	up := func(text string) (int, string) {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		part, err := form.CreateFormFile("file", "x.csv")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, text)
		_ = form.Close()
		r := httptest.NewRequest("POST", "/expiring/import", &b)
		r.Header.Set("Content-Type", form.FormDataContentType())
		w := d.do(r)
		return w.Code, w.Body.String()
	}
	if code, _ := up(export); code != http.StatusSeeOther { // what goes out comes in again, and doubles nothing
		t.Error(code)
	}
	if code, _ := up("Kind;Name;Client;Ends;serial\nwarranty;SRV-1;kestrel;2031-02-03;=AB1\ndomain;other.example;;;\n"); code != http.StatusSeeOther {
		t.Error(code)
	}
	if _, n, err := d.Know.Records(context.Background(), access.WholeFirm(), knowledge.RecordQuery{}); err != nil || n != 3 {
		t.Error(n, err)
	}
	if code, body := up("Kind,Name,Client,Ends\nboat,x,,\ndomain,third.example,Nobody Ltd,\ndomain,fourth.example,,soon\ndomain,fifth.example,,\n"); code != http.StatusUnprocessableEntity || strings.Count(body, "Line ") != 3 {
		t.Error(code, strings.Count(body, "Line "))
	}
	if _, n, err := d.Know.Records(context.Background(), access.WholeFirm(), knowledge.RecordQuery{}); err != nil || n != 3 {
		t.Error("a part of a wrong file came in:", n, err)
	}
	if code, _, _ := d.post("/expiring/reminders", url.Values{"days-domain": {"45, 5"}, "house": {d.client.String()}}); code != http.StatusSeeOther {
		t.Error(code)
	}
	if code, _, body := d.post("/expiring/reminders", url.Values{"days-domain": {"often"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, `value="often"`) {
		t.Error(code)
	}
}

// The demo's knowledge comes and goes; what is one's own stays.
func TestDemoKnowledge(t *testing.T) {
	a, ctx := open(t), context.Background()
	own, err := a.Know.CreateArticle(ctx, access.WholeFirm(), knowledge.Draft{Title: "Ours"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.Know.Remind(ctx); err != nil {
		t.Fatal(err)
	}
	count := func() (n [4]int) {
		for i, table := range []string{"knowledge_articles", "knowledge_credentials", "knowledge_records", "knowledge_reminders"} {
			if err := a.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n[i]); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	// Reminded by now: a domain, a certificate, a warranty, and of a licence and a contract the days of notice.
	if got := count(); got != [4]int{9, 2, 7, 5} {
		t.Errorf("%v", got)
	}
	if err := a.RemoveDemo(ctx); err != nil {
		t.Fatal(err)
	}
	if got := count(); got != [4]int{1, 0, 0, 0} {
		t.Errorf("left over: %v", got)
	}
	var tickets int
	if err := a.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM helpdesk_tickets").Scan(&tickets); err != nil || tickets != 0 {
		t.Errorf("%d tickets are left, %v", tickets, err)
	}
	if _, err := a.Know.Article(ctx, access.WholeFirm(), own); err != nil {
		t.Error(err)
	}
}

// By the API: a token reads secrets only with the scope for it, a browser's session never.
func TestKnowledgeByAPI(t *testing.T) {
	d := newDesk(t)
	call := func(token, method, path, match, body string) (int, map[string]any, http.Header) {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		if token == "" {
			r.AddCookie(&http.Cookie{Name: access.Cookie, Value: d.session})
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		} else {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		if match != "" {
			r.Header.Set("If-Match", match)
		}
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		var out map[string]any
		_ = json.Unmarshal(w.Body.Bytes(), &out)
		return w.Code, out, w.Header()
	}
	tokenWith := func(scopes ...access.Permission) string {
		t.Helper()
		id, err := d.Access.Session(context.Background(), d.session, "")
		if err != nil {
			t.Fatal(err)
		}
		token, err := d.Access.NewToken(access.With(context.Background(), id), "test", scopes, 24*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	full := tokenWith(access.KnowledgeRead, access.KnowledgeWrite, access.SecretsRead, access.SecretsWrite)
	code, made, head := call(full, "POST", "/articles", "", `{"title":"By API","body":"Text","published":true}`)
	if code/100 != 2 || head.Get("ETag") != `"v1"` {
		t.Fatal(code, made)
	}
	id := made["id"].(string)
	if code, out, _ := call(full, "PUT", "/articles/"+id, `"v1"`, `{"title":"By API","body":"Other","published":true}`); code != http.StatusOK || out["version"] != 2.0 {
		t.Error(code, out)
	}
	if code, _, _ := call(full, "PUT", "/articles/"+id, `"v1"`, `{"title":"x"}`); code != http.StatusConflict {
		t.Error(code)
	}
	if code, out, _ := call(full, "GET", "/articles?q=other", "", ""); code != http.StatusOK || out["total"] != 1.0 {
		t.Error(code, out)
	}
	if code, out, _ := call(full, "GET", "/articles/"+id+"/versions/1", "", ""); code != http.StatusOK || out["body"] != "Text" {
		t.Error(code, out)
	}
	code, made, _ = call(full, "POST", "/credentials", "", `{"name":"NAS","username":"admin","secret":"`+planted+`"}`)
	if code/100 != 2 {
		t.Fatal(code, made)
	}
	cred := made["id"].(string)
	for _, path := range []string{"/credentials", "/credentials/" + cred, "/credentials/" + cred + "/readings"} {
		if code, out, _ := call(full, "GET", path, "", ""); code != http.StatusOK || strings.Contains(toJSON(out), planted) {
			t.Error(path, code)
		}
	}
	if code, out, head := call(full, "POST", "/credentials/"+cred+"/reveal", "", `{"what":"secret"}`); code != http.StatusOK || out["value"] != planted || head.Get("Cache-Control") != "no-store" {
		t.Error(code, head)
	}
	if code, out, _ := call("", "POST", "/credentials/"+cred+"/reveal", "", `{"what":"secret"}`); code != http.StatusForbidden || strings.Contains(toJSON(out), planted) {
		t.Error("a session reads it:", code)
	}
	if code, out, _ := call(tokenWith(access.SecretsWrite, access.KnowledgeRead), "POST", "/credentials/"+cred+"/reveal", "", `{"what":"secret"}`); code != http.StatusForbidden || strings.Contains(toJSON(out), planted) {
		t.Error("a token without the scope reads it:", code)
	}
	if code, out, _ := call(full, "GET", "/credentials/"+cred+"/readings", "", ""); code != http.StatusOK || len(out["readings"].([]any)) != 1 {
		t.Error(code, out)
	}
	ends := d.Know.Today().AddDays(400).String()
	code, made, _ = call(full, "POST", "/expiring", "", `{"kind":"vendor","name":"Telco","ends":"`+ends+`","notice":30,"fields":{"account":"1"}}`)
	if code/100 != 2 || made["due"] != d.Know.Today().AddDays(370).String() {
		t.Fatal(code, made)
	}
	if code, out, _ := call(full, "POST", "/expiring", "", `{"kind":"vendor","name":"Telco","fields":{"boat":"1"}}`); code != http.StatusUnprocessableEntity {
		t.Error(code, out)
	}
	if code, _, _ := call(full, "DELETE", "/expiring/"+made["id"].(string), "", ""); code/100 != 2 {
		t.Error(code)
	}
	if code, _, _ := call(full, "GET", "/expiring/"+ids.ID(42).String(), "", ""); code != http.StatusNotFound {
		t.Error(code)
	}
}

func toJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
