// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Batch is metrics of one device: rows of values, one for each series of a dictionary.
//
// Encoded it is: the byte 0xB1, the dictionary's 16 bytes, the number of the batch, the number of series and (or 0) the texts of the
// dictionary, the number of rows, and for each row the difference of its instant to the row before and the values. A value is a
// number whose two lowest bits tell the rest: 0 = a whole number, 1 = ten-thousandths, both as the difference to the value
// of this kind in the row before (0 in the first), 2 = eight bytes of IEEE 754 follow, 3 = no value. Numbers are varints, signed
// ones zigzag. A batch stands for itself: nothing of an earlier one is needed but the dictionary's texts, which
// the server keeps by their hash.
type Batch struct {
	Dictionary DictionaryID
	Series     []string    // texts of the dictionary; empty when the server is believed to know it
	Number     uint64      // counts the batches of a device, for the log
	Times      []int64     // of each row, milliseconds since 1970 UTC, rising
	Values     [][]float64 // of each row, as many as the dictionary has; NaN = no value
}

// DictionaryID is the hash of a dictionary, see [HashDictionary].
type DictionaryID [16]byte

// The most that a batch may hold.
const (
	MaxSeries     = 4096      // in a dictionary
	MaxSeriesText = 512       // bytes of a series' text
	MaxRows       = 1500      // a day of minutes
	MaxValues     = 100_000   // rows × series
	maxTime       = 1<<52 - 1 // milliseconds: far beyond any clock, and no overflow anywhere
)

const batchMark = 0xB1

const (
	valueWhole = iota
	valueTenThousandths
	valueRaw
	valueNone
)

// HashDictionary returns the first 16 bytes of the SHA-256 of the texts, each followed by a line feed.
func HashDictionary(series []string) DictionaryID {
	h := sha256.New()
	for _, s := range series {
		h.Write([]byte(s))
		h.Write([]byte{'\n'})
	}
	var id DictionaryID
	copy(id[:], h.Sum(nil))
	return id
}

// AppendBatch appends the encoding of b to out. Each row must have the same number of values; a Batch made wrong is a
// programming error and encodes to what the server refuses.
func AppendBatch(out []byte, b *Batch) []byte {
	width := 0
	if len(b.Values) > 0 {
		width = len(b.Values[0])
	}
	out = append(out, batchMark)
	out = append(out, b.Dictionary[:]...)
	out = binary.AppendUvarint(out, b.Number)
	out = binary.AppendUvarint(out, uint64(width))
	out = binary.AppendUvarint(out, uint64(len(b.Series)))
	for _, s := range b.Series {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	out = binary.AppendUvarint(out, uint64(len(b.Times)))
	last := make([]previous, width)
	var at int64
	for i, t := range b.Times {
		out = binary.AppendVarint(out, t-at)
		at = t
		for j, v := range b.Values[i] {
			out = appendValue(out, v, &last[j])
		}
	}
	return out
}

// previous is what the values of a series differ from.
type previous struct{ whole, tenThousandths int64 }

// maxWhole bounds the numbers that are sent as differences: exact in a float64, and a difference of two of them shifted by
// two bits and zigzag fits 64 bits.
const maxWhole = 1 << 53

func appendValue(out []byte, v float64, last *previous) []byte {
	if v != v {
		return append(out, valueNone)
	}
	if whole := int64(v); math.Abs(v) <= maxWhole && float64(whole) == v && (whole != 0 || !math.Signbit(v)) {
		out = binary.AppendUvarint(out, zigzag(whole-last.whole)<<2) // the lowest bits are valueWhole
		last.whole = whole
		return out
	}
	if n := math.Round(v * 10_000); math.Abs(n) <= maxWhole && n/10_000 == v && n != 0 {
		out = binary.AppendUvarint(out, zigzag(int64(n)-last.tenThousandths)<<2|valueTenThousandths)
		last.tenThousandths = int64(n)
		return out
	}
	out = append(out, valueRaw)
	return binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
}

func zigzag(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }

func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

var (
	errShort  = errors.New("the batch ends too early")
	errBounds = errors.New("the batch holds more than is allowed")
)

// Decode reads data into b, whose slices are used again. It fails when data are not exactly one batch within the limits, when
// instants do not rise, or when the texts of the dictionary do not have its hash. Strings do not refer to data.
func (b *Batch) Decode(data []byte) error {
	if len(data) > MaxFrame {
		return errBounds
	}
	if len(data) < 17 || data[0] != batchMark {
		return errors.New("not a batch of metrics")
	}
	copy(b.Dictionary[:], data[1:17])
	r := reader{data: data[17:]}
	b.Number = r.uvarint()
	width := r.count(MaxSeries)
	if err := b.decodeDictionary(&r, width); err != nil {
		return err
	}
	rows := r.count(MaxRows)
	if r.err == nil && rows*width > MaxValues {
		r.err = errBounds
	}
	if r.err == nil && rows*(width+1) > len(r.data) { // each takes a byte at least: no memory for what is not there
		r.err = errShort
	}
	if r.err != nil {
		return r.err
	}
	return b.decodeRows(&r, rows, width)
}

func (b *Batch) decodeDictionary(r *reader, width int) error {
	b.Series = b.Series[:0]
	texts := r.count(MaxSeries)
	if r.err != nil || texts == 0 {
		return r.err
	}
	if texts != width {
		return errors.New("the batch has a dictionary of another size than its rows")
	}
	for range texts {
		n := r.count(MaxSeriesText)
		s := r.bytes(n)
		if r.err != nil {
			return r.err
		}
		b.Series = append(b.Series, string(s))
	}
	if HashDictionary(b.Series) != b.Dictionary {
		return errors.New("the batch's dictionary differs from its hash")
	}
	return nil
}

func (b *Batch) decodeRows(r *reader, rows, width int) error {
	b.Times = b.Times[:0]
	if cap(b.Values) < rows {
		b.Values = make([][]float64, rows)
	}
	b.Values = b.Values[:rows]
	last := make([]previous, width)
	var at int64
	for i := range rows {
		at += r.varint()
		if r.err == nil && (at <= 0 || at > maxTime || i > 0 && at <= b.Times[i-1]) {
			return errors.New("the batch's instants do not rise")
		}
		b.Times = append(b.Times, at)
		row := b.Values[i]
		if cap(row) < width {
			row = make([]float64, width)
		}
		row = row[:width]
		for j := range row {
			row[j] = r.value(&last[j])
		}
		b.Values[i] = row
		if r.err != nil {
			return r.err
		}
	}
	if len(r.data) > 0 {
		return errors.New("something follows the batch")
	}
	return nil
}

// reader takes data apart; after the first error it gives zeros.
type reader struct {
	data []byte
	err  error
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) varint() int64 { return unzigzag(r.uvarint()) }

func (r *reader) fail() {
	if r.err == nil {
		r.err = errShort
	}
	r.data = nil
}

func (r *reader) count(most int) int {
	n := r.uvarint()
	if n > uint64(most) {
		if r.err == nil {
			r.err = errBounds
		}
		return 0
	}
	return int(n)
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.data) {
		r.fail()
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) value(last *previous) float64 {
	head := r.uvarint()
	switch head & 3 {
	case valueWhole:
		last.whole = r.sum(last.whole, head)
		return float64(last.whole)
	case valueTenThousandths:
		last.tenThousandths = r.sum(last.tenThousandths, head)
		return float64(last.tenThousandths) / 10_000
	case valueRaw:
		b := r.bytes(8)
		if b == nil || head != valueRaw {
			r.fail()
			return 0
		}
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	if head != valueNone {
		r.fail()
	}
	return math.NaN()
}

// sum adds the difference in head and refuses what no sender writes.
func (r *reader) sum(last int64, head uint64) int64 {
	n := last + unzigzag(head>>2)
	if bits.Len64(head) > 58 || n > maxWhole || n < -maxWhole {
		if r.err == nil {
			r.err = fmt.Errorf("value out of range")
		}
		return 0
	}
	return n
}
