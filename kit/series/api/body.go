// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

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

// arriving has a body be there after a while, also one that is refused unread: the server reads the rest of it before it answers.
func (h *Handlers) arriving(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.patience())) // what is no connection does not stall
}

// receive reads a body as it comes, up to a limit of bytes. It holds nothing that others wait for, and a sender that stalls is let go.
func (h *Handlers) receive(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	h.arriving(w)
	packed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, min(limit, maxBody)))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, tooLarge()
		}
		return nil, fault.NewInvalid("The body broke off.").Because(err)
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // the server notices by it that the caller is gone
	return packed, nil
}

// taken returns what is to be written: the body, unpacked, with one of the few places for that, which done gives back.
func (h *Handlers) taken(w http.ResponseWriter, r *http.Request) (body []byte, done func(), err error) {
	leave, err := h.bodies.enter(r.Context(), h.patience())
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			leave()
		}
	}()
	packed, err := h.receive(w, r, maxBody)
	if err != nil {
		return nil, nil, err
	}
	release, err := take(r.Context(), h.writes, h.patience())
	if err != nil {
		return nil, nil, err
	}
	if body, err = unpack(packed, r.Header.Get("Content-Encoding")); err != nil {
		release()
		return nil, nil, err
	}
	return body, func() { release(); leave() }, nil
}

// unpack unpacks a body.
func unpack(packed []byte, encoding string) ([]byte, error) {
	switch encoding {
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
