// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/search"
)

// RecordType is what a record is.
type RecordType string

// The kinds of records.
const (
	Domain      RecordType = "domain"
	Certificate RecordType = "certificate"
	Vendor      RecordType = "vendor"
	Warranty    RecordType = "warranty"
	Licence     RecordType = "licence"
)

// RecordTypes lists the kinds in the order in which pages show them.
func RecordTypes() []RecordType { return []RecordType{Domain, Certificate, Vendor, Warranty, Licence} }

// The names of the fields of records.
const (
	FieldRegistrar   = "registrar"
	FieldNameservers = "nameservers"
	FieldHosts       = "hosts" // names in a certificate
	FieldIssuer      = "issuer"
	FieldSerial      = "serial"
	FieldFingerprint = "fingerprint"
	FieldInstalled   = "installed" // where a certificate is in use
	FieldAccount     = "account"
	FieldPhone       = "phone"
	FieldURL         = "url"
	FieldVendor      = "vendor"
	FieldDevice      = "device"
	FieldQuantity    = "quantity"
)

// Fields are the fields that a kind has, in the order in which pages show them.
func (t RecordType) Fields() []string {
	switch t {
	case Domain:
		return []string{FieldRegistrar, FieldNameservers, FieldAccount, FieldURL}
	case Certificate:
		return []string{FieldHosts, FieldIssuer, FieldInstalled, FieldSerial, FieldFingerprint}
	case Vendor:
		return []string{FieldAccount, FieldPhone, FieldURL}
	case Warranty:
		return []string{FieldDevice, FieldSerial, FieldVendor, FieldAccount}
	case Licence:
		return []string{FieldVendor, FieldQuantity, FieldAccount, FieldURL}
	}
	return nil
}

// HasNotice says whether one must act some days before the end, as with a contract.
func (t RecordType) HasNotice() bool { return t == Vendor || t == Licence }

// RecordDraft is what a person fills in.
type RecordDraft struct {
	Client ids.ID // 0 = the firm's own
	Type   RecordType
	Name   string
	Ends   civil.Date // the last day; NoDate = not known
	Notice int        // days before the end by which one must act
	Fields map[string]string
	Notes  string
}

// Record is something that ends.
type Record struct {
	ID      ids.ID
	Version int64
	RecordDraft
	Due      civil.Date // the day by which somebody must act; NoDate = none
	Archived bool
	Created  time.Time
	Updated  time.Time

	setOn civil.Date
}

// never is the due day of a record without an end: after all others, unlike NoDate.
const never = math.MaxInt32

const maxRecordNotes = 10_000

func noRecord() *fault.Error { return fault.NewNotFound("There is no such entry.") }

func (d *RecordDraft) clean() (err error) {
	if !slices.Contains(RecordTypes(), d.Type) {
		return fault.NewInvalid("There is no such kind.").On("kind")
	}
	if d.Name, err = line(d.Name, "name"); err != nil {
		return err
	}
	if d.Type == Domain {
		d.Name = strings.ToLower(d.Name)
		d.Name = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(d.Name, "https://"), "http://"), "/")
		if d.Name != "" && (!strings.Contains(d.Name, ".") || strings.ContainsAny(d.Name, " /:@")) {
			return fault.NewInvalid("%q is not a domain such as harbour.example.", d.Name).On("name")
		}
	}
	if d.Name == "" {
		return fault.NewInvalid("Give it a name.").On("name")
	}
	if d.Ends == 0 {
		d.Ends = civil.NoDate
	}
	if y, _, _ := d.Ends.Civil(); d.Ends.Known() && (y < 1990 || y > 2199) {
		return fault.NewInvalid("Enter a day between 1990 and 2199.").On("ends")
	}
	if !d.Type.HasNotice() {
		d.Notice = 0
	}
	if d.Notice < 0 || d.Notice > 1000 {
		return fault.NewInvalid("The notice is between 0 and 1000 days.").On("notice")
	}
	if d.Notes = strings.TrimSpace(strings.ReplaceAll(d.Notes, "\r\n", "\n")); len(d.Notes) > maxRecordNotes {
		return fault.NewInvalid("This is too long: at most %d characters.", maxRecordNotes).On("notes")
	}
	return d.cleanFields()
}

func (d *RecordDraft) cleanFields() (err error) {
	given := maps.Clone(d.Fields)
	d.Fields = map[string]string{}
	for _, name := range d.Type.Fields() {
		v := given[name]
		most := maxLine
		if name == FieldHosts || name == FieldNameservers {
			most = 4000
		}
		if v = strings.Join(strings.Fields(v), " "); len(v) > most {
			return fault.NewInvalid("This is too long: at most %d characters.", most).On(name)
		}
		if name == FieldURL && v != "" {
			if u, err := url.Parse(v); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				return fault.NewInvalid("Enter an address that begins with https:// or http://.").On(name)
			}
		}
		if v != "" {
			d.Fields[name] = v
		}
		delete(given, name)
	}
	for name, v := range given {
		if v != "" {
			return fault.NewInvalid("%q has no such field.", string(d.Type)).On(name)
		}
	}
	return nil
}

// due is the day by which somebody must act, never where it is not known.
func (d RecordDraft) due() civil.Date {
	if !d.Ends.Known() {
		return never
	}
	return d.Ends.AddDays(-d.Notice)
}

func recordOf(r store.KnowledgeRecord) (Record, error) {
	x := Record{
		ID: ids.ID(r.ID), Version: r.Version, Due: civil.Date(r.Due), Archived: r.Archived == 1, Created: instant(r.CreatedAt), Updated: instant(r.UpdatedAt), setOn: civil.Date(r.SetOn),
		RecordDraft: RecordDraft{Client: ids.ID(r.ClientID), Type: RecordType(r.Kind), Name: r.Name, Ends: civil.Date(r.Ends), Notice: int(r.Notice), Notes: r.Notes},
	}
	if r.Due == never {
		x.Due = civil.NoDate
	}
	return x, json.Unmarshal([]byte(r.Fields), &x.Fields)
}

// CreateRecord keeps something that ends.
func (s *Service) CreateRecord(ctx context.Context, scope access.Scope, d RecordDraft) (id ids.ID, err error) {
	if err := s.checkRecord(ctx, scope, &d, -1); err != nil {
		return 0, err
	}
	id = s.p.IDs.New()
	return id, s.change(ctx, "knowledge.record", d.Name, id.String(), func(tx *sql.Tx, q *store.Queries) error {
		return s.insertRecord(ctx, tx, q, id, d)
	})
}

// checkRecord cleans a draft; before is the client that it has now, −1 for a new one.
func (s *Service) checkRecord(ctx context.Context, scope access.Scope, d *RecordDraft, before ids.ID) error {
	if err := d.clean(); err != nil {
		return err
	}
	if d.Client == before {
		return nil
	}
	return s.checkClient(ctx, scope, d.Client)
}

func (s *Service) insertRecord(ctx context.Context, tx *sql.Tx, q *store.Queries, id ids.ID, d RecordDraft) error {
	fields, err := json.Marshal(d.Fields)
	if err != nil {
		return err
	}
	now := s.micros()
	if err := q.InsertRecord(ctx, store.InsertRecordParams{
		ID: int64(id), ClientID: int64(d.Client), Kind: string(d.Type), Name: d.Name, Ends: int64(d.Ends), Notice: int64(d.Notice), Due: int64(d.due()), SetOn: int64(s.Today()),
		Fields: string(fields), Notes: d.Notes, CreatedAt: now, UpdatedAt: now,
	}); err != nil {
		return err
	}
	return s.indexRecord(ctx, tx, Record{ID: id, RecordDraft: d})
}

// UpdateRecord changes a record whose version the caller has seen. A new due day is reminded of anew.
func (s *Service) UpdateRecord(ctx context.Context, scope access.Scope, id ids.ID, version int64, d RecordDraft) error {
	before, err := s.Record(ctx, scope, id)
	if err != nil {
		return err
	}
	d.Type = before.Type
	if err := s.checkRecord(ctx, scope, &d, before.Client); err != nil {
		return err
	}
	fields, err := json.Marshal(d.Fields)
	if err != nil {
		return err
	}
	setOn := before.setOn
	if d.due() != before.due() {
		setOn = s.Today()
	}
	return s.change(ctx, "knowledge.record", d.Name, id.String(), func(tx *sql.Tx, q *store.Queries) error {
		if err := orChanged(q.UpdateRecord(ctx, store.UpdateRecordParams{
			ID: int64(id), Version: version, ClientID: int64(d.Client), Name: d.Name, Ends: int64(d.Ends), Notice: int64(d.Notice), Due: int64(d.due()), SetOn: int64(setOn),
			Fields: string(fields), Notes: d.Notes, UpdatedAt: s.micros(),
		})); err != nil {
			return err
		}
		return s.indexRecord(ctx, tx, Record{ID: id, RecordDraft: d})
	})
}

// ArchiveRecord takes a record out of the lists and of the reminders, or puts it back.
func (s *Service) ArchiveRecord(ctx context.Context, scope access.Scope, id ids.ID, archived bool) error {
	x, err := s.Record(ctx, scope, id)
	if err != nil {
		return err
	}
	return s.change(ctx, "knowledge.record", x.Name, id.String(), func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.ArchiveRecord(ctx, int64(id), flag(archived), s.micros())
		if err == nil && n == 0 {
			err = noRecord()
		}
		return err
	})
}

// DeleteRecord removes a record; the tickets that reminded of it stay.
func (s *Service) DeleteRecord(ctx context.Context, scope access.Scope, id ids.ID) error {
	x, err := s.Record(ctx, scope, id)
	if err != nil {
		return err
	}
	return s.change(ctx, "knowledge.record.removed", x.Name, id.String(), func(tx *sql.Tx, q *store.Queries) error {
		if err := q.DeleteReminders(ctx, int64(id)); err != nil {
			return err
		}
		n, err := q.DeleteRecord(ctx, int64(id))
		if err == nil && n == 0 {
			err = noRecord()
		}
		if err != nil {
			return err
		}
		return s.search.Delete(ctx, tx, RecordKind, id)
	})
}

// Record returns a record in scope.
func (s *Service) Record(ctx context.Context, scope access.Scope, id ids.ID) (Record, error) {
	r, err := s.read().RecordByID(ctx, int64(id))
	if err != nil {
		return Record{}, orMissing(err, noRecord())
	}
	if !covers(scope, ids.ID(r.ClientID)) {
		return Record{}, noRecord()
	}
	return recordOf(r)
}

func (s *Service) indexRecord(ctx context.Context, tx *sql.Tx, x Record) error {
	var b strings.Builder
	for _, name := range x.Type.Fields() {
		b.WriteString(x.Fields[name] + "\n")
	}
	return s.search.Put(ctx, tx, search.Doc{Kind: RecordKind, Ref: x.ID, Client: x.Client, Title: x.Name, Body: b.String() + x.Notes})
}

// RecordQuery chooses records. Zero fields choose all that are not archived.
type RecordQuery struct {
	Text     string
	Type     RecordType
	Client   ids.ID
	House    bool       // only the firm's own
	Before   civil.Date // due before this day; 0 = any
	Archived bool
	Offset   int
	Limit    int // 1–1000; 0 = 50
}

// Records lists records in scope by the day by which somebody must act, those without one last, and how many there are.
func (s *Service) Records(ctx context.Context, scope access.Scope, query RecordQuery) (out []Record, total int, err error) {
	if query.Limit <= 0 {
		query.Limit = 50
	}
	query.Limit, query.Offset = min(query.Limit, 1000), max(query.Offset, 0)
	where, args := []string{"archived = $1"}, []any{flag(query.Archived)}
	add := func(cond string, v any) {
		args = append(args, v)
		where = append(where, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(args))))
	}
	if !scope.All() {
		add("client_id = ? AND client_id <> 0", int64(scope.Client()))
	}
	if query.House {
		where = append(where, "client_id = 0")
	}
	if query.Client != 0 {
		add("client_id = ?", int64(query.Client))
	}
	if query.Type != "" {
		add("kind = ?", string(query.Type))
	}
	if query.Before != 0 {
		add("due < ?", int64(query.Before))
	}
	if strings.TrimSpace(query.Text) != "" {
		add("(lower(name) LIKE ? ESCAPE '!' OR lower(fields) LIKE ? ESCAPE '!')", pattern(query.Text))
	}
	cond := " FROM knowledge_records WHERE " + strings.Join(where, " AND ")
	if err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*)"+cond, args...).Scan(&total); err != nil || total == 0 {
		return nil, 0, err
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, version, client_id, kind, name, ends, notice, due, set_on, fields, notes, archived, created_at, updated_at"+cond+
		fmt.Sprintf(" ORDER BY due, id LIMIT %d OFFSET %d", query.Limit, query.Offset), args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var r store.KnowledgeRecord
		if err := rows.Scan(&r.ID, &r.Version, &r.ClientID, &r.Kind, &r.Name, &r.Ends, &r.Notice, &r.Due, &r.SetOn, &r.Fields, &r.Notes, &r.Archived, &r.CreatedAt, &r.UpdatedAt); err != nil {
			return nil, 0, err
		}
		x, err := recordOf(r)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, x)
	}
	return out, total, rows.Err()
}

// CountDue is how many records in scope are due before a day.
func (s *Service) CountDue(ctx context.Context, scope access.Scope, before civil.Date) (int, error) {
	_, n, err := s.Records(ctx, scope, RecordQuery{Before: before, Limit: 1})
	return n, err
}
