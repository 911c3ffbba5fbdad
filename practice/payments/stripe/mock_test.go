// SPDX-License-Identifier: Apache-2.0

package stripe_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"mainstay/kit/fault"
	"mainstay/practice/payments/stripe"
)

// mock starts Stripe's own mock of its API, which checks every request against the published description, and returns its
// address. It is built by Go alone from tools/stripe-mock.
func mock(t *testing.T) string {
	t.Helper()
	path, err := exec.Command("go", "tool", "-modfile=../../../tools/stripe-mock/go.mod", "-n", "stripe-mock").CombinedOutput()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("stripe-mock cannot be built: %s", path)
		}
		t.Skipf("stripe-mock cannot be built here: %s", path)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, strings.TrimSpace(string(path)), "-http-addr", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); _ = cmd.Wait() })
	at := regexp.MustCompile(`HTTP at address: (\S+)`)
	for sc := bufio.NewScanner(out); sc.Scan(); {
		if m := at.FindStringSubmatch(sc.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return "http://" + m[1]
		}
	}
	t.Fatal("stripe-mock did not start")
	return ""
}

// recorder keeps what was sent.
type recorder struct {
	bodies []string
	keys   []string
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	var b []byte
	if q.Body != nil {
		b, _ = io.ReadAll(q.Body)
		q.Body = io.NopCloser(strings.NewReader(string(b)))
	}
	r.bodies, r.keys = append(r.bodies, string(b)), append(r.keys, q.Header.Get("Idempotency-Key"))
	return http.DefaultTransport.RoundTrip(q)
}

func TestRequestsAgainstStripeMock(t *testing.T) {
	ctx := context.Background()
	sent := &recorder{}
	c, err := stripe.New(stripe.Config{Key: "sk_test_123", URL: mock(t), HTTP: &http.Client{Transport: sent}})
	if err != nil {
		t.Fatal(err)
	}
	customer, err := c.NewCustomer(ctx, "k-customer", stripe.Customer{Client: 7, Name: "Ülkü & Söhne", Email: "a@example.com"})
	if err != nil || !strings.HasPrefix(customer, "cus_") {
		t.Errorf("customer %q, %v", customer, err)
	}
	page := stripe.Page{
		Attempt: 11, Invoice: 42, Number: "RE-2026-0042", Customer: customer, Amount: 35700, Currency: "EUR", Language: "de-AT",
		Done: "https://firm.example/done", Back: "https://firm.example/back", Save: true,
	}
	opened, err := c.Open(ctx, "k-open", page)
	if err != nil || !strings.HasPrefix(opened.ID, "cs_") || opened.URL == "" {
		t.Errorf("%+v, %v", opened, err)
	}
	body := sent.bodies[len(sent.bodies)-1]
	for _, want := range []string{"locale=de", "unit_amount%5D=35700", "setup_future_usage%5D=off_session", "metadata[attempt]="} {
		if !strings.Contains(strings.ReplaceAll(body, "metadata%5Battempt%5D", "metadata[attempt]"), want) && !strings.Contains(body, strings.ReplaceAll(want, "%5D", "]")) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	page.Invoice = 0
	if opened, err = c.Open(ctx, "k-setup", page); err != nil || opened.ID == "" {
		t.Errorf("setup: %+v, %v", opened, err)
	}
	paid, err := c.Charge(ctx, "k-charge", stripe.Charge{Attempt: 12, Invoice: 42, Number: "RE-2026-0042", Customer: customer, Method: "pm_card_visa", Amount: 35700, Currency: "EUR"})
	if err != nil || !strings.HasPrefix(paid.ID, "pi_") {
		t.Errorf("%+v, %v", paid, err)
	}
	if _, err = c.Payment(ctx, paid.ID); err != nil {
		t.Error(err)
	}
	back, err := c.Refund(ctx, "k-refund", paid.ID, 100, "EUR")
	if err != nil || !strings.HasPrefix(back.ID, "re_") {
		t.Errorf("%+v, %v", back, err)
	}
	if words, err := c.Method(ctx, "pm_123"); err != nil || words == "" {
		t.Errorf("%q, %v", words, err)
	}
	if _, err := c.Setup(ctx, "seti_123"); err != nil && fault.KindOf(err) != fault.Conflict {
		t.Error(err)
	}
	if got := strings.Join(sent.keys, " "); !strings.HasPrefix(got, "k-customer k-open k-setup k-charge ") || !strings.Contains(got, "k-refund") {
		t.Errorf("idempotency keys %q", got)
	}
}
