// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"

	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
)

// scan looks at a whole mail. One that carries a virus, or is too large for the scanner, is left to a person. While the
// scanner does not answer the mail waits where it is, and is tried again.
func (s *Service) scan(ctx context.Context, row store.MailroomMessage) (outcome, error) {
	virus, err := s.scanFile(ctx, row.Ref)
	switch {
	case fault.Is(err, fault.Invalid):
		return review("unscanned", fault.TextOf(err)), nil
	case err != nil:
		return outcome{}, err
	case virus != "":
		return review("virus", virus), nil
	}
	return outcome{}, nil
}

func (s *Service) scanFile(ctx context.Context, ref string) (string, error) {
	if s.p.Scanner == nil {
		return "", nil
	}
	path, err := s.p.Blobs.Path(blob.Ref(ref))
	if err != nil {
		return "", err
	}
	return s.p.Scanner.ScanFile(ctx, path)
}

// disarm takes out of a mail what carries a virus, where a person wants it filed all the same: files, and the mail as it
// came. A file that cannot be looked at goes, too.
func (s *Service) disarm(ctx context.Context, row store.MailroomMessage, m *incoming) error {
	if s.p.Scanner == nil {
		return nil
	}
	clean := make([]mime.File, 0, len(m.Files))
	for _, f := range m.Files {
		virus, err := s.scanFile(ctx, f.Ref)
		if err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
		if virus == "" && err == nil {
			clean = append(clean, f)
		}
	}
	m.Files = clean
	if !m.Broken && !m.Cut {
		return nil
	}
	virus, err := s.scanFile(ctx, row.Ref)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	if virus != "" || err != nil {
		m.Broken, m.Cut = false, false
	}
	return nil
}
