// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net"
	"net/http"
	neturl "net/url"
	"strconv"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/syslog"
)

// messagesView are messages of syslog, who takes them in, and what is looked for in them.
type messagesView struct {
	*common
	device   *devices.Device
	query    network.MessageQuery
	list     []network.Message
	older    string
	oldest   time.Time // when the oldest one that is kept came, zero = there is none
	lost     int64     // what the server's own port dropped
	relays   []*network.Relay
	patterns []network.Pattern
	devices  map[ids.ID]*devices.Device
	probers  []page.Option
	server   string // where the server itself takes messages in

	strangers []network.Stranger // who writes there and is no device
	form      network.Pattern
	whom      string // of forOptions, "" = nobody chosen yet
	port      string
	err       error
	failed    string // "relay" or "pattern"
}

const pageOfMessages = 100

func (h *Discovery) messages(w http.ResponseWriter, r *http.Request) error {
	v, err := h.messagesView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, messagesPage(v))
}

func (h *Discovery) messagesView(r *http.Request) (*messagesView, error) {
	ctx := r.Context()
	c, err := h.common(r, tabMessages, idOf(r.FormValue("client")))
	if err != nil {
		return nil, err
	}
	v := &messagesView{common: c, devices: map[ids.ID]*devices.Device{}, form: network.Pattern{Severity: syslog.Warning, Number: 1, Minutes: 10}, port: "514"}
	v.whom = idText(c.client)
	if h.Syslog != nil {
		v.server = h.Syslog()
		v.strangers, v.lost = h.Network.Strangers(scope(r)), h.Network.Lost(scope(r))
	}
	if id := idOf(r.FormValue("device")); id != 0 {
		if v.device, err = h.Devices.Get(ctx, scope(r), id); err != nil {
			return nil, err
		}
		if c.client != v.device.Client {
			if c, err = h.common(r, tabMessages, v.device.Client); err != nil {
				return nil, err
			}
			v.common, v.whom = c, idText(c.client)
		}
		v.query.Device = id
	}
	if v.patterns, err = h.Network.Patterns(ctx, scope(r)); err != nil || c.client == 0 {
		return v, err
	}
	severity, err := strconv.ParseUint(r.FormValue("severity"), 10, 3)
	if err != nil {
		severity = uint64(syslog.Debug)
	}
	v.query.Client, v.query.Severity, v.query.Text, v.query.Limit = c.client, syslog.Severity(severity), r.FormValue("q"), pageOfMessages+1
	v.query.After = r.FormValue("after")
	if v.oldest, err = h.Network.OldestMessage(ctx, scope(r), c.client); err != nil {
		return nil, err
	}
	if v.list, err = h.Network.Messages(ctx, scope(r), v.query); err != nil {
		return nil, err
	}
	if len(v.list) > pageOfMessages {
		v.list = v.list[:pageOfMessages]
		v.older = v.at(int(v.query.Severity), v.list[pageOfMessages-1].Mark())
	}
	if v.relays, err = h.Network.Relays(ctx, scope(r), c.client); err != nil {
		return nil, err
	}
	list, err := h.Devices.Find(ctx, scope(r), c.client, devices.Query{})
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		v.devices[d.ID] = d
	}
	v.probers, err = h.probers(ctx, scope(r), c.client, anyProber, "")
	return v, err
}

// at is the address of the list with another severity, or of the page after a message.
func (v *messagesView) at(severity int, after string) string {
	q := neturl.Values{}
	if v.device != nil {
		q.Set("device", v.device.ID.String())
	} else {
		q.Set("client", v.client.String())
	}
	if severity != int(syslog.Debug) {
		q.Set("severity", strconv.Itoa(severity))
	}
	if v.query.Text != "" {
		q.Set("q", v.query.Text)
	}
	if after != "" {
		q.Set("after", after)
	}
	return "/discovery/messages?" + q.Encode()
}

func (v *messagesView) search(ctx context.Context) page.Filters {
	keep := map[string]string{"client": v.client.String(), "severity": strconv.Itoa(int(v.query.Severity))}
	if v.device != nil {
		keep["device"] = v.device.ID.String()
	}
	return page.Filters{Action: "/discovery/messages", Query: v.query.Text, Placeholder: locale.T(ctx, "Text, program or sender"), Chips: v.chips(ctx), Keep: keep}
}

func (v *messagesView) chips(ctx context.Context) []page.Chip {
	var out []page.Chip
	for _, s := range []syslog.Severity{syslog.Debug, syslog.Notice, syslog.Warning, syslog.Error, syslog.Critical} {
		label := locale.T(ctx, "%s and graver", severityWord(ctx, s))
		if s == syslog.Debug {
			label = locale.T(ctx, "All")
		}
		out = append(out, page.Chip{Label: label, Href: v.at(int(s), ""), On: v.query.Severity == s})
	}
	return out
}

func severityWord(ctx context.Context, s syslog.Severity) string {
	switch s {
	case syslog.Emergency:
		return locale.T(ctx, "Emergency")
	case syslog.Alert:
		return locale.T(ctx, "Alarm")
	case syslog.Critical:
		return locale.T(ctx, "Critical")
	case syslog.Error:
		return locale.T(ctx, "Error")
	case syslog.Warning:
		return locale.T(ctx, "Warning")
	case syslog.Notice:
		return locale.T(ctx, "severity::Notice")
	case syslog.Info:
		return locale.T(ctx, "Information")
	}
	return locale.T(ctx, "Debugging")
}

func severityTone(s syslog.Severity) page.Tone {
	switch {
	case s <= syslog.Error:
		return page.Bad
	case s == syslog.Warning:
		return page.Warn
	}
	return page.Neutral
}

func severityOptions(ctx context.Context) []page.Option {
	var out []page.Option
	for s := syslog.Emergency; s <= syslog.Debug; s++ {
		out = append(out, page.Option{Value: strconv.Itoa(int(s)), Label: severityWord(ctx, s)})
	}
	return out
}

// relayAgain and patternAgain show the page with what was wrong.
func (h *Discovery) messagesAgain(w http.ResponseWriter, r *http.Request, what string, form network.Pattern, err error) error {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Denied) {
		return err
	}
	v, shown := h.messagesView(r)
	if shown != nil {
		return shown
	}
	v.err, v.failed = err, what
	if what == "pattern" {
		v.form, v.whom = form, r.FormValue("for")
	}
	return page.Render(w, r, http.StatusUnprocessableEntity, messagesPage(v))
}

func (h *Discovery) saveRelay(w http.ResponseWriter, r *http.Request) error {
	port, err := strconv.Atoi(r.FormValue("port"))
	if err != nil {
		err = fault.NewInvalid("A port lies between 1 and 65535.").On("port")
	} else {
		err = h.Network.SaveRelay(r.Context(), scope(r), idOf(r.FormValue("relay")), port)
	}
	if err != nil {
		return h.messagesAgain(w, r, "relay", network.Pattern{}, err)
	}
	return page.Redirect(w, r, "/discovery/messages?client="+r.FormValue("client"))
}

func (h *Discovery) savePattern(w http.ResponseWriter, r *http.Request) error {
	number := func(name string) int {
		n, _ := strconv.Atoi(r.FormValue(name)) // no number: refused below
		return n
	}
	client, err := forWhom(r)
	f := network.Pattern{
		Client: client, Name: r.FormValue("name"), Text: r.FormValue("pattern"), Severity: syslog.Severity(min(max(number("severity"), 0), 255)),
		Number: number("number"), Minutes: number("minutes"), Critical: r.FormValue("critical") != "",
	}
	if err == nil {
		_, err = h.Network.SavePattern(r.Context(), scope(r), f)
	}
	if err != nil {
		return h.messagesAgain(w, r, "pattern", f, err)
	}
	return page.Redirect(w, r, "/discovery/messages?client="+r.FormValue("client"))
}

func (h *Discovery) dropPattern(w http.ResponseWriter, r *http.Request) error {
	if err := h.Network.DropPattern(r.Context(), scope(r), idOf(r.PathValue("pattern"))); err != nil {
		return err
	}
	return page.Redirect(w, r, "/discovery/messages?client="+r.FormValue("client"))
}

func messageColumns(ctx context.Context, sender bool) []page.Column {
	out := []page.Column{{Label: locale.T(ctx, "When")}, {Label: locale.T(ctx, "Severity")}}
	if sender {
		out = append(out, page.Column{Label: locale.T(ctx, "Sender")})
	}
	return append(out, page.Column{Label: locale.T(ctx, "Message")})
}

func strangerColumns(ctx context.Context) []page.Column {
	return []page.Column{{Label: locale.T(ctx, "Address")}, {Label: locale.T(ctx, "Calls itself")}, {Label: locale.T(ctx, "Messages"), Num: true}, {Label: locale.T(ctx, "Last message")}}
}

func (v *messagesView) errorOn(ctx context.Context, form, name string) string {
	if v.failed != form {
		return ""
	}
	return page.ErrorOn(ctx, v.err, name)
}

func (v *messagesView) emptyText(ctx context.Context) string {
	if len(v.relays) == 0 && v.server == "" {
		return locale.T(ctx, "Nobody listens at this client yet. Choose a device below, then point the others' syslog at it.")
	}
	return locale.T(ctx, "Nothing came that fits.")
}

// saidAt is what the sender's own clock said when it wrote a message, "" where that is about when it came.
func saidAt(ctx context.Context, m network.Message) string {
	if m.Said.IsZero() || m.At.Sub(m.Said).Abs() < time.Minute {
		return ""
	}
	return locale.T(ctx, "by its clock %s", locale.From(ctx).DateTime(m.Said))
}

// patternSentence says when a pattern alarms.
func patternSentence(ctx context.Context, p network.Pattern) string {
	times := locale.N(ctx, "%d message|%d messages", int64(p.Number))
	within := locale.N(ctx, "%d minute|%d minutes", int64(p.Minutes))
	if p.Text == "" {
		return locale.T(ctx, "%[1]s within %[2]s, %[3]s and graver", times, within, severityWord(ctx, p.Severity))
	}
	return locale.T(ctx, "%[1]s within %[2]s with “%[4]s”, %[3]s and graver", times, within, severityWord(ctx, p.Severity), p.Text)
}

// listens is where a device takes messages in.
func listens(d *devices.Device, x *network.Relay) string {
	if d.Address == "" {
		return strconv.Itoa(x.Port)
	}
	return net.JoinHostPort(d.Address, strconv.Itoa(x.Port))
}
