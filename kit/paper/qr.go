// SPDX-License-Identifier: Apache-2.0

package paper

import (
	"github.com/boombuler/barcode/qr"

	"mainstay/kit/fault"
)

// QR is a QR code with error correction M: Modules[y][x] is dark.
type QR struct{ Modules [][]bool }

// NewQR encodes a text, at most so many modules wide.
func NewQR(text string, most int) (*QR, error) {
	b, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return nil, fault.NewInvalid("The text is too long for a QR code.").Because(err)
	}
	n := b.Bounds().Dx()
	if n > most {
		return nil, fault.NewInvalid("The text is too long for a QR code.")
	}
	q := &QR{make([][]bool, n)}
	for y := range n {
		q.Modules[y] = make([]bool, n)
		for x := range n {
			r, _, _, _ := b.At(x, y).RGBA()
			q.Modules[y][x] = r == 0
		}
	}
	return q, nil
}

// QR draws a code, size millimetres wide without a quiet zone, which the caller leaves free. Dark modules that touch are one box, so that
// no hair line runs through them.
func (s *Sheet) QR(q *QR, x, y, size float64) {
	n := len(q.Modules)
	m := size / float64(n)
	s.f.SetFillColor(0, 0, 0)
	for j, row := range q.Modules {
		for i := 0; i < n; {
			k := i
			for k < n && row[k] {
				k++
			}
			if k > i {
				s.f.Rect(x+float64(i)*m, y+float64(j)*m, float64(k-i)*m, m+.01, "F")
			}
			i = k + 1
		}
	}
}

// Swiss draws the cross of a Swiss QR-bill in the middle of a code of 46 mm (Implementation Guidelines QR-bill 2.3, 6.4.2).
func (s *Sheet) Swiss(x, y, size float64) {
	cx, cy := x+size/2, y+size/2
	box := func(w, h float64, white bool) {
		v := 0
		if white {
			v = 255
		}
		s.f.SetFillColor(v, v, v)
		s.f.Rect(cx-w/2, cy-h/2, w, h, "F")
	}
	box(7, 7, true)
	box(6, 6, false)
	box(3.9, 1.17, true)
	box(1.17, 3.9, true)
}
