// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"time"

	"mainstay/kit/ids"
)

// Step is one thing that a check tries.
type Step struct {
	Server string // imap, smtp
	Name   string // dns, connection, tls, greeting, sign-in, folder
	Err    error  // nil = it works
}

// checkWithin bounds the check of one server.
const checkWithin = time.Minute

// Check tries everything that a mailbox needs, reading and sending, without changing anything. The steps end with the
// first that fails of each server.
func (s *Service) Check(ctx context.Context, id ids.ID) ([]Step, error) {
	box, err := s.Mailbox(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []Step
	if box.IMAP.Host != "" {
		within, cancel := context.WithTimeout(ctx, checkWithin)
		r, step, err := s.open(within, box)
		if err == nil {
			r.close()
		}
		cancel()
		out = append(out, stepsTo("imap", box.IMAP, step, err)...)
	}
	if box.SMTP.Host != "" {
		within, cancel := context.WithTimeout(ctx, checkWithin)
		c, step, err := s.dialSMTP(within, box)
		if err == nil {
			_ = c.Quit()
			_ = c.Close()
		}
		cancel()
		out = append(out, stepsTo("smtp", box.SMTP, step, err)...)
	}
	return out, nil
}

// stepsTo lists what went well before a step, and the step.
func stepsTo(server string, v Server, last string, err error) (out []Step) {
	for _, name := range []string{"dns", "connection", "tls", "greeting", "sign-in", "folder"} {
		if name == "tls" && v.Security == Plain || name == "folder" && server == "smtp" {
			continue
		}
		if name == last {
			return append(out, Step{server, name, err})
		}
		out = append(out, Step{server, name, nil})
	}
	return out
}
