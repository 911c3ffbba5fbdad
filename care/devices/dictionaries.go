// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/wire"
)

// Dictionary returns the texts of the series that a dictionary of metrics has, nil when it is not known.
func (s *Service) Dictionary(ctx context.Context, id wire.DictionaryID) ([]string, error) {
	text, err := store.New(s.p.DB.Reader()).Dictionary(ctx, hex.EncodeToString(id[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), nil
}

// KeepDictionary keeps a dictionary: from its hash on it need not be sent again, by this device or another of its make.
func (s *Service) KeepDictionary(ctx context.Context, id wire.DictionaryID, series []string) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).PutDictionary(ctx, hex.EncodeToString(id[:]), strings.Join(series, "\n")+"\n", s.now())
	})
}
