// SPDX-License-Identifier: Apache-2.0

package stripe_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v85/webhook"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/payments/stripe"
)

var now = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

func sign(body string, at time.Time, secret string) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(body), Secret: secret, Timestamp: at}).Header
}

func event(kind, object string) string {
	return fmt.Sprintf(`{"id":"evt_1","object":"event","api_version":"2024-06-20","created":1772539200,"type":%q,"data":{"object":%s}}`, kind, object)
}

func TestEvents(t *testing.T) {
	attempt := ids.ID(11)
	for _, c := range []struct {
		kind, object string
		want         func(stripe.Event) bool
	}{
		{"payment_intent.succeeded", `{"id":"pi_1","status":"succeeded","amount":500,"amount_received":357,"currency":"eur","customer":"cus_1","payment_method":"pm_1","metadata":{"attempt":"` + attempt.String() + `"}}`, func(e stripe.Event) bool {
			return *e.Payment == stripe.Payment{ID: "pi_1", Attempt: 11, Status: stripe.Succeeded, Amount: 357, Currency: "EUR", Customer: "cus_1", Method: "pm_1"}
		}},
		{"payment_intent.payment_failed", `{"id":"pi_1","status":"requires_payment_method","amount":500,"currency":"eur","metadata":{"attempt":"junk"},"last_payment_error":{"message":"Your card was declined."}}`, func(e stripe.Event) bool {
			return e.Payment.Status == stripe.Failed && e.Payment.Attempt == 0 && e.Payment.Why == "Your card was declined."
		}},
		{"payment_intent.processing", `{"id":"pi_1","status":"processing","amount":500,"currency":"jpy"}`, func(e stripe.Event) bool {
			return e.Payment.Status == stripe.Processing && e.Payment.Currency == "JPY"
		}},
		{"checkout.session.completed", `{"id":"cs_1","mode":"setup","customer":"cus_1","setup_intent":"seti_1","metadata":{"attempt":"` + attempt.String() + `"}}`, func(e stripe.Event) bool {
			return *e.Saved == stripe.Saved{Attempt: 11, Customer: "cus_1", Intent: "seti_1"}
		}},
		{"checkout.session.expired", `{"id":"cs_1","mode":"payment","metadata":{"attempt":"` + attempt.String() + `"}}`, func(e stripe.Event) bool { return e.Expired == 11 }},
		{"refund.updated", `{"id":"re_1","status":"failed","amount":5,"currency":"eur","payment_intent":"pi_1","failure_reason":"lost_or_stolen_card"}`, func(e stripe.Event) bool {
			return e.Refund.Status == stripe.Failed && e.Refund.Payment == "pi_1" && e.Refund.Why == "lost_or_stolen_card"
		}},
		{"charge.dispute.closed", `{"id":"dp_1","status":"lost","amount":5,"currency":"eur","payment_intent":"pi_1","reason":"fraudulent"}`, func(e stripe.Event) bool {
			return e.Dispute.Lost && e.Dispute.Payment == "pi_1" && !e.Dispute.Won
		}},
		{"customer.updated", `{"id":"cus_1"}`, func(e stripe.Event) bool {
			return e.Payment == nil && e.Refund == nil && e.Saved == nil && e.Expired == 0
		}},
	} {
		body := event(c.kind, c.object)
		e, err := stripe.Read([]byte(body), sign(body, now, "whsec_a"), "whsec_a", now.Add(time.Minute))
		if err != nil || e.ID != "evt_1" || e.Kind != c.kind || !c.want(e) {
			t.Errorf("%s: %+v %+v, %v", c.kind, e, e.Payment, err)
		}
	}
}

func TestSignatures(t *testing.T) {
	body := event("customer.updated", `{}`)
	good := sign(body, now, "whsec_a")
	for _, c := range []struct {
		name, body, header, secret string
		at                         time.Time
		ok                         bool
	}{
		{"good", body, good, "whsec_a", now, true},
		{"at the edge", body, good, "whsec_a", now.Add(stripe.Tolerance), true},
		{"too old", body, good, "whsec_a", now.Add(stripe.Tolerance + time.Second), false},
		{"of the future", body, good, "whsec_a", now.Add(-stripe.Tolerance - time.Second), false},
		{"another secret", body, good, "whsec_b", now, false},
		{"no secret", body, sign(body, now, ""), "", now, false},
		{"another body", body + " ", good, "whsec_a", now, false},
		{"no header", body, "", "whsec_a", now, false},
		{"no time", body, good[strings.Index(good, ",")+1:], "whsec_a", now, false},
		{"two signatures while the secret is changed", body, good + ",v1=00", "whsec_a", now, true},
		{"the old scheme only", body, strings.Replace(good, "v1=", "v0=", 1), "whsec_a", now, false},
	} {
		_, err := stripe.Read([]byte(c.body), c.header, c.secret, c.at)
		if (err == nil) != c.ok || err != nil && fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	large := `{"object":"event","x":"` + strings.Repeat("a", stripe.MaxEvent) + `"}`
	if _, err := stripe.Read([]byte(large), sign(large, now, "s"), "s", now); fault.KindOf(err) != fault.Denied {
		t.Error(err)
	}
	for _, junk := range []string{`{}`, `[]`, `{"object":"event","id":"e","type":"payment_intent.x","data":{"object":[]}}`, `{"object":"event","id":"e","type":"refund.created","data":null}`} {
		if _, err := stripe.Read([]byte(junk), sign(junk, now, "s"), "s", now); fault.KindOf(err) != fault.Denied && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", junk, err)
		}
	}
}

// What Stripe answers becomes a sentence, and the key stands in none.
func TestErrorsInWords(t *testing.T) {
	const key = "sk_test_veryse" + "cret"
	answer, status := "", 200
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer srv.Close()
	c, err := stripe.New(stripe.Config{Key: key, URL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	charge := stripe.Charge{Attempt: 1, Invoice: 2, Customer: "cus_1", Method: "pm_1", Amount: 100, Currency: "EUR"}
	for _, one := range []struct {
		status int
		answer string
		kind   fault.Kind
		want   string
	}{
		{402, `{"error":{"type":"card_error","code":"card_declined","message":"Your card has insufficient funds."}}`, fault.Conflict, "insufficient funds"},
		{402, `{"error":{"type":"card_error","code":"authentication_required","message":"x"}}`, fault.Conflict, "asks the client to confirm"},
		{401, `{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: ` + key + `"}}`, fault.Invalid, "does not accept the key"},
		{400, `{"error":{"type":"invalid_request_error","message":"No such customer with ` + key + `"}}`, fault.Invalid, "No such customer"},
		{400, `{"error":{"type":"idempotency_error","message":"x"}}`, fault.Conflict, "sent to Stripe before"},
	} {
		status, answer = one.status, one.answer
		_, err := c.Charge(context.Background(), "k", charge)
		if fault.KindOf(err) != one.kind || !strings.Contains(fault.TextOf(err), one.want) || strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", one.answer, err)
		}
	}
	srv.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Charge(ctx, "k", charge); fault.KindOf(err) != fault.Busy || strings.Contains(err.Error(), key) {
		t.Errorf("%v", err)
	}
	for _, bad := range []stripe.Charge{{Amount: 0, Currency: "EUR"}, {Amount: -1, Currency: "EUR"}, {Amount: 1e9, Currency: "EUR"}, {Amount: 5, Currency: "KWD"}, {Amount: 5}} {
		if _, err := c.Charge(context.Background(), "k", bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := stripe.New(stripe.Config{Key: "pk_live_x"}); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
}
