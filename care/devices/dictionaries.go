// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"mainstay/care/devices/store"
	"mainstay/kit/wire"
)

// How long a dictionary is kept that no device had the server read or told it, and how many are at most. One that is gone is told again
// by whoever uses it.
const (
	dictionaryLife = 90 * 24 * time.Hour
	dictionaryUsed = 30 * 24 * time.Hour // so old, a use is noted
	mostDictionary = 200_000
)

// Dictionary returns the texts of the series that a dictionary of metrics has, nil when it is not known.
func (s *Service) Dictionary(ctx context.Context, id wire.DictionaryID) ([]string, error) {
	d, err := store.New(s.p.DB.Reader()).Dictionary(ctx, hex.EncodeToString(id[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := strings.Split(strings.TrimSuffix(d.Series, "\n"), "\n")
	if s.now()-d.MadeAt > dictionaryUsed.Microseconds() {
		err = s.KeepDictionary(ctx, id, list)
	}
	return list, err
}

// KeepDictionary keeps a dictionary: from its hash on it need not be sent again, by this device or another of its make. Once a day those
// go that are too old or too many.
func (s *Service) KeepDictionary(ctx context.Context, id wire.DictionaryID, series []string) error {
	now := s.now()
	last := s.pruned.Load()
	prune := now-last >= (24*time.Hour).Microseconds() && s.pruned.CompareAndSwap(last, now)
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := q.PutDictionary(ctx, hex.EncodeToString(id[:]), strings.Join(series, "\n")+"\n", now); err != nil || !prune {
			return err
		}
		before := now - dictionaryLife.Microseconds()
		age, err := q.DictionaryAge(ctx, mostDictionary)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return q.PruneDictionaries(ctx, max(before, age))
	})
}
