// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"sync"

	"mainstay/care/devices/store"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

// releases holds when releases of operating systems end, by product and cycle.
type releases struct {
	mu   sync.RWMutex
	ends map[string]map[string]civil.Date
}

// ImportReleases replaces what is known of products' ends of life by a file of endoflife.date: an object of products, each
// with releases. It returns how many releases it holds.
func (s *Service) ImportReleases(ctx context.Context, data []byte) (int, error) {
	var file map[string]struct {
		Title    string `json:"title"`
		Releases []struct {
			Cycle   string          `json:"releaseCycle"`
			Label   string          `json:"releaseLabel"`
			EOL     json.RawMessage `json:"eol"`
			Support json.RawMessage `json:"eoas"`
			Link    string          `json:"link"`
		} `json:"releases"`
	}
	if err := json.Unmarshal(data, &file); err != nil || len(file) == 0 {
		return 0, fault.NewInvalid("This is not a file of endoflife.date: it should be an object of products with their releases.").Because(err)
	}
	n := 0
	err := s.change(ctx, "devices.releases", "", "", func(_ *sql.Tx, q *store.Queries) error {
		n = 0
		if err := q.ClearReleases(ctx); err != nil {
			return err
		}
		for product, p := range file {
			seen := map[string]bool{}
			for _, r := range p.Releases {
				if r.Cycle == "" || seen[r.Cycle] || len(product) > 100 || len(r.Cycle) > 100 {
					continue
				}
				seen[r.Cycle] = true
				n++
				err := q.InsertRelease(ctx, store.InsertReleaseParams{
					Product: product, Cycle: r.Cycle, Label: line(r.Label, 200), Support: int64(dayOf(r.Support)), Eol: int64(dayOf(r.EOL)), Link: line(r.Link, 300), TakenAt: s.now(),
				})
				if err != nil {
					return err
				}
			}
		}
		if n == 0 {
			return fault.NewInvalid("The file holds no releases.")
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := s.loadReleases(ctx); err != nil {
		return n, err
	}
	return n, s.relearnEnds(ctx)
}

// dayOf reads a day, or false and true, which say no day.
func dayOf(raw json.RawMessage) civil.Date {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return civil.NoDate
	}
	d, err := civil.Parse(text)
	if err != nil {
		return civil.NoDate
	}
	return d
}

func (s *Service) loadReleases(ctx context.Context) error {
	rows, err := store.New(s.p.DB.Reader()).Releases(ctx)
	if err != nil {
		return err
	}
	ends := map[string]map[string]civil.Date{}
	for _, r := range rows {
		if ends[r.Product] == nil {
			ends[r.Product] = map[string]civil.Date{}
		}
		ends[r.Product][r.Cycle] = civil.Date(r.Eol)
	}
	s.releases.mu.Lock()
	s.releases.ends = ends
	s.releases.mu.Unlock()
	return nil
}

// endOfLife returns the last day on which a version of a product is cared for, Unknown when nothing tells: the longest cycle that
// the version begins with counts.
func (s *Service) endOfLife(product, version string) civil.Date {
	s.releases.mu.RLock()
	defer s.releases.mu.RUnlock()
	best, end := "", civil.NoDate
	for cycle, day := range s.releases.ends[product] {
		if (version == cycle || strings.HasPrefix(version, cycle+".") || strings.HasPrefix(version, cycle+" ")) && len(cycle) > len(best) {
			best, end = cycle, day
		}
	}
	return end
}

// relearnEnds brings the devices' ends of life into line with what is known now.
func (s *Service) relearnEnds(ctx context.Context) error {
	if err := s.Refresh(ctx); err != nil {
		return err
	}
	var changed []*Device
	s.roster.mu.RLock()
	for _, e := range s.roster.byID {
		if day := s.endOfLife(e.d.Product, e.d.OSVersion); day != e.d.EOL {
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
