// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/desk/knowledge"
	"mainstay/kit/api"
	"mainstay/kit/ids"
)

// Expiring is something that runs out, on the wire.
type Expiring struct {
	ID       string            `json:"id"`
	Version  int64             `json:"version"`
	Client   string            `json:"client,omitempty" doc:"Absent for the firm's own"`
	Kind     string            `json:"kind" enum:"domain,certificate,vendor,warranty,licence"`
	Name     string            `json:"name"`
	Ends     string            `json:"ends,omitempty" doc:"The last day, 2006-01-02"`
	Notice   int               `json:"notice" doc:"Days before the end by which one must act"`
	Due      string            `json:"due,omitempty" doc:"The day by which one must act"`
	Fields   map[string]string `json:"fields"`
	Notes    string            `json:"notes,omitempty"`
	Archived bool              `json:"archived"`
	Created  time.Time         `json:"created"`
	Updated  time.Time         `json:"updated"`
}

// ExpiringInput is what a caller sends of it.
type ExpiringInput struct {
	Client string            `json:"client,omitempty" maxLength:"13"`
	Kind   string            `json:"kind" enum:"domain,certificate,vendor,warranty,licence" doc:"Does not change"`
	Name   string            `json:"name" minLength:"1" maxLength:"200"`
	Ends   string            `json:"ends,omitempty" maxLength:"10"`
	Notice int               `json:"notice,omitempty" minimum:"0" maximum:"1000"`
	Fields map[string]string `json:"fields,omitempty" doc:"Texts by name: registrar, nameservers, hosts, issuer, serial, fingerprint, installed, account, phone, url, vendor, device, quantity, as the kind has them"`
	Notes  string            `json:"notes,omitempty" maxLength:"10000"`
}

func wireRecord(x knowledge.Record) Expiring {
	return Expiring{x.ID.String(), x.Version, idText(x.Client), string(x.Type), x.Name, dayText(x.Ends), x.Notice, dayText(x.Due), x.Fields, x.Notes, x.Archived, x.Created, x.Updated}
}

func (in ExpiringInput) draft() (d knowledge.RecordDraft, err error) {
	d = knowledge.RecordDraft{Type: knowledge.RecordType(in.Kind), Name: in.Name, Notice: in.Notice, Fields: in.Fields, Notes: in.Notes}
	if d.Client, err = optional(in.Client, "client"); err != nil {
		return d, err
	}
	d.Ends, err = dayOf(in.Ends, "ends")
	return d, err
}

type recordsIn struct {
	PageIn
	Text     string `query:"q" maxLength:"200"`
	Kind     string `query:"kind" enum:"domain,certificate,vendor,warranty,licence"`
	Client   string `query:"client" maxLength:"13"`
	Firm     bool   `query:"firm" doc:"Only the firm's own"`
	Before   string `query:"before" maxLength:"10" doc:"Due before this day, 2006-01-02"`
	Archived bool   `query:"archived"`
}

type recordsOut struct {
	Body struct {
		Expiring []Expiring `json:"expiring"`
		Total    int        `json:"total"`
	}
}

type recordOut struct {
	ETag string `header:"ETag"`
	Body Expiring
}

type newRecordIn struct{ Body ExpiringInput }

type changeRecordIn struct {
	VersionedIn
	Body ExpiringInput
}

func (h *Handlers) listRecords(ctx context.Context, in *recordsIn) (*recordsOut, error) {
	q := knowledge.RecordQuery{Text: in.Text, Type: knowledge.RecordType(in.Kind), House: in.Firm, Archived: in.Archived, Offset: in.Offset, Limit: in.Limit}
	var err error
	if q.Client, err = optional(in.Client, "client"); err != nil {
		return nil, err
	}
	if in.Before != "" {
		if q.Before, err = dayOf(in.Before, "before"); err != nil {
			return nil, err
		}
	}
	list, total, err := h.Knowledge.Records(ctx, scope(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &recordsOut{}
	out.Body.Expiring, out.Body.Total = make([]Expiring, 0, len(list)), total
	for _, x := range list {
		out.Body.Expiring = append(out.Body.Expiring, wireRecord(x))
	}
	return out, nil
}

func (h *Handlers) oneRecord(ctx context.Context, id ids.ID) (*recordOut, error) {
	x, err := h.Knowledge.Record(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	return &recordOut{ETag: api.ETag(x.Version), Body: wireRecord(x)}, nil
}

func (h *Handlers) getRecord(ctx context.Context, in *oneIn) (*recordOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return h.oneRecord(ctx, id)
}

func (h *Handlers) createRecord(ctx context.Context, in *newRecordIn) (*recordOut, error) {
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	id, err := h.Knowledge.CreateRecord(ctx, scope(ctx), d)
	if err != nil {
		return nil, err
	}
	return h.oneRecord(ctx, id)
}

func (h *Handlers) updateRecord(ctx context.Context, in *changeRecordIn) (*recordOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	if err := h.Knowledge.UpdateRecord(ctx, scope(ctx), id, version, d); err != nil {
		return nil, err
	}
	return h.oneRecord(ctx, id)
}

func (h *Handlers) deleteRecord(ctx context.Context, in *oneIn) (*empty, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Knowledge.DeleteRecord(ctx, scope(ctx), id)
}
