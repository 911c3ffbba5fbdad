// SPDX-License-Identifier: Apache-2.0

package web

import (
	"io"
	"net/http"

	"mainstay/kit/fault"
	"mainstay/practice/payments/stripe"
)

// event takes an event of Stripe. Who has no signature is told nothing; what could not be done now is sent again by Stripe.
func (h *Handlers) event(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, stripe.MaxEvent))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	switch err := h.Payments.Event(r.Context(), body, r.Header.Get("Stripe-Signature")); {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case fault.Is(err, fault.Denied):
		http.Error(w, "not taken", http.StatusBadRequest)
	case fault.Is(err, fault.Invalid):
		http.Error(w, "not understood", http.StatusUnprocessableEntity)
	default:
		http.Error(w, "try again", http.StatusServiceUnavailable)
	}
}
