// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/wire"
)

func (h *Handlers) mountChecks(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /alerts/checks", access.AlertsRead, h.checks)
	on("GET /alerts/checks/edit", access.AlertsRules, h.checkForm)
	on("POST /alerts/checks", access.AlertsRules, h.saveCheck)
	on("POST /alerts/checks/drop", access.AlertsRules, h.dropCheck)
	on("GET /alerts/checks/{id}/results", access.AlertsRead, h.results)
}

const checksPath = "/alerts/checks"

type checksView struct {
	names  names
	words  monitoring.Words
	list   []monitoring.Check
	counts map[ids.ID][4]int
}

func (h *Handlers) checks(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &checksView{words: h.words(ctx)}
	var err error
	if v.names, err = h.know(ctx); err != nil {
		return err
	}
	if v.list, err = h.Monitoring.Checks(ctx); err != nil {
		return err
	}
	if v.counts, err = h.Monitoring.CountOutcomes(ctx); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, checksPage(v))
}

type checkView struct {
	names names
	c     monitoring.Check
	form  url.Values
	err   error
}

func (h *Handlers) checkForm(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &checkView{form: url.Values{}}
	id, err := idOf(q.Get("id"))
	if err != nil {
		return err
	}
	v.c = monitoring.Check{Kind: q.Get("kind"), Every: 5 * time.Minute, Place: monitoring.Place{Level: monitoring.ByFirm}}
	if !slices.Contains(monitoring.CheckKinds(), v.c.Kind) {
		v.c.Kind = "service"
	}
	if id != 0 {
		list, err := h.Monitoring.Checks(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(c monitoring.Check) bool { return c.ID == id })
		if i < 0 {
			return fault.NewNotFound("There is no such check.")
		}
		v.c = list[i]
	} else if q.Get("place") != "" {
		if v.c.Place, err = placeOf(q.Get("place")); err != nil {
			return err
		}
	}
	if _, _, v.names, err = h.at(ctx, placeText(v.c.Place)); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, checkPage(v))
}

func (h *Handlers) saveCheck(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	f := r.PostForm
	v := &checkView{c: monitoring.Check{Kind: f.Get("kind"), Name: f.Get("name"), Params: map[string]string{}, Kinds: f["kinds"]}}
	v.c.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64) // a wrong one is a conflict
	for _, p := range monitoring.CheckParams(v.c.Kind) {
		v.c.Params[p.Name] = f.Get("p-" + p.Name)
	}
	v.err = func() (err error) {
		if v.c.ID, err = idOf(f.Get("id")); err != nil {
			return err
		}
		if v.c.Place, err = placeOf(f.Get("place")); err != nil {
			return err
		}
		minutes, err := whole(f.Get("every"), "every")
		if err != nil {
			return err
		}
		v.c.Every = time.Duration(min(minutes, 1_000_000)) * time.Minute
		_, err = h.Monitoring.SaveCheck(ctx, v.c)
		return err
	}()
	if v.err != nil {
		place := placeText(v.c.Place)
		if v.c.Place.Level == "" {
			place = ""
		}
		var err error
		if _, _, v.names, err = h.at(ctx, place); err != nil {
			return err
		}
		return page.Render(w, r, http.StatusUnprocessableEntity, checkPage(v))
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "The check is saved. Agents that are connected take it up at once.")})
	return page.Redirect(w, r, checksPath)
}

func (h *Handlers) dropCheck(w http.ResponseWriter, r *http.Request) error {
	return h.drop(w, r, h.Monitoring.DropCheck, checksPath)
}

type resultsView struct {
	names names
	words monitoring.Words
	c     monitoring.Check
	list  []monitoring.Outcome
	now   time.Time
}

func (h *Handlers) results(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &resultsView{words: h.words(ctx), now: h.Clock.Now()}
	list, err := h.Monitoring.Checks(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c monitoring.Check) bool { return c.ID.String() == r.PathValue("id") })
	if i < 0 {
		return fault.NewNotFound("There is no such check.")
	}
	v.c = list[i]
	if v.names, err = h.know(ctx); err != nil {
		return err
	}
	all, err := h.Monitoring.Outcomes(ctx, 0, &v.c.ID)
	if err != nil {
		return err
	}
	for _, o := range all {
		if d, _, ok := h.Device(o.Device); ok && scope(r).Covers(d.Client) {
			v.list = append(v.list, o)
		}
	}
	return page.Render(w, r, http.StatusOK, resultsPage(v))
}

func checkKindName(ctx context.Context, kind string) string {
	p := locale.From(ctx)
	switch kind {
	case "service":
		return p.T("Service")
	case "process":
		return p.T("Process")
	case "port":
		return p.T("Port")
	case "disk":
		return p.T("Volume")
	case "file":
		return p.T("File")
	case "log":
		return p.T("Log")
	case "backup":
		return p.T("Backup")
	case "certificate":
		return p.T("Certificate")
	}
	return p.T("Plugin")
}

func checkKindText(ctx context.Context, kind string) string {
	p := locale.From(ctx)
	switch kind {
	case "service":
		return p.T("Whether a service of the system runs, or does not.")
	case "process":
		return p.T("How many processes of a name run.")
	case "port":
		return p.T("Whether something listens on a port of the device itself.")
	case "disk":
		return p.T("How full a volume is, with limits of its own.")
	case "file":
		return p.T("Whether a file is there, how old and how large it is.")
	case "log":
		return p.T("Lines of a log, of the journal or of an event log since the last look. Give one of the three.")
	case "backup":
		return p.T("Whether the last backup went well and is young enough.")
	case "certificate":
		return p.T("How many days certificates on the device still last.")
	}
	return p.T("A program that an administrator has put into the folder for plugins on the device. Its exit code tells, as Nagios has it.")
}

// paramLabel says a parameter in words.
func paramLabel(ctx context.Context, kind string, m monitoring.Param) string {
	p := locale.From(ctx)
	switch m.Name {
	case "name":
		if kind == "plugin" {
			return p.T("Program")
		}
		return p.T("Name on the device")
	case "state":
		return p.T("It should be")
	case "min":
		return p.T("At least")
	case "max":
		return p.T("At most")
	case "port":
		return p.T("Port")
	case "address":
		return p.T("Address")
	case "mount":
		return p.T("Mounted at")
	case "warn":
		return p.T("Warning")
	case "critical":
		return p.T("Critical")
	case "path":
		return p.T("Path")
	case "max_age":
		return p.T("Not older than (seconds)")
	case "min_age":
		return p.T("Not younger than (seconds)")
	case "min_size":
		return p.T("Not smaller than (bytes)")
	case "max_size":
		return p.T("Not larger than (bytes)")
	case "file":
		return p.T("File")
	case "journal":
		return p.T("Unit of the journal, * for all")
	case "eventlog":
		return p.T("Channel of the event log")
	case "pattern":
		return p.T("Pattern")
	case "ignore":
		return p.T("But not")
	case "ids":
		return p.T("Numbers of events")
	case "level":
		return p.T("Lowest level that counts")
	case "product":
		return p.T("Product")
	case "log":
		return p.T("File that it writes")
	case "job":
		return p.T("Jobs of Veeam that count, with commas")
	}
	return p.T("Store of certificates")
}

// paramField is the field of a parameter.
func paramField(ctx context.Context, v *checkView, m monitoring.Param) page.Field {
	f := page.Field{
		Name: "p-" + m.Name, Label: paramLabel(ctx, v.c.Kind, m), Value: v.c.Params[m.Name], Required: m.Need, Optional: !m.Need, Error: page.ErrorOn(ctx, v.err, m.Name),
		Attrs: map[string]any{"translate": "no", "spellcheck": "false"},
	}
	if m.Number {
		f.Attrs["inputmode"] = "numeric"
	}
	if len(m.Choices) > 0 {
		f.Type, f.Optional = "select", false
		for _, c := range m.Choices {
			f.Options = append(f.Options, page.Option{Value: c, Label: choiceName(ctx, c), Data: slices.Contains([]string{"restic", "borg", "veeam", "wsb"}, c)})
		}
	}
	return f
}

func choiceName(ctx context.Context, c string) string {
	p := locale.From(ctx)
	switch c {
	case "running":
		return p.T("running")
	case "stopped":
		return p.T("stopped")
	case "open":
		return p.T("listening")
	case "closed":
		return p.T("not listening")
	case "there":
		return p.T("there")
	case "missing":
		return p.T("not there")
	case "veeam":
		return "Veeam"
	case "wsb":
		return "Windows Server Backup"
	}
	return c
}

func outcomeBadge(ctx context.Context, s wire.State) page.Badge {
	p := locale.From(ctx)
	switch s {
	case wire.StateOK:
		return page.Badge{Text: p.T("Fine"), Tone: page.Good, Icon: "circle-check"}
	case wire.StateWarning:
		return page.Badge{Text: p.T("Warning"), Tone: page.Warn, Icon: "triangle-alert"}
	case wire.StateCritical:
		return page.Badge{Text: p.T("Critical"), Tone: page.Bad, Icon: "circle-alert"}
	}
	return page.Badge{Text: p.T("unknown"), Icon: "circle-help"}
}

// asked says what a check asks for, from its parameters.
func asked(c monitoring.Check) string {
	var out []string
	for _, p := range monitoring.CheckParams(c.Kind) {
		if v := c.Params[p.Name]; v != "" {
			out = append(out, v)
		}
	}
	return strings.Join(out, " · ")
}
