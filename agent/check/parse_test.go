// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"mainstay/kit/wire"
)

// What Windows' wevtutil prints, /f:RenderedXml.
const windowsEvents = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Veeam Agent'/><EventID Qualifiers='0'>190</EventID><Level>2</Level><TimeCreated SystemTime='2026-11-26T02:14:05.1234567Z'/><EventRecordID>812</EventRecordID><Channel>Veeam Agent</Channel></System><EventData><Data>Veeam Agent 'Daily' finished with Failed.</Data></EventData><RenderingInfo Culture='en-US'><Message>Veeam Agent 'Daily' finished with Failed.
Job details: no space left.</Message><Level>Error</Level></RenderingInfo></Event>
<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Veeam Agent'/><EventID>190</EventID><Level>4</Level><TimeCreated SystemTime='2026-11-25T02:14:05Z'/><EventRecordID>800</EventRecordID></System><EventData><Data>well</Data></EventData></Event>
`

func TestEventsOfWindows(t *testing.T) {
	all, err := parseEvents([]byte(windowsEvents))
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if got, want := all[0].text(), "Veeam Agent 190: Veeam Agent 'Daily' finished with Failed. Job details: no space left."; got != want || all[0].System.Record != 812 {
		t.Errorf("%q, record %d", got, all[0].System.Record)
	}
	if all[1].text() != "Veeam Agent 190: well" {
		t.Errorf("%q", all[1].text())
	}
	o := lastOf(all, veeamState)
	if o.state != wire.StateCritical || !o.at.Equal(time.Date(2026, 11, 26, 2, 14, 5, 123456700, time.UTC)) {
		t.Errorf("%+v", o)
	}
	if o := lastOf(all[1:], veeamState); o.state != wire.StateOK {
		t.Errorf("%+v", o)
	}
	if o := lastOf(nil, wsbState); !o.at.IsZero() {
		t.Errorf("%+v", o)
	}
	if odd, err := parseEvents([]byte("<Event><EventData><Data>a&#x1;b\x02c</Data></EventData></Event>")); err != nil || odd[0].Data.Values[0] != "abc" {
		t.Error("control characters:", odd, err)
	}
	if _, err := parseEvents([]byte("<Event><System>")); err == nil {
		t.Error("a torn answer is taken")
	}
}

func TestQueriesOfEvents(t *testing.T) {
	for want, got := range map[string]string{
		"*": query(0, "", nil),
		"*[System[EventRecordID>7 and Level>0 and Level<=3]]":     query(7, "warning", nil),
		"*[System[EventRecordID>7 and (EventID=1 or EventID=2)]]": query(7, "error", []int{1, 2}),
		"*[System[(EventID=190)]]":                                query(0, "", []int{190}),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, bad := range []string{"1 or 1=1", "-5", "70000", "x"} {
		if _, err := parseIDs(bad); err == nil {
			t.Errorf("%q is taken for ids", bad)
		}
	}
	if ids, err := parseIDs("4, 5 6"); err != nil || len(ids) != 3 {
		t.Error(ids, err)
	}
	for _, bad := range []string{"System' /x", "a\"b", "", "/q:*"} {
		if channelName.MatchString(bad) {
			t.Errorf("%q is taken for a channel", bad)
		}
	}
}

func TestJournal(t *testing.T) {
	m := &matches{pattern: regexp.MustCompile("fail")}
	lines := `{"__CURSOR":"c1","MESSAGE":"a failure","_SYSTEMD_UNIT":"x.service"}
{"__CURSOR":"c2","MESSAGE":[102,97,105,108,255]}
{"__CURSOR":"c3","MESSAGE":"fine"}
`
	first, err := parseJournal([]byte(lines), position{}, m)
	if err != nil || first.Cursor != "c3" || m.n != 0 {
		t.Fatalf("the first look: %+v %d %v", first, m.n, err)
	}
	next, err := parseJournal([]byte(lines), position{Cursor: "c0"}, m)
	if err != nil || next.Cursor != "c3" || m.n != 2 || m.lines != 3 {
		t.Fatalf("%+v %d of %d %v", next, m.n, m.lines, err)
	}
	if same, err := parseJournal(nil, position{Cursor: "c3"}, m); err != nil || same.Cursor != "c3" {
		t.Errorf("nothing new: %+v %v", same, err)
	}
	// A journal that was empty: its first entry is new.
	m.n = 0
	empty, err := parseJournal(nil, position{}, m)
	if err != nil {
		t.Fatal(err)
	}
	if next, err := parseJournal([]byte(`{"__CURSOR":"c1","MESSAGE":"a failure"}`), empty, m); err != nil || next.Cursor != "c1" || m.n != 1 {
		t.Errorf("the first entry of all: %+v %d %v", next, m.n, err)
	}
}

// The first look notes where the whole journal ends, not where the entries end that the check looks for: there may be none of those yet.
func TestJournalArguments(t *testing.T) {
	for want, got := range map[string][]string{
		"--output=json --no-pager --quiet --lines=1":                                                     journalArguments("x.service", "error", position{}, &matches{}),
		"--output=json --no-pager --quiet --unit=x.service --after-cursor=c1 --lines=+5000 --priority=3": journalArguments("x.service", "error", position{Started: true, Cursor: "c1"}, &matches{}),
		"--output=json --no-pager --quiet --lines=+5000":                                                 journalArguments("*", "error", position{Started: true}, &matches{pattern: regexp.MustCompile("x")}),
		"--output=json --no-pager --quiet --unit=x.service --after-cursor=c1 --lines=+5000":              journalArguments("x.service", "error", position{Cursor: "c1"}, &matches{pattern: regexp.MustCompile("x")}),
	} {
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s, want %s", text, want)
		}
	}
}

// A channel that is empty at the first look shows its first entry at the next one.
func TestEventsOfAnEmptyChannel(t *testing.T) {
	var stored string // what wevtutil would print
	ask := func(filter string, _ int, _ bool) ([]event, error) {
		all, err := parseEvents([]byte(stored))
		if strings.Contains(filter, "EventRecordID>1") {
			all = nil // of record 1
		}
		return all, err
	}
	m := &matches{}
	first, err := addEvents(ask, "warning", nil, position{}, m)
	if err != nil || !first.Started || m.n != 0 {
		t.Fatal(first, m.n, err)
	}
	stored = "<Event><System><EventID>7</EventID><Level>2</Level><EventRecordID>1</EventRecordID></System></Event>"
	next, err := addEvents(ask, "warning", nil, first, m)
	if err != nil || next.Record != 1 || m.n != 1 {
		t.Fatal(next, m.n, err)
	}
	if same, err := addEvents(ask, "warning", nil, next, m); err != nil || same != next || m.n != 1 {
		t.Fatal(same, m.n, err)
	}
}

// Of several jobs the one that is worst off counts, and one that is no longer made is too old.
func TestVeeamOnLinux(t *testing.T) {
	out := `Job name    Type    ID                                      State    Created at        Started at        Finished at
Daily       Backup  {1592fd50-1111-2222-3333-444455556666}  Success  2026-11-24 03:00  2026-11-24 03:00  2026-11-24 03:11
Mail server Backup  {1592fd50-1111-2222-3333-444455556668}  Success  2026-11-25 01:00  2026-11-25 01:00  2026-11-25 01:12
Daily       Backup  {1592fd50-1111-2222-3333-444455556667}  Failed   2026-11-25 03:00  2026-11-25 03:00  2026-11-25 03:02
Mail server Backup  {1592fd50-1111-2222-3333-444455556669}  Success  2026-11-25 04:00  2026-11-25 04:00  2026-11-25 04:12
Daily       Restore {1592fd50-1111-2222-3333-444455556670}  Success  2026-11-25 05:00  2026-11-25 05:00  2026-11-25 05:12
Total amount: 5
`
	at := time.Date(2026, 11, 25, 9, 2, 0, 0, time.Local)
	look := func(text, jobs string, limit time.Duration) wire.Result {
		return judge(only(parseVeeamSessions(text), jobs), at, limit)
	}
	if r := look(out, "", day); r.State != wire.StateCritical || r.Text != "Daily: The last backup ended 6 hours ago: Veeam says Failed." || !strings.Contains(r.Detail, "Mail server: The last backup ended 4 hours ago") || r.Values["backup_age_seconds"] != 6*3600 {
		t.Errorf("%+v", r)
	}
	if r := look(out, "Mail server", day); r.State != wire.StateOK || r.Values["backup_age_seconds"] != 4*3600+50*60 {
		t.Errorf("one of the jobs: %+v", r)
	}
	well := strings.Replace(out, "Failed  ", "Success ", 1)
	if r := look(well, "", day); r.State != wire.StateOK {
		t.Errorf("%+v", r)
	}
	if r := look(well, "", 5*time.Hour); r.State != wire.StateCritical || !strings.HasPrefix(r.Text, "Daily: The last backup ended 6 hours ago, longer than 5h0m0s ago") {
		t.Errorf("a job that stopped: %+v", r)
	}
	if r := look("Total amount: 0", "", day); r.State != wire.StateCritical || r.Text != "No backup has ended yet." {
		t.Errorf("none: %+v", r)
	}
	if r := look(well, "Gone", day); r.State != wire.StateCritical {
		t.Errorf("a job that is not there: %+v", r)
	}
}

const day = 24 * time.Hour

func TestVeeamOnWindows(t *testing.T) {
	entry := func(at, job string, level int) string {
		return fmt.Sprintf(`<Event><System><EventID>190</EventID><Level>%d</Level><TimeCreated SystemTime='%s'/></System><EventData></EventData><RenderingInfo><Message>Veeam Agent '%s' finished.</Message></RenderingInfo></Event>`, level, at, job)
	}
	all, err := parseEvents([]byte(entry("2026-11-25T23:00:00Z", "B", 4) + entry("2026-11-25T22:00:00Z", "A", 2) + entry("2026-11-24T23:00:00Z", "B", 2) + entry("2026-11-24T22:00:00Z", "A", 4)))
	if err != nil {
		t.Fatal(err)
	}
	r := judge(veeamJobs(all), time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), day)
	if r.State != wire.StateCritical || !strings.HasPrefix(r.Text, "A: The last backup ended 11 hours ago") || r.Values["backup_age_seconds"] != 11*3600 {
		t.Errorf("%+v", r)
	}
}
