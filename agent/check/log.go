// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"mainstay/kit/wire"
)

const (
	maxLogRead = 16 << 20 // bytes of a file in one look; the rest waits for the next
	maxLine    = 16 << 10 // of a line that is compared
	maxPattern = 500
	shown      = 20 // lines in the detail
)

// position is how far a log was read.
type position struct {
	What   string `json:"what"`             // the file, journal or channel
	Offset int64  `json:"offset,omitempty"` // of a file
	Head   string `json:"head,omitempty"`   // what the file begins with: another one is a new file
	HeadN  int64  `json:"headBytes,omitempty"`
	Cursor string `json:"cursor,omitempty"` // of the journal
	Record uint64 `json:"record,omitempty"` // of an event log
	// The journal or event log was looked at, though nothing was in it.
	Started bool `json:"started,omitempty"`
}

// first tells whether a journal or an event log was never looked at.
func (p *position) first() bool { return !p.Started && p.Cursor == "" && p.Record == 0 }

func positionName(check string) string {
	sum := sha256.Sum256([]byte(check))
	return "log-" + hex.EncodeToString(sum[:8])
}

// log looks for lines since the last look. The first look only notes where the log ends: what was there before is
// history.
func (r *Runner) log(ctx context.Context, c wire.Check, p *params) wire.Result {
	var pattern, ignore *regexp.Regexp
	for name, into := range map[string]**regexp.Regexp{"pattern": &pattern, "ignore": &ignore} {
		text := p.m[name]
		if text == "" {
			continue
		}
		re, err := regexp.Compile(text)
		if err != nil || len(text) > maxPattern {
			p.fail("The check's %s is no regular expression.", name)
			continue
		}
		*into = re
	}
	warn, critical := p.number("warn", 1), p.number("critical", 0)
	level := p.choice("level", "warning", "critical", "error", "information")
	file, journal, channel := p.text("file"), p.text("journal"), p.text("eventlog")
	if p.err == nil && file != "" && pattern == nil {
		p.fail("The check does not say which pattern.")
	}
	if p.err != nil {
		return wire.Result{}
	}
	m := &matches{pattern: pattern, ignore: ignore}
	var before position
	if b, err := r.Store.Get(positionName(c.ID)); err == nil && b != nil {
		_ = json.Unmarshal(b, &before) // what is damaged begins anew
	}
	var after position
	var err error
	switch {
	case file != "":
		if before.What != file {
			before = position{}
		}
		after, err = r.readFile(file, before, m)
		after.What = file
	case journal != "":
		if before.What != "journal "+journal {
			before = position{}
		}
		after, err = readJournal(ctx, journal, level, before, m)
		after.What = "journal " + journal
	case channel != "":
		if before.What != "events "+channel {
			before = position{}
		}
		after, err = readEvents(ctx, channel, level, p.text("ids"), before, m)
		after.What = "events " + channel
	default:
		p.fail("The check does not say which file, journal or eventlog.")
		return wire.Result{}
	}
	if errors.Is(err, fs.ErrNotExist) {
		if file != "" && before.What == "" { // what is in it once it is made is new
			if err := r.keep(c.ID, nothingOf(file)); err != nil {
				return unknown("%s is not there, and it cannot be kept that it was not: %s.", file, err)
			}
		}
		return unknown("%s is not there.", file)
	}
	if err != nil {
		return unknown("The log cannot be read: %s.", err)
	}
	if err := r.keep(c.ID, after); err != nil {
		return unknown("It cannot be kept how far the log was read: %s.", err)
	}
	return m.result(warn, critical)
}

// keep notes how far a log was read.
func (r *Runner) keep(check string, p position) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return r.Store.Put(positionName(check), b)
}

// nothingOf is the position in a file that is not there yet.
func nothingOf(file string) position {
	head, n, _ := headOf(bytes.NewReader(nil), 0)
	return position{What: file, Head: head, HeadN: n}
}

// matches are the lines that count.
type matches struct {
	pattern, ignore *regexp.Regexp
	n, lines        int
	shown           []string
}

func (m *matches) take(line string) {
	m.lines++
	if m.pattern != nil && !m.pattern.MatchString(line) || m.ignore != nil && m.ignore.MatchString(line) {
		return
	}
	m.n++
	if m.shown = append(m.shown, strings.ToValidUTF8(line, "?")); len(m.shown) > shown {
		m.shown = m.shown[1:]
	}
}

func (m *matches) result(warn, critical float64) wire.Result {
	state := wire.StateOK
	switch {
	case critical > 0 && float64(m.n) >= critical:
		state = wire.StateCritical
	case warn > 0 && float64(m.n) >= warn:
		state = wire.StateWarning
	}
	res := result(state, map[string]float64{"log_matches": float64(m.n), "log_lines": float64(m.lines)}, "No line matches, of %d new ones.", m.lines)
	if m.n > 0 {
		res.Text = fmt.Sprintf("%d of %d new lines match: %s", m.n, m.lines, m.shown[len(m.shown)-1])
		if m.n > len(m.shown) {
			m.shown = append([]string{fmt.Sprintf("… %d earlier ones", m.n-len(m.shown))}, m.shown...)
		}
		res.Detail = strings.Join(m.shown, "\n")
	}
	return res
}

const headSize = 512

// readFile reads what was added to a file. When it is another one than before, the rest of the old one is read first where
// rotation has put it (name.1).
func (r *Runner) readFile(path string, before position, m *matches) (position, error) {
	if err := inside(path, r.Logs); err != nil {
		if errors.Is(err, fs.ErrNotExist) && before.What != "" && rotated(path, before) {
			return before, nil // the new file is made in a moment
		}
		return before, err
	}
	f, info, err := openFile(path)
	if err != nil {
		return before, err
	}
	defer f.Close()
	if before.What == "" {
		head, n, err := headOf(f, headSize)
		return position{Offset: info.Size(), Head: head, HeadN: n}, err
	}
	same, err := begins(f, before)
	if err != nil {
		return before, err
	}
	from := before.Offset
	if !same || info.Size() < from {
		if old := rotatedFile(path, before); old != nil {
			_, _ = addLines(old, from, m)
			_ = old.Close()
		}
		from = 0
	}
	after := position{}
	if after.Offset, err = addLines(f, from, m); err != nil {
		return before, err
	}
	after.Head, after.HeadN, err = headOf(f, headSize)
	return after, err
}

// rotatedFile opens what rotation has made of the file that was looked at before; nil when it is not there.
func rotatedFile(path string, before position) *os.File {
	old, _, err := openFile(path + ".1")
	if err != nil {
		return nil
	}
	if same, err := begins(old, before); err != nil || !same {
		_ = old.Close()
		return nil
	}
	return old
}

func rotated(path string, before position) bool {
	old := rotatedFile(path, before)
	if old == nil {
		return false
	}
	_ = old.Close()
	return true
}

// openFile opens a file; what is none, as a pipe, is not opened: it would wait for whoever writes to it.
func openFile(path string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("it is no file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// headOf returns a fingerprint of the first bytes of a file and how many those were.
func headOf(f io.ReaderAt, n int64) (string, int64, error) {
	b := make([]byte, n)
	got, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", 0, err
	}
	sum := sha256.Sum256(b[:got])
	return hex.EncodeToString(sum[:8]), int64(got), nil
}

// begins tells whether a file begins as the one before did.
func begins(f io.ReaderAt, p position) (bool, error) {
	head, n, err := headOf(f, p.HeadN)
	return err == nil && n == p.HeadN && head == p.Head, err
}

// addLines reads whole lines from an offset on and returns where the last one ends.
func addLines(f io.ReaderAt, from int64, m *matches) (int64, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(f, from, maxLogRead), maxLine)
	at := from
	for {
		line, err := in.ReadSlice('\n')
		n := len(line)
		text := string(bytes.TrimRight(line, "\r\n"))
		for errors.Is(err, bufio.ErrBufferFull) { // its beginning is compared
			var more []byte
			more, err = in.ReadSlice('\n')
			n += len(more)
		}
		if errors.Is(err, io.EOF) {
			if n >= maxLogRead/2 { // one line that never ends
				return at + int64(n), nil
			}
			return at, nil // a line that is still being written
		}
		if err != nil {
			return at, err
		}
		at += int64(n)
		m.take(text)
	}
}
