// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/wire"
)

// outcome is how a backup ended last.
type outcome struct {
	at     time.Time
	state  wire.State // StateUnknown: it has begun and not ended
	text   string
	values map[string]float64
}

// backup looks how the last backup ended and how long ago.
func (r *Runner) backup(ctx context.Context, _ wire.Check, p *params) wire.Result {
	product := p.choice("product", "restic", "borg", "veeam", "wsb")
	maxAge := p.number("max_age", 26*3600)
	var o outcome
	var err error
	switch {
	case p.err != nil:
	case product == "wsb":
		o, err = serverBackup(ctx)
	case product == "veeam":
		o, err = veeam(ctx)
	default:
		o, err = r.backupLog(p, product)
	}
	if p.err != nil {
		return wire.Result{}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return result(wire.StateCritical, nil, "No backup has left a log yet: %s.", err)
	}
	if err != nil {
		return unknown("It cannot be seen how the last backup ended: %s.", err)
	}
	if o.at.IsZero() {
		return result(wire.StateCritical, nil, "No backup has ended yet.")
	}
	age := r.Now().Sub(o.at)
	if o.values == nil {
		o.values = map[string]float64{}
	}
	o.values["backup_age_seconds"] = age.Seconds()
	res := result(o.state, o.values, "The last backup ended %s: %s.", ago(age), o.text)
	if o.state == wire.StateUnknown {
		res.State, res.Text = wire.StateCritical, fmt.Sprintf("The last backup has not ended: %s.", o.text)
		if age.Seconds() <= maxAge {
			res.State, res.Text = wire.StateOK, fmt.Sprintf("A backup runs, or broke off, since %s: %s.", ago(age), o.text)
		}
	} else if age.Seconds() > maxAge {
		res.State, res.Text = wire.StateCritical, fmt.Sprintf("The last backup ended %s, longer than %s ago: %s.", ago(age), (time.Duration(maxAge)*time.Second).String(), o.text)
	}
	return res
}

const maxBackupLog = 64 << 20

// backupLog reads the log of restic or borg: the newest file that the path names, by its last words.
func (r *Runner) backupLog(p *params, product string) (outcome, error) {
	path := p.need("log")
	if p.err != nil {
		return outcome{}, nil
	}
	name, err := newest(path)
	if err != nil {
		return outcome{}, err
	}
	if err := inside(name, r.Logs); err != nil {
		return outcome{}, err
	}
	f, err := os.Open(name)
	if err != nil {
		return outcome{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return outcome{}, err
	}
	if !info.Mode().IsRegular() {
		return outcome{}, errors.New("the log is no file")
	}
	from := max(info.Size()-maxBackupLog, 0)
	read := map[string]func(io.Reader) outcome{"restic": parseRestic, "borg": parseBorg}[product]
	o := read(io.NewSectionReader(f, from, maxBackupLog))
	if o.at.IsZero() {
		o.at = info.ModTime()
	}
	if o.text == "" {
		o.state, o.text = wire.StateUnknown, "the log has no end"
	}
	return o, nil
}

// eachLine calls fn for the lines of r, cut at a size that no line of a backup's log that matters has.
func eachLine(r io.Reader, fn func([]byte)) {
	in := bufio.NewReaderSize(r, 256<<10)
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			fn(bytes.TrimSpace(line))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// parseRestic reads what `restic backup --json` prints: the last summary counts, and errors since the one before.
func parseRestic(r io.Reader) outcome {
	var o outcome
	failed := 0
	eachLine(r, func(line []byte) {
		if len(line) == 0 || line[0] != '{' {
			if bytes.HasPrefix(line, []byte("Fatal:")) {
				o = outcome{state: wire.StateCritical, text: string(line)}
			}
			return
		}
		var m struct {
			Kind    string    `json:"message_type"`
			ID      string    `json:"snapshot_id"`
			Bytes   float64   `json:"total_bytes_processed"`
			Added   float64   `json:"data_added"`
			Files   float64   `json:"total_files_processed"`
			Seconds float64   `json:"total_duration"`
			End     time.Time `json:"backup_end"`
			Code    int       `json:"code"`
			Message string    `json:"message"`
		}
		if json.Unmarshal(line, &m) != nil {
			return
		}
		switch m.Kind {
		case "status", "verbose_status":
			if o.text != "" { // the next run has begun in the same file
				o, failed = outcome{}, 0
			}
		case "error":
			failed++
		case "exit_error":
			o = outcome{state: wire.StateCritical, text: m.Message}
		case "summary":
			o = outcome{
				state: wire.StateOK, at: m.End, text: fmt.Sprintf("snapshot %.8s, %.0f files, %s added", m.ID, m.Files, size(m.Added)),
				values: map[string]float64{"backup_bytes": m.Bytes, "backup_added_bytes": m.Added, "backup_files": m.Files, "backup_duration_seconds": m.Seconds, "backup_errors": float64(failed)},
			}
			if m.ID == "" {
				o.state, o.text = wire.StateCritical, "no snapshot was made"
			} else if failed > 0 {
				o.state, o.text = wire.StateWarning, fmt.Sprintf("%s; %d files could not be read", o.text, failed)
			}
		}
	})
	return o
}

var borgEnd = regexp.MustCompile(`terminating with (success|warning|error|modern warning|modern error) status, rc (\d+)`)

// parseBorg reads what `borg create --show-rc` (or --json with it) prints.
func parseBorg(r io.Reader) outcome {
	var o outcome
	var values map[string]float64
	var jsonText bytes.Buffer
	eachLine(r, func(line []byte) {
		// --log-json puts each message into an object of its own.
		if m := borgEnd.FindSubmatch(line); m != nil {
			rc, _ := strconv.Atoi(string(m[2]))
			o = outcome{state: wire.StateOK, text: "borg ended well", values: values}
			switch {
			case rc == 1 || rc >= 100 && rc < 128:
				o.state, o.text = wire.StateWarning, fmt.Sprintf("borg ended with warnings (%d)", rc)
			case rc != 0:
				o.state, o.text = wire.StateCritical, fmt.Sprintf("borg failed (%d)", rc)
			}
			jsonText.Reset()
			return
		}
		if jsonText.Len() == 0 && !bytes.Equal(line, []byte("{")) || jsonText.Len() > 4<<20 {
			return
		}
		jsonText.Write(line)
		jsonText.WriteByte('\n')
		var j struct {
			Archive struct {
				Name     string  `json:"name"`
				Duration float64 `json:"duration"`
				Stats    struct {
					Original float64 `json:"original_size"`
					Added    float64 `json:"deduplicated_size"`
					Files    float64 `json:"nfiles"`
				} `json:"stats"`
			} `json:"archive"`
		}
		if !bytes.Equal(line, []byte("}")) || json.Unmarshal(jsonText.Bytes(), &j) != nil || j.Archive.Name == "" {
			return
		}
		s := j.Archive.Stats
		values = map[string]float64{"backup_bytes": s.Original, "backup_added_bytes": s.Added, "backup_files": s.Files, "backup_duration_seconds": j.Archive.Duration}
		o = outcome{state: wire.StateOK, text: "archive " + j.Archive.Name, values: values}
		jsonText.Reset()
	})
	return o
}

// Entries of Windows Server Backup in Microsoft-Windows-Backup: 4 is a good end, the others say why it failed. Windows takes a filter of at
// most some twenty ids, so that the rarest are left to the age: without a good end the backup grows too old.
var wsbEnds = []int{4, 5, 8, 9, 17, 18, 19, 20, 21, 22, 49, 50, 52, 517, 518, 521, 527, 528, 544, 546, 561, 564}

func serverBackup(ctx context.Context) (outcome, error) {
	all, err := events(ctx, "Microsoft-Windows-Backup", query(0, "", wsbEnds), 20, true)
	if err != nil {
		return outcome{}, err
	}
	return lastOf(all, wsbState), nil
}

func wsbState(e event) wire.State {
	if e.System.ID == 4 {
		return wire.StateOK
	}
	return wire.StateCritical
}

// veeam reads Veeam's event logs on Windows, its own list of sessions on Linux.
func veeam(ctx context.Context) (outcome, error) {
	if runtime.GOOS != "windows" {
		out, exit, err := command(ctx, "veeamconfig", "session", "list")
		if err == nil && exit != 0 {
			err = fmt.Errorf("veeamconfig ends with %d", exit)
		}
		if err != nil {
			return outcome{}, err
		}
		return parseVeeamSessions(string(out)), nil
	}
	var failed error
	for _, channel := range []string{"Veeam Agent", "Veeam Backup"} {
		all, err := events(ctx, channel, query(0, "", []int{190}), 20, true)
		if err != nil {
			failed = err
			continue
		}
		return lastOf(all, veeamState), nil
	}
	return outcome{}, failed
}

// veeamState goes by the level of entry 190, the end of a job: information, warning, error.
func veeamState(e event) wire.State {
	switch e.System.Level {
	case 1, 2:
		return wire.StateCritical
	case 3:
		return wire.StateWarning
	}
	return wire.StateOK
}

// lastOf returns the newest event that tells how a backup ended; events come newest first.
func lastOf(all []event, state func(event) wire.State) outcome {
	for _, e := range all {
		if s := state(e); s != wire.StateUnknown {
			return outcome{at: e.at(), state: s, text: strings.TrimSuffix(e.text(), ".")}
		}
	}
	return outcome{}
}

var veeamSession = regexp.MustCompile(`\{[0-9a-fA-F-]{36}\}\s+(Success|Warning|Failed|Running|Starting)\s.*?(\d{4}-\d\d-\d\d \d\d:\d\d)\s*$`)

// parseVeeamSessions reads the list of Veeam Agent for Linux, whose newest session stands last.
func parseVeeamSessions(out string) outcome {
	var o outcome
	for line := range strings.Lines(out) {
		m := veeamSession.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		at, err := time.ParseInLocation("2006-01-02 15:04", m[2], time.Local)
		if err != nil || at.Before(o.at) {
			continue
		}
		o = outcome{at: at, text: "Veeam says " + m[1], state: map[string]wire.State{"Success": wire.StateOK, "Warning": wire.StateWarning, "Failed": wire.StateCritical}[m[1]]}
		if m[1] == "Running" || m[1] == "Starting" {
			o.state = wire.StateUnknown
		}
	}
	return o
}
