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
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/wire"
)

// outcome is how a backup ended last.
type outcome struct {
	job    string // its name where there may be several
	at     time.Time
	state  wire.State // StateUnknown: it has begun and not ended
	text   string
	values map[string]float64
}

// backup looks how the last backup ended and how long ago. Of several jobs the one that is worst off counts.
func (r *Runner) backup(ctx context.Context, c wire.Check, p *params) wire.Result {
	product := p.choice("product", "restic", "borg", "veeam", "wsb")
	maxAge := p.number("max_age", 26*3600)
	limit := time.Duration(min(maxAge, 1e9)) * time.Second
	var o outcome
	var jobs []outcome
	var err error
	switch {
	case p.err != nil:
	case product == "wsb":
		o, err = serverBackup(ctx)
		jobs = []outcome{o}
	case product == "veeam":
		jobs, err = veeam(ctx)
		jobs = only(jobs, p.text("job"))
	default:
		o, err = r.backupLog(p, product, c.ID, limit)
		jobs = []outcome{o}
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
	return judge(jobs, r.Now(), limit)
}

// judge is the result of all jobs: that of the worst of them, of the oldest where several are as bad.
func judge(jobs []outcome, now time.Time, limit time.Duration) wire.Result {
	slices.SortStableFunc(jobs, func(a, b outcome) int { return a.at.Compare(b.at) })
	var out wire.Result
	var lines []string
	for _, o := range jobs {
		if o.at.IsZero() {
			continue
		}
		res := judgeOne(o, now.Sub(o.at), limit)
		if len(jobs) > 1 {
			res.Text = o.job + ": " + res.Text
			lines = append(lines, res.Text)
		}
		if len(out.Values) == 0 || res.State > out.State {
			out = res
		}
	}
	if len(out.Values) == 0 {
		return result(wire.StateCritical, nil, "No backup has ended yet.")
	}
	out.Values["backup_age_seconds"] = now.Sub(oldest(jobs)).Seconds()
	out.Detail = strings.Join(lines, "\n")
	return out
}

func oldest(jobs []outcome) time.Time {
	for _, o := range jobs { // by time
		if !o.at.IsZero() {
			return o.at
		}
	}
	return time.Time{}
}

func judgeOne(o outcome, age, limit time.Duration) wire.Result {
	values := maps.Clone(o.values)
	if values == nil {
		values = map[string]float64{}
	}
	values["backup_age_seconds"] = age.Seconds()
	switch {
	case o.state == wire.StateUnknown && age <= limit:
		return result(wire.StateOK, values, "A backup runs, or broke off, since %s: %s.", ago(age), o.text)
	case o.state == wire.StateUnknown:
		return result(wire.StateCritical, values, "The last backup has not ended: %s.", o.text)
	case age > limit:
		return result(wire.StateCritical, values, "The last backup ended %s, longer than %s ago: %s.", ago(age), limit, o.text)
	}
	return result(o.state, values, "The last backup ended %s: %s.", ago(age), o.text)
}

// only leaves the jobs whose names are listed with commas; all when none is.
func only(jobs []outcome, names string) []outcome {
	if names == "" {
		return jobs
	}
	var wanted []string
	for n := range strings.SplitSeq(names, ",") {
		wanted = append(wanted, strings.TrimSpace(n))
	}
	return slices.DeleteFunc(jobs, func(o outcome) bool { return !slices.Contains(wanted, o.job) })
}

const maxBackupLog = 64 << 20

// backupLog reads the log of restic or borg: the newest file that the path names, by its last words.
func (r *Runner) backupLog(p *params, product, check string, limit time.Duration) (outcome, error) {
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
	f, info, err := openFile(name)
	if err != nil {
		return outcome{}, err
	}
	defer f.Close()
	from := max(info.Size()-maxBackupLog, 0)
	text := io.NewSectionReader(f, from, maxBackupLog)
	var o outcome
	if product == "restic" {
		o = parseRestic(text)
	} else {
		l := parseBorg(text)
		if !l.marked {
			l.began = r.borgBegan(check, name, len(l.ends), info.ModTime(), limit/4)
		}
		o = l.outcome()
	}
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
			failed = 0 // with --quiet nothing else says that the next run has begun
		}
	})
	return o
}

var borgEnd = regexp.MustCompile(`terminating with (?:success|warning|error|modern warning|modern error) status, rc (\d+)`)

// borgLog is what a log of borg says.
type borgLog struct {
	ends   []byte // of each command how it ended
	began  int    // index of the first end of the last backup
	marked bool   // the log says itself where a backup begins
	values map[string]float64
	bare   bool // the last archive was told without an end behind it
	name   string
}

// parseBorg reads what `borg create --show-rc` (or --json with it) prints, and the commands behind it, prune and compact, which write
// into the same log.
func parseBorg(r io.Reader) borgLog {
	var l borgLog
	begins := false
	var jsonText bytes.Buffer
	eachLine(r, func(line []byte) {
		// --log-json puts each message into an object of its own.
		if m := borgEnd.FindSubmatch(line); m != nil {
			rc, _ := strconv.Atoi(string(m[1]))
			if begins {
				l.began, begins = len(l.ends), false
			}
			l.ends, l.bare = append(l.ends, byte(min(rc, 255))), false
			jsonText.Reset()
			return
		}
		// What create tells with --verbose and with --stats. Until its first end the run before it counts: this one is under way.
		if bytes.Contains(line, []byte("Creating archive at ")) || bytes.Contains(line, []byte("Archive name: ")) {
			l.marked, begins = true, true
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
		l.values = map[string]float64{"backup_bytes": s.Original, "backup_added_bytes": s.Added, "backup_files": s.Files, "backup_duration_seconds": j.Archive.Duration}
		l.marked, begins, l.bare, l.name = true, true, true, j.Archive.Name
		jsonText.Reset()
	})
	return l
}

// outcome is how the last backup ended: as the worst of its commands did. A prune that went well heals no backup that failed.
func (l *borgLog) outcome() outcome {
	if l.bare {
		return outcome{state: wire.StateOK, text: "archive " + l.name, values: l.values}
	}
	o := outcome{values: l.values}
	for _, rc := range l.ends[l.began:] {
		state, text := wire.StateOK, "borg ended well"
		switch {
		case rc == 1 || rc >= 100 && rc < 128:
			state, text = wire.StateWarning, fmt.Sprintf("borg ended with warnings (%d)", rc)
		case rc != 0:
			state, text = wire.StateCritical, fmt.Sprintf("borg failed (%d)", rc)
		}
		if o.text == "" || state > o.state {
			o.state, o.text = state, text
		}
	}
	return o
}

// borgSeen is what the last look at a log saw that does not say where a backup begins.
type borgSeen struct {
	Log   string `json:"log"`
	Ends  int    `json:"ends"`
	Began int    `json:"began"`
	At    int64  `json:"at"` // when the last end was written, seconds since 1970
}

// A backup has usually three commands: create, prune, compact. More than six ends are no longer of one.
const (
	usualEnds = 3
	mostEnds  = 6
)

// borgBegan tells which end in a log is the first of the last backup, where the log does not say: ends that follow others by less than a
// pause belong to them.
func (r *Runner) borgBegan(check, log string, ends int, at time.Time, pause time.Duration) int {
	name := "borg-" + positionName(check)
	var seen borgSeen
	if b, err := r.Store.Get(name); err == nil && b != nil {
		_ = json.Unmarshal(b, &seen) // what is damaged begins anew
	}
	now := borgSeen{Log: log, Ends: ends, At: at.Unix()}
	switch {
	case seen.Log == "": // never looked before
		now.Began = ends - usualEnds
	case seen.Log != log || ends < seen.Ends: // a new file
	case ends == seen.Ends:
		now.Began, now.At = seen.Began, seen.At
	case at.Sub(time.Unix(seen.At, 0)) > pause:
		now.Began = seen.Ends
	default:
		now.Began = seen.Began
	}
	now.Began = max(now.Began, ends-mostEnds, 0)
	if now != seen {
		if b, err := json.Marshal(now); err == nil {
			_ = r.Store.Put(name, b) // a full disk: the next look goes by what this one did
		}
	}
	return now.Began
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

// maxVeeamEvents is how many of the newest ends are read: the last of each job is among them.
const maxVeeamEvents = 300

// veeam reads Veeam's event logs on Windows, its own list of sessions on Linux: the last session of each job.
func veeam(ctx context.Context) ([]outcome, error) {
	if runtime.GOOS != "windows" {
		out, exit, err := command(ctx, "veeamconfig", "session", "list")
		if err == nil && exit != 0 {
			err = fmt.Errorf("veeamconfig ends with %d", exit)
		}
		if err != nil {
			return nil, err
		}
		return parseVeeamSessions(string(out)), nil
	}
	var failed error
	for _, channel := range []string{"Veeam Agent", "Veeam Backup"} {
		all, err := events(ctx, channel, query(0, "", []int{190}), maxVeeamEvents, true)
		if err != nil {
			failed = err
			continue
		}
		return veeamJobs(all), nil
	}
	return nil, failed
}

// veeamJob is the name of a job as an event quotes it: "Veeam Agent 'Daily' finished with Success."
var veeamJob = regexp.MustCompile(`'([^']+)'`)

// veeamJobs returns the last end of each job; events come newest first.
func veeamJobs(all []event) []outcome {
	var out []outcome
	for _, e := range all {
		o := lastOf([]event{e}, veeamState)
		if m := veeamJob.FindStringSubmatch(e.text()); m != nil {
			o.job = m[1]
		}
		if !slices.ContainsFunc(out, func(x outcome) bool { return x.job == o.job }) {
			out = append(out, o)
		}
	}
	return out
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

var veeamSession = regexp.MustCompile(`^(.*?)\s+(\S+)\s+\{[0-9a-fA-F-]{36}\}\s+(Success|Warning|Failed|Running|Starting)\s.*?(\d{4}-\d\d-\d\d \d\d:\d\d)\s*$`)

// veeamOther are sessions that are no backup.
var veeamOther = regexp.MustCompile(`(?i)restore|mount|import|delete|config`)

// parseVeeamSessions reads the list of Veeam Agent for Linux and returns the newest session of each job: its name stands first, the kind of
// session second.
func parseVeeamSessions(out string) []outcome {
	var jobs []outcome
	for line := range strings.Lines(out) {
		m := veeamSession.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || veeamOther.MatchString(m[2]) {
			continue
		}
		at, err := time.ParseInLocation("2006-01-02 15:04", m[4], time.Local)
		if err != nil {
			continue
		}
		o := outcome{job: strings.TrimSpace(m[1]), at: at, text: "Veeam says " + m[3], state: map[string]wire.State{"Success": wire.StateOK, "Warning": wire.StateWarning, "Failed": wire.StateCritical}[m[3]]}
		if m[3] == "Running" || m[3] == "Starting" {
			o.state = wire.StateUnknown
		}
		i := slices.IndexFunc(jobs, func(x outcome) bool { return x.job == o.job })
		switch {
		case i < 0:
			jobs = append(jobs, o)
		case !o.at.Before(jobs[i].at):
			jobs[i] = o
		}
	}
	return jobs
}
