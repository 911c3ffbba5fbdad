// SPDX-License-Identifier: Apache-2.0

package payments_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v85/webhook"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/practice/payments"
)

// fake is as much of Stripe as stripe-mock is not: it remembers idempotency keys, so that what is asked for twice is done once, and
// can lose its answer.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	done   map[string]string // answer by idempotency key
	made   int
	lose   bool // do it, but answer nothing
	status string
	asked  []url.Values
}

func newFake(t *testing.T) *fake {
	f := &fake{done: map[string]string{}, status: "succeeded"}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	key := r.Header.Get("Idempotency-Key")
	answer, before := f.done[key]
	if !before || r.Method == http.MethodGet {
		f.made++
		f.asked = append(f.asked, form)
		switch {
		case r.URL.Path == "/v1/checkout/sessions":
			answer = fmt.Sprintf(`{"id":"cs_%d","url":"https://checkout.stripe.com/c/%d"}`, f.made, f.made)
		case r.URL.Path == "/v1/customers":
			answer = fmt.Sprintf(`{"id":"cus_%d"}`, f.made)
		case r.URL.Path == "/v1/payment_intents":
			answer = fmt.Sprintf(`{"id":"pi_%d","status":%q,"amount":%s,"amount_received":%s,"currency":%q}`, f.made, f.status, form.Get("amount"), form.Get("amount"), form.Get("currency"))
		case r.URL.Path == "/v1/refunds":
			answer = fmt.Sprintf(`{"id":"re_%d","status":"succeeded","amount":%s,"currency":"eur","payment_intent":%q}`, f.made, form.Get("amount"), form.Get("payment_intent"))
		case strings.HasPrefix(r.URL.Path, "/v1/setup_intents/"):
			answer = `{"id":"seti_1","payment_method":"pm_1"}`
		case strings.HasPrefix(r.URL.Path, "/v1/payment_methods/"):
			answer = `{"id":"pm_1","type":"card","card":{"brand":"visa","last4":"4242","exp_month":4,"exp_year":2030}}`
		}
		f.done[key] = answer
	}
	if f.lose {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte(answer))
}

const whsec = "whsec_test"

func stripeRig(t *testing.T, d *db.DB) (*rig, *fake) {
	f := newFake(t)
	r := rigAt(t, d, f.URL, f.Client())
	set, err := r.Settings(ctx)
	must(t, err)
	key, secret := "sk_test_1", whsec
	must(t, r.SetSettings(ctx, set, &key, &secret))
	return r, f
}

// event sends an event as Stripe does.
func (r *rig) event(id, kind, object string) error {
	body := fmt.Sprintf(`{"id":%q,"object":"event","created":1,"type":%q,"data":{"object":%s}}`, id, kind, object)
	head := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(body), Secret: whsec, Timestamp: r.clock.Now()}).Header
	return r.Event(ctx, []byte(body), head)
}

func TestPayingByCard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, f := stripeRig(t, d)
		a := r.issue(t, r.harbour, 300)
		f.lose = true
		short, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if _, err := r.PayURL(short, r.harbour, a.ID, "de", "a@example.com", "https://firm.example/portal/pay"); fault.KindOf(err) != fault.Busy {
			t.Errorf("%v", err)
		}
		f.lose = false
		one, err := r.PayURL(ctx, r.harbour, a.ID, "de", "a@example.com", "https://firm.example/portal/pay")
		must(t, err)
		two, err := r.PayURL(ctx, r.harbour, a.ID, "de", "a@example.com", "https://firm.example/portal/pay")
		must(t, err)
		if one != two || f.made != 1 || f.asked[0].Get("line_items[0][price_data][unit_amount]") != "35700" {
			t.Errorf("%s, %s, %d made: %v", one, two, f.made, f.asked)
		}
		if _, err := r.PayURL(ctx, r.kestrel, a.ID, "de", "", "https://firm.example/x"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another client's invoice: %v", err)
		}
		list, err := r.Attempts(ctx, a.ID)
		must(t, err)
		if len(list) != 1 {
			t.Fatalf("%+v", list)
		}
		object := fmt.Sprintf(`{"id":"pi_9","status":"succeeded","amount":35700,"amount_received":35700,"currency":"eur","metadata":{"attempt":%q}}`, list[0].ID)
		for range 2 { // the same event twice, then another about the same payment
			must(t, r.event("evt_1", "payment_intent.succeeded", object))
		}
		must(t, r.event("evt_2", "payment_intent.succeeded", object))
		if r.doc(t, a.ID).Open != 0 {
			t.Error("not paid")
		}
		page, err := r.List(ctx, payments.Query{})
		must(t, err)
		if len(page.Rows) != 1 || page.Rows[0].Method != payments.ByStripe || page.Rows[0].Provider != "pi_9" || page.Rows[0].Left != 0 {
			t.Fatalf("%+v", page.Rows)
		}
		r.sound(t)
		if _, err := r.PayURL(ctx, r.harbour, a.ID, "de", "", "https://firm.example/x"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("paid again: %v", err)
		}
		must(t, r.RefundStripe(ctx, page.Rows[0].ID, 5700, "discount"))
		if r.doc(t, a.ID).Open != 5700 {
			t.Errorf("open %d", r.doc(t, a.ID).Open)
		}
		r.sound(t)
		// Its event comes after the answer and does nothing; one made at Stripe by hand is booked; one that fails is taken back.
		must(t, r.event("evt_3", "refund.created", fmt.Sprintf(`{"id":"re_%d","status":"succeeded","amount":5700,"currency":"eur","payment_intent":"pi_9"}`, f.made)))
		must(t, r.event("evt_4", "refund.created", `{"id":"re_hand","status":"pending","amount":1000,"currency":"eur","payment_intent":"pi_9"}`))
		if r.doc(t, a.ID).Open != 6700 {
			t.Errorf("open %d", r.doc(t, a.ID).Open)
		}
		must(t, r.event("evt_5", "refund.failed", `{"id":"re_hand","status":"failed","amount":1000,"currency":"eur","payment_intent":"pi_9"}`))
		if credit, _ := r.CreditOf(ctx, r.harbour); credit["EUR"] != 1000 {
			t.Errorf("%v", credit)
		}
		must(t, r.event("evt_6", "charge.dispute.funds_withdrawn", `{"id":"dp_1","status":"needs_response","amount":30000,"currency":"eur","payment_intent":"pi_9"}`))
		must(t, r.event("evt_7", "charge.dispute.closed", `{"id":"dp_1","status":"lost","amount":30000,"currency":"eur","payment_intent":"pi_9"}`))
		r.sound(t)
		if err := r.Event(ctx, []byte(`{}`), "t=1,v1=00"); fault.KindOf(err) != fault.Denied {
			t.Errorf("%v", err)
		}
		must(t, r.event("evt_8", "payment_intent.succeeded", `{"id":"pi_other","status":"succeeded","amount_received":5,"currency":"eur"}`))
		must(t, r.event("evt_9", "customer.created", `{"id":"cus_9"}`))
		r.sound(t)
	})
}

func TestSavedWaysOfPaying(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, f := stripeRig(t, d)
		if _, err := r.SetupURL(ctx, r.harbour, "en", "a@example.com", "https://firm.example/portal/pay"); err != nil {
			t.Fatal(err)
		}
		var attempt string
		must(t, d.Reader().QueryRowContext(ctx, "SELECT id FROM payments_attempts").Scan(&attempt))
		id := f.asked[1].Get("client_reference_id")
		must(t, r.event("evt_1", "checkout.session.completed", fmt.Sprintf(`{"id":"cs_1","mode":"setup","customer":"cus_1","setup_intent":"seti_1","metadata":{"attempt":%q}}`, id)))
		r.work(t)
		methods, err := r.SavedMethods(ctx, r.harbour)
		must(t, err)
		if len(methods) != 1 || methods[0].Label != "Visa ···· 4242 (4/2030)" || methods[0].Customer != "cus_1" {
			t.Fatalf("%+v", methods)
		}
		a := r.issue(t, r.harbour, 300)
		f.lose = true // Stripe takes the money, but the answer is lost
		before := f.made
		if _, err := r.ChargeSaved(ctx, a.ID, methods[0].ID); fault.KindOf(err) != fault.Busy {
			t.Errorf("%v", err)
		}
		f.lose = false
		state, err := r.ChargeSaved(ctx, a.ID, methods[0].ID)
		must(t, err)
		if state != payments.AttemptDone || f.made != before+1 || r.doc(t, a.ID).Open != 0 {
			t.Errorf("state %d, charged %d times", state, f.made-before)
		}
		r.sound(t)
		// A direct debit through Stripe takes days: meanwhile nothing else is charged.
		b := r.issue(t, r.harbour, 100)
		f.status = "processing"
		state, err = r.ChargeSaved(ctx, b.ID, methods[0].ID)
		must(t, err)
		if state != payments.AttemptUnderWay || r.doc(t, b.ID).Open != 11900 {
			t.Errorf("state %d", state)
		}
		if _, err := r.ChargeSaved(ctx, b.ID, methods[0].ID); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%v", err)
		}
		list, err := r.Attempts(ctx, b.ID)
		must(t, err)
		must(t, r.event("evt_2", "payment_intent.payment_failed", fmt.Sprintf(`{"id":%q,"status":"requires_payment_method","amount":11900,"currency":"eur","metadata":{"attempt":%q},"last_payment_error":{"message":"Account closed"}}`, list[0].Provider, list[0].ID)))
		if list, _ = r.Attempts(ctx, b.ID); list[0].State != payments.AttemptFailed || list[0].Why != "Account closed" {
			t.Errorf("%+v", list[0])
		}
		must(t, r.event("evt_3", "payment_intent.payment_failed", fmt.Sprintf(`{"id":%q,"status":"requires_payment_method","amount":11900,"currency":"eur","metadata":{"attempt":%q},"last_payment_error":{"message":"Account closed"}}`, list[0].Provider, list[0].ID)))
		if f := r.failed(); len(f) != 1 || f[0].Doc.ID != b.ID || f[0].How != payments.ByCard || f[0].Minor != 11900 || f[0].Why != "Account closed" {
			t.Errorf("told: %+v", f)
		}
		must(t, r.EndMethod(ctx, r.harbour, methods[0].ID))
		if _, err := r.ChargeSaved(ctx, b.ID, methods[0].ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v", err)
		}
	})
}

// Secrets lie sealed, and a new key of the installation seals them anew.
func TestSecretsAreSealed(t *testing.T) {
	d := dbtest.Open(t)
	r, _ := stripeRig(t, d)
	var raw string
	must(t, d.Reader().QueryRowContext(ctx, "SELECT value FROM config_values WHERE key = 'payments.settings'").Scan(&raw))
	if strings.Contains(raw, "sk_test") || strings.Contains(raw, whsec) {
		t.Error(raw)
	}
	must(t, r.Rewrap(ctx))
	must(t, r.event("evt_1", "customer.created", `{}`))
}
