// SPDX-License-Identifier: Apache-2.0

package stripe

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v85"

	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// Config says whose account is used.
type Config struct {
	Key  string       // secret or restricted key: sk_… or rk_…
	URL  string       // of the API; "" = Stripe's own
	HTTP *http.Client // nil = one of its own with a time limit
}

// Client speaks for one account. It is safe for use by many at once.
type Client struct {
	api *api.Client
}

// New makes a client; nothing is sent yet.
func New(c Config) (*Client, error) {
	key := strings.TrimSpace(c.Key)
	if !strings.HasPrefix(key, "sk_") && !strings.HasPrefix(key, "rk_") {
		return nil, fault.NewInvalid("Stripe's secret key begins with sk_ or rk_.").On("key")
	}
	config := &api.BackendConfig{
		HTTPClient: c.HTTP, EnableTelemetry: api.Bool(false), LeveledLogger: silent{}, MaxNetworkRetries: api.Int64(2),
	}
	if config.HTTPClient == nil {
		config.HTTPClient = &http.Client{Timeout: 30 * time.Second}
	}
	if c.URL != "" {
		config.URL = api.String(c.URL)
	}
	return &Client{api.NewClient(key, api.WithBackends(api.NewBackendsWithConfig(config)))}, nil
}

// silent keeps the library from writing to the terminal: what went wrong comes back as an error.
type silent struct{}

func (silent) Debugf(string, ...any) {}
func (silent) Infof(string, ...any)  {}
func (silent) Warnf(string, ...any)  {}
func (silent) Errorf(string, ...any) {}

// unlike are currencies whose minor unit with Stripe is not that of ISO 4217, or whose last digit must be 0.
const unlike = " ISK UGX MGA BHD IQD JOD KWD LYD OMR TND CLF "

// takes checks that Stripe can take an amount of a currency, in minor units.
func takes(amount int64, c money.Currency) error {
	if amount <= 0 || amount > 99_999_999 {
		return fault.NewInvalid("%s cannot be paid through Stripe.", money.Amount{Minor: amount, Currency: c}.String())
	}
	if len(c) != 3 || strings.Contains(unlike, " "+string(c)+" ") {
		return fault.NewInvalid("Amounts in %s cannot be paid through Stripe.", string(c))
	}
	return nil
}

// words turns an error of the library into a sentence. The library's own text may name the key, so it stays out of what
// people read, except what Stripe says to the owner of a card.
func words(err error) error {
	var e *api.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e):
		return fault.NewBusy("Stripe cannot be reached. Nothing was taken; try again later.").Because(scrubbed(err))
	}
	cause := errors.New(string(e.Type) + " " + string(e.Code) + " " + e.Param + " " + e.RequestID)
	switch {
	case e.Type == api.ErrorTypeCard:
		if e.Code == api.ErrorCodeAuthenticationRequired {
			return fault.NewConflict("The bank asks the client to confirm this payment. Send the link for paying instead.").Because(cause)
		}
		return fault.NewConflict("The card or account was declined: %s", squeeze(e.Msg)).Because(cause)
	case e.HTTPStatusCode == http.StatusUnauthorized, e.HTTPStatusCode == http.StatusForbidden:
		return fault.NewInvalid("Stripe does not accept the key, or the key may not do this.").On("key").Because(cause)
	case e.Type == api.ErrorTypeIdempotency:
		return fault.NewConflict("This was sent to Stripe before with other values.").Because(cause)
	case e.HTTPStatusCode == http.StatusTooManyRequests, e.HTTPStatusCode >= 500:
		return fault.NewBusy("Stripe cannot answer just now. Try again later.").Because(cause)
	}
	return fault.NewInvalid("Stripe refused the request: %s", squeeze(e.Msg)).Because(cause)
}

// scrubbed keeps of an error of the network what kind it is: its text may hold an address with ids.
func scrubbed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return errors.New("network error")
}

// squeeze makes one short line of Stripe's words, and takes out what looks like a key.
func squeeze(s string) string {
	out := strings.Fields(s)
	for i, w := range out {
		if strings.Contains(w, "sk_") || strings.Contains(w, "rk_") || strings.Contains(w, "whsec_") {
			out[i] = "…"
		}
	}
	s = strings.Join(out, " ")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}
