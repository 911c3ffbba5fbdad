// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/golang/snappy"

	"mainstay/kit/fault"
)

// Limits of what is written at once.
const (
	maxBody    = 10 << 20 // bytes as they come
	maxDecoded = 48 << 20 // and unpacked
	maxSamples = 250_000
	maxSeries  = 50_000
	maxAsked   = 64 << 10 // bytes of a remote read
)

func tooLarge() error {
	return fault.NewInvalid("The body is larger than %d MB, or %d MB unpacked. Send less at once.", maxBody>>20, maxDecoded>>20)
}

// taking waits until one more body may be held in memory.
func (h *Handlers) taking(ctx context.Context) (func(), error) {
	select {
	case h.writes <- struct{}{}:
		return func() { <-h.writes }, nil
	case <-ctx.Done():
		return nil, fault.NewBusy("The server is busy. Send it again.").Because(ctx.Err())
	}
}

// unpack reads a body and what it is packed in, up to a limit of bytes.
func unpack(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	packed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, min(limit, maxBody)))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, tooLarge()
		}
		return nil, fault.NewInvalid("The body broke off.").Because(err)
	}
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "snappy":
		n, err := snappy.DecodedLen(packed)
		if err != nil {
			return nil, fault.NewInvalid("The body is not packed with snappy.").Because(err)
		}
		if n > maxDecoded {
			return nil, tooLarge()
		}
		out, err := snappy.Decode(nil, packed)
		if err != nil {
			return nil, fault.NewInvalid("The body is not packed with snappy.").Because(err)
		}
		return out, nil
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, fault.NewInvalid("The body is not packed with gzip.").Because(err)
		}
		out, err := io.ReadAll(io.LimitReader(z, maxDecoded+1))
		if err != nil {
			return nil, fault.NewInvalid("The body is not packed with gzip.").Because(err)
		}
		if len(out) > maxDecoded {
			return nil, tooLarge()
		}
		return out, nil
	case "", "identity":
		return packed, nil
	default:
		return nil, fault.NewInvalid("A body packed with %q is not read. Use snappy or gzip.", short(encoding))
	}
}

func short(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

func contextOver(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
