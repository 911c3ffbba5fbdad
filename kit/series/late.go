// SPDX-License-Identifier: Apache-2.0

package series

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/model/labels"
)

// lateLog keeps samples that came late until they are in a block. The database has a log of its own for them, which loses
// some when the process is killed twice: it notes pieces as written to a file that are still in memory, and believes the
// note once a later file is there. So they are logged here as well, and after a start those that are missing are put in
// once more.
//
// A segment holds records: length and CRC-32C, 4 bytes each, and so many bytes, packed with snappy. What is torn at its end was never
// acknowledged.
type lateLog struct {
	dir  string
	file *os.File
	next int      // number of the next segment
	done []string // segments that are written no more
	size int64    // bytes of all of them
}

const lateRecord = 64 << 20 // no record is longer

func openLate(dir string) (*lateLog, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "????????"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	l := &lateLog{dir: dir, done: names}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		l.size += info.Size()
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), "%d", &n); err == nil {
			l.next = n + 1
		}
	}
	return l, nil
}

// add keeps samples: they are on the disk when it returns.
func (l *lateLog) add(samples []sample) error {
	if len(samples) == 0 {
		return nil
	}
	if l.file == nil {
		f, err := os.OpenFile(filepath.Join(l.dir, segmentName(l.next)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		l.file = f
		l.next++
		if err := syncDir(l.dir); err != nil {
			return err
		}
	}
	var plain []byte
	for i, sample := range samples {
		plain = appendLate(plain, sample)
		if len(plain) < lateRecord/16 && i < len(samples)-1 {
			continue
		}
		record := append(make([]byte, 8), snappy.Encode(nil, plain)...) // labels repeat: a tenth is left
		binary.LittleEndian.PutUint32(record, uint32(len(record)-8))
		binary.LittleEndian.PutUint32(record[4:], crc32.Checksum(record[8:], crc32.MakeTable(crc32.Castagnoli)))
		if _, err := l.file.Write(record); err != nil {
			return err
		}
		l.size += int64(len(record))
		plain = plain[:0]
	}
	return l.file.Sync()
}

// appendLate writes a sample: the number of its labels, each with its lengths, instant and value.
func appendLate(b []byte, s sample) []byte {
	b = binary.AppendUvarint(b, uint64(s.series.labels.Len()))
	s.series.labels.Range(func(p labels.Label) {
		for _, text := range []string{p.Name, p.Value} {
			b = binary.AppendUvarint(b, uint64(len(text)))
			b = append(b, text...)
		}
	})
	b = binary.AppendVarint(b, s.at)
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(s.v))
}

// each hands the samples of all earlier segments to fn, record by record.
func (l *lateLog) each(fn func(l Labels, at int64, v float64), end func() error) error {
	for _, name := range l.done {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = eachRecord(f, func(record []byte) error {
			for len(record) > 0 {
				ls, at, v, rest, err := lateSample(record)
				if err != nil {
					return err
				}
				record = rest
				fn(ls, at, v)
			}
			return end()
		})
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func eachRecord(r io.Reader, fn func([]byte) error) error {
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil // the end, torn or not
		}
		n := binary.LittleEndian.Uint32(head[:])
		if n > lateRecord {
			return nil
		}
		record := make([]byte, n)
		if _, err := io.ReadFull(r, record); err != nil || crc32.Checksum(record, crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(head[4:]) {
			return nil // was never acknowledged
		}
		if n, err := snappy.DecodedLen(record); err != nil || n > lateRecord {
			return errLate
		}
		plain, err := snappy.Decode(nil, record)
		if err != nil {
			return errLate
		}
		if err := fn(plain); err != nil {
			return err
		}
	}
}

var errLate = errors.New("a late sample cannot be read")

func lateSample(b []byte) (l Labels, at int64, v float64, rest []byte, err error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > 2*MaxLabels {
		return l, 0, 0, nil, errLate
	}
	b = b[n:]
	text := func() string {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			err = errLate
			return ""
		}
		s := string(b[n : n+int(size)])
		b = b[n+int(size):]
		return s
	}
	build := labels.NewScratchBuilder(int(count))
	for range count {
		name := text()
		value := text()
		if err != nil {
			return l, 0, 0, nil, err
		}
		build.Add(name, value)
	}
	at, n = binary.Varint(b)
	if n <= 0 || len(b) < n+8 {
		return l, 0, 0, nil, errLate
	}
	return build.Labels(), at, math.Float64frombits(binary.LittleEndian.Uint64(b[n:])), b[n+8:], nil
}

// seal ends the segment that is written, and returns all that end with it.
func (l *lateLog) seal() []string {
	if l.file != nil {
		l.done = append(l.done, l.file.Name())
		_ = l.file.Close() // it was synced with each record
		l.file = nil
	}
	return slices.Clone(l.done)
}

// drop removes segments whose samples are in blocks.
func (l *lateLog) drop(segments []string) error {
	for _, name := range segments {
		info, err := os.Stat(name)
		if err == nil {
			err = os.Remove(name)
			l.size -= info.Size()
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	l.done = slices.DeleteFunc(l.done, func(n string) bool { return slices.Contains(segments, n) })
	return nil
}

func (l *lateLog) close() {
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
}
