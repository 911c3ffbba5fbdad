// SPDX-License-Identifier: Apache-2.0

package access

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// The installation's key is changed in three steps, each of which may die at any point and be begun again:
// BeginRotation puts a new key before the old one in the file, so that both open; every area seals anew what the old key
// sealed; EndRotation takes the old key away. A backup holds the key file beside the rows, with all keys of the time in which
// it was made ([MergeKeys]), so that it opens whatever happened meanwhile.

// parseKeys reads a key file: a key a line, the first seals.
func parseKeys(b []byte) ([][]byte, error) {
	var keys [][]byte
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(key) != chacha20poly1305.KeySize {
			keys = nil
			break
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fault.NewInvalid("The key file secret.key is damaged. Restore it from the backup.")
	}
	return keys, nil
}

func formatKeys(keys [][]byte) []byte {
	var b bytes.Buffer
	for _, k := range keys {
		b.WriteString(base64.StdEncoding.EncodeToString(k) + "\n")
	}
	return b.Bytes()
}

// writeKeys puts a whole and synced file in the place of the old one.
func writeKeys(path string, keys [][]byte) (err error) {
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(formatKeys(keys))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil { // what cannot be synced is as safe as the file system makes it
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

func readKeys(path string) ([][]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.NewInvalid("The key file secret.key cannot be read.").Because(err)
	}
	return parseKeys(b)
}

// BeginRotation adds a new key to the key file, unless a change of keys is under way already.
func BeginRotation(path string) error {
	keys, err := readKeys(path)
	if err != nil || len(keys) > 1 {
		return err
	}
	return writeKeys(path, [][]byte{newKey(), keys[0]})
}

// EndRotation takes all keys but the first out of the key file. Call it when nothing is sealed by the others any more.
func EndRotation(path string) error {
	keys, err := readKeys(path)
	if err != nil || len(keys) == 1 {
		return err
	}
	return writeKeys(path, keys[:1])
}

// MergeKeys is a key file with the keys of two, those of the later one first: of a backup during which the keys may
// have changed.
func MergeKeys(earlier, later []byte) ([]byte, error) {
	a, err := parseKeys(earlier)
	if err != nil {
		return nil, err
	}
	b, err := parseKeys(later)
	if err != nil {
		return nil, err
	}
	for _, k := range a {
		if !slices.ContainsFunc(b, func(x []byte) bool { return bytes.Equal(x, k) }) {
			b = append(b, k)
		}
	}
	return formatKeys(b), nil
}

// Rewrap seals anew, with the first key, what accounts keep sealed. What is pending for minutes only is dropped. It may
// run again.
func (s *Service) Rewrap(ctx context.Context) error {
	type user struct {
		id   int64
		totp string
	}
	var list []user
	rows, err := s.db.Reader().QueryContext(ctx, "SELECT id, totp FROM access_users WHERE totp <> ''")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var u user
		if err := rows.Scan(&u.id, &u.totp); err != nil {
			return err
		}
		list = append(list, u)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		for _, u := range list {
			again, changed, err := s.sealer.Reseal(totpPurpose(ids.ID(u.id)), u.totp)
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			if _, err := tx.ExecContext(ctx, "UPDATE access_users SET totp = $3 WHERE id = $1 AND totp = $2", u.id, u.totp, again); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM access_pending"); err != nil {
			return err
		}
		sealed, err := config.GetIn(ctx, tx, headKey)
		if err != nil || sealed == "" {
			return err
		}
		if head, ok := s.openHead(sealed); ok { // one that does not open stays, for VerifyAudit to find
			return config.SetIn(ctx, tx, headKey, s.sealHead(head))
		}
		return nil
	})
}
