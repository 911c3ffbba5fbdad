// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"mainstay/kit/fault"
)

// Limits of a file.
const (
	MaxBytes = 4 << 20
	maxDepth = 12
	maxText  = 200
)

// object is a JSON object with its fields in their order.
type object struct {
	keys   []string
	values map[string]any
}

// parse reads one JSON value: numbers as they are written, no field twice, not too deep.
func parse(data []byte) (any, error) {
	if len(data) > MaxBytes {
		return nil, fault.NewInvalid("The file is larger than %d MB.", MaxBytes>>20)
	}
	if !utf8.Valid(data) {
		return nil, fault.NewInvalid("The file is not UTF-8 text.")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := value(dec, "", 0)
	if err != nil {
		if _, ok := errors.AsType[*fault.Error](err); ok {
			return nil, err
		}
		return nil, notJSON(data, dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		line, column := placeOf(data, dec.InputOffset())
		return nil, fault.NewInvalid("The file goes on after its end, at line %d, column %d.", line, column)
	}
	return v, nil
}

// notJSON says where a file stops being JSON.
func notJSON(data []byte, at int64, err error) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return fault.NewInvalid("The file is empty: it is not JSON.").Because(err)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fault.NewInvalid("The file is not JSON: it ends too early, with a bracket still open.").Because(err)
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = s.Offset
	}
	line, column := placeOf(data, at)
	return fault.NewInvalid("The file is not JSON: look at line %d, column %d.", line, column).Because(err)
}

// placeOf returns the line and column, from 1, of the last byte read.
func placeOf(data []byte, at int64) (line, column int) {
	before := data[:max(0, min(int(at)-1, len(data)))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

func value(dec *json.Decoder, path string, depth int) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fault.NewInvalid("%s: the file is nested too deeply.", path)
	}
	switch t {
	case json.Delim('{'):
		o := &object{values: map[string]any{}}
		for dec.More() {
			k, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key, _ := k.(string)
			at := join(path, key)
			if _, twice := o.values[key]; twice {
				return nil, fault.NewInvalid("%s is given twice.", at)
			}
			v, err := value(dec, at, depth+1)
			if err != nil {
				return nil, err
			}
			o.keys, o.values[key] = append(o.keys, key), v
		}
		_, err := dec.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := value(dec, fmt.Sprintf("%s[%d]", path, len(list)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	}
	return t, nil
}

func join(path, key string) string {
	if len(key) > 40 {
		key = key[:40] + "…"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
