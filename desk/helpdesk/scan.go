// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"

	"mainstay/kit/blob"
	"mainstay/kit/fault"
)

// scan refuses files that carry a virus. Mail has been looked at before it comes here.
func (s *Service) scan(ctx context.Context, files []File) error {
	if s.p.Scanner == nil {
		return nil
	}
	for _, f := range files {
		path, err := s.p.Blobs.Path(blob.Ref(f.Ref))
		if err != nil {
			return err
		}
		virus, err := s.p.Scanner.ScanFile(ctx, path)
		if err != nil {
			return err
		}
		if virus != "" {
			return fault.NewInvalid("%s carries a virus (%s) and was not taken.", f.Name, virus).On("files")
		}
	}
	return nil
}
