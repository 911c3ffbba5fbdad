// SPDX-License-Identifier: Apache-2.0

package books

import (
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
)

// skipRow tells headers that come again, totals and rows without the fields.
func (r *tableReader) skipRow(need ...Field) bool {
	if totalLabel(r.first()) {
		return true
	}
	for _, f := range need {
		col := r.m.at(f)
		c := r.cell(col)
		if c == nil || string(c) == strings.TrimSpace(r.m.Header[col]) {
			return true
		}
	}
	return false
}

func (r *tableReader) field(f Field) []byte { return r.cell(r.m.at(f)) }

func (r *tableReader) clientName() []byte {
	c := r.field(FieldClient)
	if c == nil && r.m.Client != "" {
		c = []byte(r.m.Client)
	}
	return c
}

func (r *tableReader) templateRow(row tabular.Row) error {
	r.begin(row)
	if r.skipRow(FieldFrequency) {
		r.note(NoteSkippedRows, "", 0)
		return nil
	}
	out := TemplateRow{Number: r.line, Client: r.clientName(), Text: r.field(FieldText), Currency: r.cur, From: civil.NoDate, Active: true}
	out.Months = months(string(r.field(FieldFrequency)))
	col := r.m.at(FieldAmount)
	n, has := r.numberAt(col, r.mark(col))
	if at := r.m.at(FieldDate); at >= 0 {
		t, _ := r.day(at, r.order(at))
		out.From = t.day
	}
	if r.problem {
		return nil
	}
	if !has {
		r.leaveOut(NoteNoAmount, "", 0)
		return nil
	}
	if code, ok := isoCode(r.field(FieldCurrency)); ok {
		out.Currency = code
	} else if n.currency != "" {
		out.Currency = n.currency
	}
	out.Minor, _ = r.minor(n, out.Currency.Digits())
	if out.Months == 0 {
		r.leaveOut(NoteNoInterval, string(r.field(FieldFrequency)), out.Minor)
		return nil
	}
	if c := r.field(FieldActive); c != nil {
		switch normHeader(string(c)) {
		case "inactive", "0", "false", "no", "paused", "stopped", "expired", "draft", "deleted", "archived", "inaktiv", "nein", "cancelled", "canceled", "completed", "disabled":
			out.Active = false
		}
	}
	out.Fingerprint = r.print(KindTemplates, out.Minor, int64(out.Months), r.clientKey(out.Client), out.Text, r.field(FieldDoc))
	r.rep.Rows++
	r.span(out.From)
	r.sum(out.Currency, out.Minor)
	if r.sampled() {
		r.addSample("client", string(out.Client), "text", string(out.Text), "amount", money.FormatMinor(out.Minor, out.Currency.Digits()), "months", money.FormatMinor(int64(out.Months), 0), "from", out.From.String())
	}
	return r.file.sink.Template(&out)
}

func (r *tableReader) assetRow(row tabular.Row) error {
	r.begin(row)
	if r.skipRow(FieldName) {
		r.note(NoteSkippedRows, "", 0)
		return nil
	}
	if s := normHeader(string(r.field(FieldStatus))); s == "retired" || s == "archived" || s == "disposed" || s == "decommissioned" || s == "lost" || s == "stolen" || s == "broken parted" {
		r.leaveOut(NoteStatus, s, 0)
		return nil
	}
	out := AssetRow{
		Number: r.line, Client: r.clientName(), Name: r.field(FieldName), Type: r.field(FieldAssetType), System: r.field(FieldSystem), Serial: r.field(FieldSerial), Warranty: civil.NoDate,
	}
	out.Server, out.Endpoint = deviceClass(string(out.Type), string(out.System))
	if at := r.m.at(FieldMonitored); at >= 0 {
		out.Monitored = seen(r.cell(at))
	}
	if at := r.m.at(FieldPatched); at >= 0 {
		out.Patched = patched(r.m.Header[at], r.cell(at))
	}
	if at := r.m.at(FieldWarranty); at >= 0 {
		var o order
		if t, err := parseDay(r.cell(at), r.guess.dayFirst, &o); err == nil {
			out.Warranty = t.day
		}
	}
	out.Fingerprint = r.print(KindAssets, 0, 0, r.clientKey(out.Client), out.Name, out.Serial)
	r.rep.Rows++
	if r.sampled() {
		r.addSample("client", string(out.Client), "name", string(out.Name), "type", string(out.Type), "system", string(out.System), "serial", string(out.Serial))
	}
	return r.file.sink.Asset(&out)
}

// seen reads whether a device is monitored: a flag, or that an agent has a version or was seen.
func seen(c []byte) int8 {
	if c == nil {
		return -1
	}
	if v := yesNo(c); v != 0 {
		return v
	}
	return 1
}

// patched reads a flag, or a number of missing patches.
func patched(header string, c []byte) int8 {
	if c == nil {
		return 0
	}
	if strings.Contains(normHeader(header), "missing") {
		if n, err := parseNumber(c, false, &marks{}); err == nil {
			if n.Coef == 0 {
				return 1
			}
			return -1
		}
	}
	return yesNo(c)
}

func (r *tableReader) personRow(row tabular.Row) error {
	r.begin(row)
	name, first := r.field(FieldName), r.field(FieldFirst)
	if r.skipRow() || name == nil && first == nil {
		r.note(NoteSkippedRows, "", 0)
		return nil
	}
	if first != nil {
		name = []byte(strings.TrimSpace(string(first) + " " + string(name)))
	}
	out := PersonRow{Number: r.line, Client: r.clientName(), Name: name, Email: r.field(FieldEmail), Phone: r.field(FieldPhone), Title: r.field(FieldType)}
	out.Fingerprint = r.print(KindPeople, 0, 0, r.clientKey(out.Client), out.Name, out.Email)
	r.rep.Rows++
	if r.sampled() {
		r.addSample("client", string(out.Client), "name", string(name), "email", string(out.Email), "phone", string(out.Phone))
	}
	return r.file.sink.Person(&out)
}

func (r *tableReader) clientRow(row tabular.Row) error {
	r.begin(row)
	if r.skipRow(FieldName) {
		r.note(NoteSkippedRows, "", 0)
		return nil
	}
	out := ClientRow{Number: r.line, Name: r.field(FieldName), Email: r.field(FieldEmail), Phone: r.field(FieldPhone), Website: r.field(FieldWebsite), Address: r.field(FieldAddress)}
	out.Fingerprint = r.print(KindClients, 0, 0, r.clientKey(out.Name))
	r.rep.Rows++
	if r.sampled() {
		r.addSample("name", string(out.Name), "email", string(out.Email), "phone", string(out.Phone), "website", string(out.Website))
	}
	return r.file.sink.Client(&out)
}
