// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"sync"

	"mainstay/care/devices/store"
	"mainstay/kit/civil"
)

// releases holds when releases of operating systems end, by product.
type releases struct {
	mu   sync.RWMutex
	ends map[string][]release
}

// release is one release of a product as it is known.
type release struct {
	cycle  string
	latest string // its newest version; of Windows its build
	end    civil.Date
}

// ImportReleases replaces what is known of products' ends of life by a file of endoflife.date. A file of one product replaces what
// is known of that one alone. source says where the file is from. It returns how many releases it holds.
func (s *Service) ImportReleases(ctx context.Context, data []byte, source string) (int, error) {
	list, whole, err := readReleases(data)
	if err != nil {
		return 0, err
	}
	err = s.change(ctx, "devices.releases", line(source, 300), "", func(_ *sql.Tx, q *store.Queries) error {
		if whole {
			if err := q.ClearReleases(ctx); err != nil {
				return err
			}
		} else if err := q.ClearProduct(ctx, list[0].Product); err != nil {
			return err
		}
		for _, r := range list {
			r.TakenAt = s.now()
			if err := q.InsertRelease(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := s.loadReleases(ctx); err != nil {
		return len(list), err
	}
	return len(list), s.relearnEnds(ctx)
}

func (s *Service) loadReleases(ctx context.Context) error {
	rows, err := store.New(s.p.DB.Reader()).Releases(ctx)
	if err != nil {
		return err
	}
	ends := map[string][]release{}
	for _, r := range rows {
		ends[r.Product] = append(ends[r.Product], release{r.Cycle, r.Latest, civil.Date(r.Eol)})
	}
	s.releases.mu.Lock()
	s.releases.ends = ends
	s.releases.mu.Unlock()
	return nil
}

// endOfLife returns the last day on which a system is cared for, NoDate when nothing tells: product and version are what its agent says,
// os how its maker writes it.
func (s *Service) endOfLife(product, version, os string) civil.Date {
	product, version = productOf(product, version, os)
	s.releases.mu.RLock()
	defer s.releases.mu.RUnlock()
	list := s.releases.ends[product]
	if r, ok := releaseOf(list, version); ok {
		return r.end
	}
	if product == windowsClient || product == windowsServer {
		if r, ok := builtAs(list, product, version, os); ok {
			return r.end
		}
	}
	return civil.NoDate
}

// relearnEnds brings the devices' ends of life into line with what is known now.
func (s *Service) relearnEnds(ctx context.Context) error {
	if err := s.Refresh(ctx); err != nil {
		return err
	}
	var changed []*Device
	s.roster.mu.RLock()
	for _, e := range s.roster.byID {
		if day := s.endOfLife(e.d.Product, e.d.OSVersion, e.d.OS); day != e.d.EOL {
			d := e.d.clone()
			d.EOL, d.Changed = day, s.now()
			changed = append(changed, d)
		}
	}
	s.roster.mu.RUnlock()
	if len(changed) == 0 {
		return nil
	}
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		for i, d := range changed {
			c := d.clone()
			if err := update(ctx, q, c); err != nil {
				return err
			}
			changed[i] = c
		}
		return nil
	})
	if err == nil {
		s.took(changed...)
	}
	return err
}

// Releases returns how many releases are known.
func (s *Service) Releases(ctx context.Context) (n int, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM devices_releases").Scan(&n)
	return n, err
}
