// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"
	"mime"
	"net/http"

	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/kit/fault"
)

// otlp takes metrics by OTLP over HTTP, as protobuf or JSON. What of a request cannot be kept is counted in the answer, as
// the protocol has it; the rest is kept.
func (h *Handlers) otlp(w http.ResponseWriter, r *http.Request) error {
	h.arriving(w)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-protobuf" && kind != "application/json" {
		return h.unsupported(w, "OTLP has the content type application/x-protobuf or application/json.")
	}
	body, done, err := h.taken(w, r)
	if err != nil {
		return err
	}
	defer done()
	in := &otlpIntake{intake: h.intake(r), known: &h.known, ctx: r.Context()}
	if kind == "application/json" {
		if body, err = otlpFromJSON(body); err != nil {
			return err
		}
	}
	if err := in.request(body); err != nil {
		return err
	}
	if err := in.commit(r.Context()); err != nil {
		return err
	}
	lost := in.out.TooOld + in.out.Refused
	why := ""
	if err := in.verdict(); err != nil {
		why = fault.TextOf(err)
	}
	w.Header().Set("Content-Type", kind)
	if kind == "application/json" {
		answer := map[string]any{}
		if lost > 0 {
			answer["partialSuccess"] = map[string]any{"rejectedDataPoints": lost, "errorMessage": why}
		}
		_ = json.NewEncoder(w).Encode(answer) // whoever sent it is gone
		return nil
	}
	if lost > 0 {
		var part []byte
		part = protowire.AppendTag(part, 1, protowire.VarintType)
		part = protowire.AppendVarint(part, uint64(lost))
		part = protowire.AppendTag(part, 2, protowire.BytesType)
		part = protowire.AppendString(part, why)
		_, _ = w.Write(message(nil, 1, part)) //nolint:gosec // no page: the type above is application/x-protobuf
	}
	return nil
}
