// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"

	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
)

func (h *Handlers) mountRecords(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	read, write := access.KnowledgeRead, access.KnowledgeWrite
	on("GET /expiring", read, h.records)
	on("GET /expiring/export.csv", access.Export, h.exportRecords)
	on("GET /expiring/new", write, h.newRecord)
	on("POST /expiring/new", write, h.createRecord)
	on("POST /expiring/certificate", write, h.readCertificate)
	on("GET /expiring/import", write, h.importForm)
	on("POST /expiring/import", write, h.importRecords)
	on("GET /expiring/reminders", access.DeskManage, h.reminders)
	on("POST /expiring/reminders", access.DeskManage, h.saveReminders)
	on("GET /expiring/{record}", read, h.record)
	on("POST /expiring/{record}", write, h.saveRecord)
	on("POST /expiring/{record}/archive", write, h.archiveRecord)
	on("POST /expiring/{record}/delete", write, h.deleteRecord)
}

type recordsView struct {
	q       knowledge.RecordQuery
	within  string // days
	rows    []knowledge.Record
	total   int
	clients clients
	pager   page.Pager
	today   civil.Date
	leads   map[knowledge.RecordType][]int
	house   ids.ID
}

func (h *Handlers) recordQuery(r *http.Request) (*recordsView, error) {
	get := r.URL.Query().Get
	v := &recordsView{today: h.Knowledge.Today(), within: get("within"), q: knowledge.RecordQuery{
		Text: get("q"), Type: knowledge.RecordType(get("kind")), House: get("client") == "firm", Archived: get("archived") != "", Limit: perPage, Offset: offset(r),
	}}
	var err error
	if v.q.Client, err = idOf(get("client"), "client"); err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(v.within); err == nil && n >= 0 && n <= 3660 {
		v.q.Before = v.today + civil.Date(n) + 1
	} else {
		v.within = ""
	}
	v.clients, err = h.clients(r.Context())
	return v, err
}

func (v *recordsView) client() string {
	if v.q.House {
		return "firm"
	}
	return idText(v.q.Client)
}

// link is the list's address with one filter changed.
func (v *recordsView) link(path, key, value string) string {
	p := map[string]string{"q": v.q.Text, "kind": string(v.q.Type), "client": v.client(), "within": v.within, "archived": ""}
	if v.q.Archived {
		p["archived"] = "yes"
	}
	if key != "" {
		p[key] = value
	}
	return address(path, "q", p["q"], "kind", p["kind"], "client", p["client"], "within", p["within"], "archived", p["archived"])
}

func (h *Handlers) records(w http.ResponseWriter, r *http.Request) error {
	v, err := h.recordQuery(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if v.rows, v.total, err = h.Knowledge.Records(ctx, scope(r), v.q); err != nil {
		return err
	}
	if v.leads, err = h.Knowledge.Leads(ctx); err != nil {
		return err
	}
	if v.house, err = h.Knowledge.House(ctx); err != nil {
		return err
	}
	v.pager = pager(ctx, r, v.q.Offset, len(v.rows), v.total)
	return page.Render(w, r, http.StatusOK, recordsPage(v))
}

// forgotten says whether a record of the firm's own is listed of which no ticket reminds.
func (v *recordsView) forgotten() bool {
	if v.house != 0 {
		return false
	}
	for _, x := range v.rows {
		if x.Client == 0 && x.Due.Known() {
			return true
		}
	}
	return false
}

// exportRecords streams what the filters choose as CSV.
func (h *Handlers) exportRecords(w http.ResponseWriter, r *http.Request) error {
	v, err := h.recordQuery(r)
	if err != nil {
		return err
	}
	v.q.Limit, v.q.Offset = 1000, 0
	var all []string
	for _, t := range knowledge.RecordTypes() {
		for _, f := range t.Fields() {
			all = appendNew(all, f)
		}
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="expiring.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write(append([]string{"Kind", "Client", "Name", "Ends", "Notice", "Due"}, append(all, "notes")...)...); err != nil {
		return err
	}
	for {
		rows, _, err := h.Knowledge.Records(r.Context(), scope(r), v.q)
		if err != nil {
			return err
		}
		for _, x := range rows {
			cells := []string{string(x.Type), v.clients.name[x.Client], x.Name, dayText(x.Ends), strconv.Itoa(x.Notice), dayText(x.Due)}
			for _, f := range all {
				cells = append(cells, x.Fields[f])
			}
			if err := out.Write(append(cells, x.Notes)...); err != nil {
				return err
			}
		}
		if v.q.Offset += len(rows); len(rows) < v.q.Limit {
			return out.Flush()
		}
	}
}

func appendNew(list []string, s string) []string {
	for _, x := range list {
		if x == s {
			return list
		}
	}
	return append(list, s)
}

// recordForm is a record as it was typed.
type recordForm struct {
	ID, Version, Type, Client, Name, Ends, Notice, Notes string
	Fields                                               map[string]string
}

type recordView struct {
	form      recordForm
	x         knowledge.Record // ID 0 = a new one
	clients   clients
	reminders []reminderLine
	leads     []int
	today     civil.Date
	err       error
}

type reminderLine struct {
	knowledge.Reminder
	number int64 // of the ticket, 0 = it is not there any more
}

func (v *recordView) kind() knowledge.RecordType { return knowledge.RecordType(v.form.Type) }

func typedRecord(r *http.Request) (recordForm, knowledge.RecordDraft, error) {
	get := r.PostFormValue
	f := recordForm{Version: get("version"), Type: get("kind"), Client: get("client"), Name: get("name"), Ends: get("ends"), Notice: get("notice"), Notes: get("notes"), Fields: map[string]string{}}
	d := knowledge.RecordDraft{Type: knowledge.RecordType(f.Type), Name: f.Name, Notes: f.Notes}
	for _, name := range d.Type.Fields() {
		f.Fields[name] = get("f-" + name)
	}
	d.Fields = f.Fields
	var err error
	if d.Client, err = idOf(f.Client, "client"); err != nil {
		return f, d, err
	}
	if f.Notice != "" {
		if d.Notice, err = strconv.Atoi(f.Notice); err != nil {
			return f, d, fault.NewInvalid("The notice is between 0 and 1000 days.").On("notice")
		}
	}
	d.Ends, err = dayOf(f.Ends, "ends")
	return f, d, err
}

func recordFormOf(x knowledge.Record) recordForm {
	return recordForm{
		ID: x.ID.String(), Version: strconv.FormatInt(x.Version, 10), Type: string(x.Type), Client: idText(x.Client), Name: x.Name, Ends: dayText(x.Ends), Notice: strconv.Itoa(x.Notice), Notes: x.Notes, Fields: x.Fields,
	}
}

func (h *Handlers) newRecord(w http.ResponseWriter, r *http.Request) error {
	get := r.URL.Query().Get
	f := recordForm{Type: get("kind"), Client: get("client"), Notice: "0"}
	if f.Client == "firm" {
		f.Client = ""
	}
	return h.recordForm(w, r, &recordView{form: f})
}

func (h *Handlers) recordForm(w http.ResponseWriter, r *http.Request, v *recordView) error {
	ctx := r.Context()
	v.today = h.Knowledge.Today()
	var err error
	if v.clients, err = h.clients(ctx); err != nil {
		return err
	}
	leads, err := h.Knowledge.Leads(ctx)
	if err != nil {
		return err
	}
	v.leads = leads[v.kind()]
	if v.x.ID != 0 {
		list, err := h.Knowledge.Reminders(ctx, scope(r), v.x.ID)
		if err != nil {
			return err
		}
		for _, m := range list {
			line := reminderLine{Reminder: m}
			if t, err := h.Desk.Get(ctx, scope(r), m.Ticket); err == nil && may(ctx, access.TicketsRead) {
				line.number = t.Number
			}
			v.reminders = append(v.reminders, line)
		}
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, recordPage(v))
}

func (h *Handlers) createRecord(w http.ResponseWriter, r *http.Request) error {
	f, d, err := typedRecord(r)
	var id ids.ID
	if err == nil {
		id, err = h.Knowledge.CreateRecord(r.Context(), scope(r), d)
	}
	if mendable(err) {
		return h.recordForm(w, r, &recordView{form: f, err: err})
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Saved."), knowledge.RecordAddress(id))
}

// readCertificate fills the form from a certificate that was pasted.
func (h *Handlers) readCertificate(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	v := &recordView{form: recordForm{Type: string(knowledge.Certificate), Client: r.PostFormValue("client"), Notice: "0"}}
	d, err := knowledge.ReadCertificate(r.PostFormValue("pem"))
	if err != nil {
		v.err = err
		return h.recordForm(w, r, v)
	}
	v.form.Name, v.form.Ends, v.form.Fields = d.Name, dayText(d.Ends), d.Fields
	return h.recordForm(w, r, v)
}

func (h *Handlers) recordOf(r *http.Request) (knowledge.Record, error) {
	id, err := pathID(r, "record")
	if err != nil {
		return knowledge.Record{}, err
	}
	return h.Knowledge.Record(r.Context(), scope(r), id)
}

func (h *Handlers) record(w http.ResponseWriter, r *http.Request) error {
	x, err := h.recordOf(r)
	if err != nil {
		return err
	}
	return h.recordForm(w, r, &recordView{form: recordFormOf(x), x: x})
}

func (h *Handlers) saveRecord(w http.ResponseWriter, r *http.Request) error {
	x, err := h.recordOf(r)
	if err != nil {
		return err
	}
	f, d, err := typedRecord(r)
	f.ID = x.ID.String()
	if err == nil {
		err = h.Knowledge.UpdateRecord(r.Context(), scope(r), x.ID, versionOf(r), d)
	}
	if mendable(err) {
		return h.recordForm(w, r, &recordView{form: f, x: x, err: err})
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Saved."), knowledge.RecordAddress(x.ID))
}

func (h *Handlers) archiveRecord(w http.ResponseWriter, r *http.Request) error {
	x, err := h.recordOf(r)
	if err != nil {
		return err
	}
	if err := h.Knowledge.ArchiveRecord(r.Context(), scope(r), x.ID, !x.Archived); err != nil {
		return err
	}
	return page.Redirect(w, r, knowledge.RecordAddress(x.ID))
}

func (h *Handlers) deleteRecord(w http.ResponseWriter, r *http.Request) error {
	x, err := h.recordOf(r)
	if err != nil {
		return err
	}
	if err := h.Knowledge.DeleteRecord(r.Context(), scope(r), x.ID); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "“%s” is deleted.", x.Name), "/expiring")
}

// leadsView is when is reminded, by kind.
type leadsView struct {
	days    map[knowledge.RecordType]string
	house   string
	clients clients
	err     error
}

func (h *Handlers) reminders(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	leads, err := h.Knowledge.Leads(ctx)
	if err != nil {
		return err
	}
	v := &leadsView{days: map[knowledge.RecordType]string{}}
	for t, days := range leads {
		v.days[t] = knowledge.FormatLeads(days)
	}
	house, err := h.Knowledge.House(ctx)
	if err != nil {
		return err
	}
	v.house = idText(house)
	return h.showReminders(w, r, v)
}

func (h *Handlers) showReminders(w http.ResponseWriter, r *http.Request, v *leadsView) error {
	var err error
	if v.clients, err = h.clients(r.Context()); err != nil {
		return err
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, leadsPage(v))
}

func (h *Handlers) saveReminders(w http.ResponseWriter, r *http.Request) error {
	v := &leadsView{days: map[knowledge.RecordType]string{}, house: r.PostFormValue("house")}
	for _, t := range knowledge.RecordTypes() {
		v.days[t] = r.PostFormValue("days-" + string(t))
	}
	house, err := idOf(v.house, "house")
	if err == nil {
		err = h.Knowledge.SetLeads(r.Context(), v.days, house)
	}
	if mendable(err) {
		v.err = err
		return h.showReminders(w, r, v)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Saved."), "/expiring")
}

// importView is the form of an import, with what became of the last one.
type importView struct {
	bad []knowledge.BadRow
	err error
}

func (h *Handlers) importForm(w http.ResponseWriter, r *http.Request) error {
	return page.Render(w, r, http.StatusOK, importPage(&importView{}))
}

// importRecords takes rows as they come out of the export, or as a list of domains or warranties. Either all come in or none.
func (h *Handlers) importRecords(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, knowledge.MaxImport+1<<20)
	if err := r.ParseMultipartForm(4 << 20); err != nil { //nolint:gosec // the body is bounded above
		return fault.NewInvalid("The file is larger than %d MB, which is the limit.", knowledge.MaxImport>>20).Because(err)
	}
	v := &importView{}
	f, _, err := r.FormFile("file")
	if err != nil {
		v.err = fault.NewInvalid("Choose a CSV file.").On("file")
		return page.Render(w, r, http.StatusUnprocessableEntity, importPage(v))
	}
	defer f.Close()
	n, bad, err := h.Knowledge.ImportRecords(r.Context(), scope(r), f)
	if mendable(err) || len(bad) > 0 {
		v.err, v.bad = err, bad
		return page.Render(w, r, http.StatusUnprocessableEntity, importPage(v))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.N(r.Context(), "%d entry is in.|%d entries are in.", int64(n)), "/expiring")
}
