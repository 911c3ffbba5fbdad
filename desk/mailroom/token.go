// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"crypto/subtle"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"mainstay/desk/mailroom/mime"
)

// A token says which ticket a mail belongs to and that we said so: "[#1001-3f2a…]" in the subject, or
// "help+1001-3f2a…@firm.example". Who has it got a mail of that ticket.

const tokenLength = 12 // hexadecimal digits: 48 bits, guessed by mails

var tokenForm = regexp.MustCompile(`(?i)(?:\[#|\+)(\d{1,12})-([0-9a-f]{12})(?:\]|@)`)

func (s *Service) tokenOf(number int64) string {
	n := strconv.FormatInt(number, 10)
	return n + "-" + s.p.Sealer.MAC("mail-ticket", n)[:tokenLength]
}

// tag is the token as a subject carries it.
func (s *Service) tag(number int64) string { return "[#" + s.tokenOf(number) + "]" }

// plus is the token in an address that comes back to the mailbox.
func (s *Service) plus(address string, number int64) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok {
		return address
	}
	return fmt.Sprintf("%s+%s@%s", local, s.tokenOf(number), domain)
}

// ticketNumber finds the first genuine token of a mail, 0 = none.
func (s *Service) ticketNumber(m *mime.Message) int64 {
	texts := []string{m.Subject}
	for _, list := range [][]mime.Address{m.Delivered, m.To, m.Cc} {
		for _, a := range list {
			texts = append(texts, a.Email)
		}
	}
	for _, text := range texts {
		for _, found := range tokenForm.FindAllStringSubmatch(text, 5) {
			n, err := strconv.ParseInt(found[1], 10, 64)
			if err != nil {
				continue
			}
			want := s.tokenOf(n)
			got := found[1] + "-" + strings.ToLower(found[2])
			if subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1 {
				return n
			}
		}
	}
	return 0
}

// withoutTag is a subject as people wrote it.
func withoutTag(subject string) string {
	subject = tokenForm.ReplaceAllString(subject, "")
	return strings.Join(strings.Fields(subject), " ")
}

// loopMark is what everything that this installation sends carries.
func (s *Service) loopMark() string { return s.p.Sealer.MAC("mail-loop", "1")[:32] }
