// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"sync"
)

// packers are used again: one is most of a megabyte, and is needed for each of ten thousand devices every few minutes.
var packers = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is one that there is
	return w
}}

// Deflate packs b, quickly rather than tightly (RFC 1951).
func Deflate(b []byte) []byte {
	var out bytes.Buffer
	w, _ := packers.Get().(*flate.Writer)
	defer packers.Put(w)
	w.Reset(&out)
	_, _ = w.Write(b) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// Inflate is the inverse of [Deflate]. It fails when more than most bytes come out, or when b is not whole.
func Inflate(b []byte, most int64) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), most+1))
	if err == nil && int64(len(out)) > most {
		err = fmt.Errorf("more than %d bytes come out", most)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
