// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

var channelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 _./()-]{0,200}$`)

// event is an entry of a Windows event log.
type event struct {
	System struct {
		Provider struct {
			Name string `xml:"Name,attr"`
		} `xml:"Provider"`
		ID     int    `xml:"EventID"`
		Level  int    `xml:"Level"`
		Record uint64 `xml:"EventRecordID"`
		Time   struct {
			At string `xml:"SystemTime,attr"`
		} `xml:"TimeCreated"`
	} `xml:"System"`
	Data struct {
		Values []string `xml:"Data"`
	} `xml:"EventData"`
	Rendering struct {
		Message string `xml:"Message"`
	} `xml:"RenderingInfo"`
}

// text is the event as a line.
func (e event) text() string {
	t := e.Rendering.Message
	if t == "" {
		t = strings.Join(e.Data.Values, " ")
	}
	return fmt.Sprintf("%s %d: %s", e.System.Provider.Name, e.System.ID, strings.Join(strings.Fields(t), " "))
}

func (e event) at() time.Time {
	t, _ := time.Parse(time.RFC3339Nano, e.System.Time.At)
	return t
}

var levels = map[string]int{"critical": 1, "error": 2, "warning": 3, "information": 4}

// query builds the filter of a look: entries behind a record, of some ids, or of a level and worse.
func query(record uint64, level string, ids []int) string {
	var and []string
	if record > 0 {
		and = append(and, fmt.Sprintf("EventRecordID>%d", record))
	}
	if len(ids) > 0 {
		var or []string
		for _, id := range ids {
			or = append(or, "EventID="+strconv.Itoa(id))
		}
		and = append(and, "("+strings.Join(or, " or ")+")")
	} else if level != "" {
		and = append(and, fmt.Sprintf("Level>0 and Level<=%d", levels[level]))
	}
	if len(and) == 0 {
		return "*"
	}
	return "*[System[" + strings.Join(and, " and ") + "]]"
}

func parseIDs(text string) ([]int, error) {
	var out []int
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(w)
		if err != nil || n < 0 || n > 65535 || len(out) == 50 {
			return nil, fmt.Errorf("%q are no event ids", text)
		}
		out = append(out, n)
	}
	return out, nil
}

// readEvents reads what a Windows event log has since a record.
func readEvents(ctx context.Context, channel, level, ids string, before position, m *matches) (position, error) {
	wanted, err := parseIDs(ids)
	if err != nil {
		return before, err
	}
	ask := func(filter string, most int, newestFirst bool) ([]event, error) {
		return events(ctx, channel, filter, most, newestFirst)
	}
	return addEvents(ask, level, wanted, before, m)
}

// addEvents takes what came since a record. The first look notes the newest of all.
func addEvents(ask func(filter string, most int, newestFirst bool) ([]event, error), level string, ids []int, before position, m *matches) (position, error) {
	after := before
	after.Started = true
	if before.first() {
		last, err := ask("*", 1, true)
		if len(last) == 1 {
			after.Record = last[0].System.Record
		}
		return after, err
	}
	found, err := ask(query(before.Record, level, ids), 2000, false)
	if err != nil {
		return before, err
	}
	for _, e := range found {
		after.Record = max(after.Record, e.System.Record)
		m.take(e.text())
	}
	return after, nil
}

// events asks Windows' own tool for entries, oldest first or newest first.
func events(ctx context.Context, channel, filter string, most int, newestFirst bool) ([]event, error) {
	if runtime.GOOS != "windows" {
		return nil, errors.New("only Windows has event logs")
	}
	if !channelName.MatchString(channel) {
		return nil, fmt.Errorf("%q is no event log", channel)
	}
	tool := filepath.Join(os.Getenv("SystemRoot"), "System32", "wevtutil.exe")
	out, exit, err := command(ctx, tool, "qe", channel, "/q:"+filter, "/f:RenderedXml", "/c:"+strconv.Itoa(most), "/rd:"+strconv.FormatBool(newestFirst))
	if err != nil {
		return nil, err
	}
	if exit != 0 {
		return nil, fmt.Errorf("there is no event log %s, or it may not be read (wevtutil ends with %d)", channel, exit)
	}
	return parseEvents(out)
}

// controls are characters that programs write into events and XML does not know.
var controls = regexp.MustCompile(`&#(x[01]?[0-9A-Fa-f]|[0-9]|[12][0-9]|3[01]);|[\x00-\x08\x0b\x0c\x0e-\x1f]`)

// parseEvents reads events that follow one another without a root.
func parseEvents(out []byte) ([]event, error) {
	d := xml.NewDecoder(bytes.NewReader(controls.ReplaceAll(bytes.ToValidUTF8(out, nil), nil))) //nolint:gosec // into a struct of ours, bounded before
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var all []event
	for {
		var e event
		err := d.Decode(&e)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, fmt.Errorf("the event log cannot be understood: %w", err)
		}
		all = append(all, e)
	}
}
