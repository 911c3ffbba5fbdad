// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// FieldKind is what the values of a field are.
type FieldKind string

// The kinds of fields.
const (
	TextField   FieldKind = "text"
	NumberField FieldKind = "number"
	DayField    FieldKind = "day"
	ChoiceField FieldKind = "choice"
	YesField    FieldKind = "yes"
)

// FieldKinds lists the kinds of fields.
func FieldKinds() []FieldKind {
	return []FieldKind{TextField, NumberField, DayField, ChoiceField, YesField}
}

// Field is something that the firm notes of its devices and the product does not know.
type Field struct {
	ID       ids.ID
	Name     string
	Kind     FieldKind
	Choices  []string
	Position int64
}

const maxFields = 40

// check refuses a value that does not fit the field.
func (f *Field) check(v string) *fault.Error {
	switch f.Kind {
	case NumberField:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return fault.NewInvalid("%s: enter a number.", f.Name)
		}
	case DayField:
		if _, err := civil.Parse(v); err != nil {
			return fault.NewInvalid("%s: enter a day.", f.Name)
		}
	case ChoiceField:
		if !slices.Contains(f.Choices, v) {
			return fault.NewInvalid("%s: choose one of the list.", f.Name)
		}
	case YesField:
		if v != "yes" {
			return fault.NewInvalid("%s: yes or nothing.", f.Name)
		}
	}
	return nil
}

// Fields returns the firm's own fields in their order.
func (s *Service) Fields(ctx context.Context) ([]Field, error) {
	rows, err := store.New(s.p.DB.Reader()).Fields(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Field, len(rows))
	for i, r := range rows {
		out[i] = Field{ID: ids.ID(r.ID), Name: r.Name, Kind: FieldKind(r.Kind), Position: r.Position}
		if r.Choices != "" {
			out[i].Choices = strings.Split(r.Choices, "\n")
		}
	}
	return out, nil
}

// SaveField adds a field (ID 0) or changes its name, choices and place; its kind stays.
func (s *Service) SaveField(ctx context.Context, f Field) (ids.ID, error) {
	f.Name = line(f.Name, 60)
	var choices []string
	for _, c := range f.Choices {
		if c = line(c, 60); c != "" && !slices.Contains(choices, c) {
			choices = append(choices, c)
		}
	}
	switch {
	case f.Name == "":
		return 0, fault.NewInvalid("Enter a name.").On("name")
	case !slices.Contains(FieldKinds(), f.Kind):
		return 0, fault.NewInvalid("Choose what its values are.").On("kind")
	case f.Kind == ChoiceField && (len(choices) < 2 || len(choices) > 100):
		return 0, fault.NewInvalid("Enter two to a hundred choices, each on a line of its own.").On("choices")
	}
	list, err := s.Fields(ctx)
	if err != nil {
		return 0, err
	}
	if f.ID == 0 && len(list) >= maxFields {
		return 0, fault.NewConflict("There can be at most %d fields.", maxFields)
	}
	isNew := f.ID == 0
	if isNew {
		f.ID = s.p.IDs.New()
	}
	err = s.change(ctx, "devices.field", f.Name, "", func(_ *sql.Tx, q *store.Queries) error {
		if isNew {
			return q.InsertField(ctx, store.InsertFieldParams{ID: int64(f.ID), Name: f.Name, Kind: string(f.Kind), Choices: strings.Join(choices, "\n"), Position: f.Position})
		}
		n, err := q.UpdateField(ctx, store.UpdateFieldParams{ID: int64(f.ID), Name: f.Name, Choices: strings.Join(choices, "\n"), Position: f.Position})
		if err == nil && n == 0 {
			return fault.NewNotFound("There is no such field.")
		}
		return err
	})
	if db.IsUnique(err) {
		return 0, fault.NewConflict("There is a field of this name.").On("name")
	}
	return f.ID, err
}

// DeleteField removes a field. Its values stay in the devices' records, unseen, and are back when a backup is.
func (s *Service) DeleteField(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "devices.field.delete", id.String(), "", func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.DeleteField(ctx, int64(id))
		if err == nil && n == 0 {
			return fault.NewNotFound("There is no such field.")
		}
		return err
	})
}
