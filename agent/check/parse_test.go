// SPDX-License-Identifier: Apache-2.0

package check

import (
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
}

func TestVeeamOnLinux(t *testing.T) {
	out := `Job name    Type    ID                                      State    Created at        Started at        Finished at
Daily       Backup  {1592fd50-1111-2222-3333-444455556666}  Success  2026-11-24 03:00  2026-11-24 03:00  2026-11-24 03:11
Daily       Backup  {1592fd50-1111-2222-3333-444455556667}  Failed   2026-11-25 03:00  2026-11-25 03:00  2026-11-25 03:02
Total amount: 2
`
	o := parseVeeamSessions(out)
	if o.state != wire.StateCritical || o.at.Format("2006-01-02 15:04") != "2026-11-25 03:02" {
		t.Errorf("%+v", o)
	}
	if o := parseVeeamSessions(strings.Replace(out, "Failed  ", "Success ", 1)); o.state != wire.StateOK {
		t.Errorf("%+v", o)
	}
}
