// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"net/mail"
	"slices"
	"strings"

	"mainstay/kit/fault"
)

// MaxCopies is how many people may get a copy of a reply.
const MaxCopies = 10

// CheckCopy says why an address cannot get copies, nil when it can.
func CheckCopy(address string) error {
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || strings.ContainsAny(address, " \t\r\n") || len(address) > 254 {
		return fault.NewInvalid("%q is not an e-mail address.", address).On("copies")
	}
	return nil
}

func cleanCopies(list []string) (out []string, err error) {
	for _, a := range list {
		a = strings.ToLower(strings.TrimSpace(a))
		if a == "" || slices.Contains(out, a) {
			continue
		}
		if err := CheckCopy(a); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	if len(out) > MaxCopies {
		return nil, fault.NewInvalid("At most %d people can get a copy.", MaxCopies).On("copies")
	}
	return out, nil
}

// copyReply settles who gets a copy of the firm's reply.
func (s *Service) copyReply(ctx context.Context, t Ticket, e *said) error {
	switch {
	case !e.Public || e.Kind != Reply || e.by.side() != 2 || !e.At.IsZero():
		return nil
	case e.copies != nil:
		e.Copies = *e.copies
		return nil
	case s.p.Addressees == nil:
		return nil
	}
	_, copies, err := s.p.Addressees(ctx, t)
	e.Copies = copies
	return err
}

// Addressees are who a reply would go to by mail: nobody ("") where there is no mail.
func (s *Service) Addressees(ctx context.Context, t Ticket) (to string, copies []string, err error) {
	if s.p.Addressees == nil {
		return "", nil, nil
	}
	return s.p.Addressees(ctx, t)
}
