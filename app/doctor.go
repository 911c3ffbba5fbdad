// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mainstay/kit/fault"
	"mainstay/schema"
)

// Finding is one line of doctor's report.
type Finding struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warn, bad
	Text  string `json:"text"`
}

// Doctor looks at everything that can be wrong with an installation and changes nothing.
func (a *App) Doctor(ctx context.Context) []Finding {
	checks := []struct {
		name string
		look func(context.Context) (string, error)
	}{
		{"database", a.DB.Version},
		{"schema", a.checkSchema},
		{"integrity", a.checkIntegrity},
		{"foreign keys", a.checkForeignKeys},
		{"audit trail", a.checkAudit},
		{"billing", a.checkBilling},
		{"jobs", a.checkJobs},
		{"data folder", a.checkFolder},
		{"secret key", a.checkKey},
		{"clock", a.checkClock},
		{"virus scanner", a.checkScanner},
	}
	var out []Finding
	for _, c := range checks {
		f := Finding{Check: c.name, State: "ok"}
		text, err := c.look(ctx)
		f.Text = text
		if err != nil {
			f.State, f.Text = "bad", fault.TextOf(err)
			if fault.KindOf(err) == fault.Internal {
				f.Text = err.Error()
			}
			if fault.Is(err, fault.Busy) {
				f.State = "warn"
			}
		}
		out = append(out, f)
	}
	return out
}

func (a *App) checkSchema(ctx context.Context) (string, error) {
	v, err := a.DB.SchemaVersion(ctx, schema.Files)
	return fmt.Sprintf("version %d", v), err
}

func (a *App) checkIntegrity(ctx context.Context) (string, error) {
	if a.DB.Path == "" {
		return "left to PostgreSQL", nil
	}
	var answer string
	if err := a.DB.Reader().QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&answer); err != nil {
		return "", err
	}
	if answer != "ok" {
		return "", fault.NewConflict("SQLite reports damage: %s. Restore the newest backup.", answer)
	}
	return "every page is whole", nil
}

func (a *App) checkForeignKeys(ctx context.Context) (string, error) {
	if a.DB.Path == "" {
		return "left to PostgreSQL", nil
	}
	rows, err := a.DB.Reader().QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if rows.Next() {
		var table string
		var id, parent, fk sql.RawBytes
		if err := rows.Scan(&table, &id, &parent, &fk); err != nil {
			return "", err
		}
		return "", fault.NewConflict("A row of %s points to one of %s that is missing.", table, parent)
	}
	return "no loose ends", rows.Err()
}

func (a *App) checkAudit(ctx context.Context) (string, error) {
	n, err := a.Access.VerifyAudit(ctx)
	return fmt.Sprintf("%d entries, chain unbroken, end as sealed", n), err
}

func (a *App) checkBilling(ctx context.Context) (string, error) {
	v, err := a.Billing.Verify(ctx)
	if err != nil {
		return "", err
	}
	if len(v.Broken) > 0 {
		return "", fault.NewConflict("The books of billing do not hold: %s.", strings.Join(v.Broken[:min(5, len(v.Broken))], "; "))
	}
	return fmt.Sprintf("%d documents chained without a gap, %d entries balance", v.Documents, v.Entries), nil
}

func (a *App) checkJobs(ctx context.Context) (string, error) {
	n, err := a.Jobs.Failed(ctx)
	if err == nil && n > 0 {
		return "", fault.NewBusy("%d jobs were given up after five attempts; the log tells why.", n)
	}
	return "none given up", err
}

func (a *App) checkFolder(context.Context) (string, error) {
	info, err := os.Stat(a.Config.Data)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fault.NewBusy("Other users of this machine can look into the data folder: chmod 700 %s", a.Config.Data)
	}
	free, err := freeSpace(a.Config.Data)
	if err == nil && free < 1<<30 {
		return "", fault.NewBusy("Only %d MB are free on the disk of the data folder.", free>>20)
	}
	return fmt.Sprintf("private, %d GB free", free>>30), err
}

func (a *App) checkKey(context.Context) (string, error) {
	path := filepath.Join(a.Config.Data, "secret.key")
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fault.NewConflict("Other users of this machine can read secret.key: chmod 600 it.")
	}
	b, err := os.ReadFile(path)
	if err == nil && len(strings.Fields(string(b))) > 1 {
		return "", fault.NewBusy("A change of the key is half done. Everything opens; stop the server and call mainstay secrets rotate again.")
	}
	return "present and private", err
}

func (a *App) checkClock(ctx context.Context) (string, error) {
	now := a.Clock.Now()
	entries, err := a.Access.Audit(ctx, 0, 1)
	if err != nil || len(entries) == 0 {
		return now.UTC().Format(time.RFC3339), err
	}
	if last := time.UnixMicro(entries[0].At); last.After(now.Add(time.Minute)) {
		return "", fault.NewConflict("The clock stands before the newest audit entry of %s. Set the machine's time.", last.UTC().Format(time.RFC3339))
	}
	return now.UTC().Format(time.RFC3339), nil
}

func (a *App) checkScanner(ctx context.Context) (string, error) {
	if a.Scanner == nil {
		return "none is set up", nil
	}
	return a.Scanner.Version(ctx)
}
