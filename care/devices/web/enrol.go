// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"golang.org/x/time/rate"

	"mainstay/care/devices"
	"mainstay/kit/fault"
	"mainstay/kit/wire"
)

const maxRequest = 64 << 10

// Enrolment answers agents that enrol. It is open to everybody: who holds no token is told so.
type Enrolment struct {
	Devices *devices.Service
	limit   *rate.Limiter
}

// NewEnrolment returns the handler. It answers as many in a second as a large roll-out needs, and no more: each costs a look at
// all devices.
func NewEnrolment(s *devices.Service) *Enrolment {
	return &Enrolment{Devices: s, limit: rate.NewLimiter(200, 400)}
}

// ServeHTTP answers one request.
func (e *Enrolment) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.limit.Allow() {
		tell(w, http.StatusTooManyRequests, "Too many devices enrol at once. Try again in a moment.")
		return
	}
	var req wire.EnrolRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&req); err != nil {
		tell(w, http.StatusBadRequest, "The request cannot be read. Install the agent's current version.")
		return
	}
	reply, err := e.Devices.Enrol(r.Context(), &req)
	if err != nil {
		refuseEnrolment(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(reply)
}

func refuseEnrolment(w http.ResponseWriter, err error) {
	var f *fault.Error
	switch {
	case !errors.As(err, &f):
		tell(w, http.StatusInternalServerError, "The server could not enrol the device. Its log says why.")
	case fault.Is(err, fault.Denied):
		tell(w, http.StatusForbidden, f.Error())
	case fault.Is(err, fault.Busy):
		tell(w, http.StatusServiceUnavailable, f.Error())
	case fault.Is(err, fault.Conflict):
		tell(w, http.StatusConflict, f.Error())
	default:
		tell(w, http.StatusUnprocessableEntity, f.Error())
	}
}

func tell(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Refusal{Detail: sentence})
}
