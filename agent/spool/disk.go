// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	magic      = "MSPOOL1\n"
	headerSize = 16 // length, checksum, number
	suffix     = ".seg"
	minSegment = 16 << 10
	maxSegment = 256 << 10
	maxHeld    = 256 << 10 // bytes in memory while the disk takes nothing; the newest batch is always kept
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Disk is a spool in a folder that it has to itself. It is safe for concurrent use.
type Disk struct {
	mu      sync.Mutex
	dir     string
	limit   int64
	segSize int64
	segs    []*segment
	open    *os.File // the last segment, for appending
	marks   *os.File
	mark    mark
	waiting int
	bytes   int64
	buf     []byte

	// What the disk did not take: newer than all that lies on it.
	held      []Entry
	heldBytes int
	trouble   error
}

// segment is one file; its records are those of index.
type segment struct {
	path  string
	size  int64
	index []record
}

type record struct {
	seq    uint64
	offset int64 // of its header
	length uint32
}

// mark is what survives the segments.
type mark struct {
	acked, next, dropped, damaged uint64
	writes                        uint64 // how often the marks were written
}

// OpenDisk opens the spool in dir, makes the folder when it is missing, and reads what it holds. At most
// limit bytes are kept; now is where the numbers of a new spool begin.
func OpenDisk(dir string, limit int64, now time.Time) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the spool's folder: %w", err)
	}
	d := &Disk{dir: dir, limit: limit, segSize: min(max(limit/16, minSegment), maxSegment)}
	var err error
	if d.marks, err = os.OpenFile(filepath.Join(dir, "marks"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("open the spool's marks: %w", err)
	}
	d.readMark()
	if err := d.scan(); err != nil {
		_ = d.marks.Close()
		return nil, err
	}
	d.mark.next = max(d.mark.next, d.mark.acked+1)
	if d.mark.next <= 1 {
		d.mark.next = uint64(max(now.UnixMicro(), 1))
	}
	d.trouble = d.writeMark(true) // a full disk: what is read meanwhile goes through memory
	return d, nil
}

// scan reads the segments and drops what is acknowledged.
func (d *Disk) scan() error {
	names, err := filepath.Glob(filepath.Join(d.dir, "*"+suffix))
	if err != nil {
		return fmt.Errorf("list the spool: %w", err)
	}
	slices.Sort(names) // hexadecimal of one width: by number
	for i, name := range names {
		s, damaged, err := readSegment(name, i == len(names)-1)
		if err != nil {
			return err
		}
		d.mark.damaged += damaged
		s.index = slices.DeleteFunc(s.index, func(r record) bool { return r.seq <= d.mark.acked })
		if len(s.index) == 0 {
			if err := os.Remove(name); err != nil {
				return fmt.Errorf("remove what was acknowledged: %w", err)
			}
			continue
		}
		d.mark.next = max(d.mark.next, s.index[len(s.index)-1].seq+1)
		d.segs = append(d.segs, s)
		d.bytes += s.size
		d.waiting += len(s.index)
	}
	return nil
}

// readSegment finds the records of a file. A torn end of the last file is the batch that was being
// written when the power went: it was never taken, so it is cut off and does not count as damage.
// What is damaged before that is stepped over and counted.
func readSegment(name string, last bool) (*segment, uint64, error) {
	data, err := os.ReadFile(name) // at most maxSegment and one batch
	if err != nil {
		return nil, 0, fmt.Errorf("read a segment of the spool: %w", err)
	}
	s := &segment{path: name, size: int64(len(data))}
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		if last && len(data) < len(magic) {
			return s, 0, nil
		}
		return s, 1, nil
	}
	var damaged uint64
	for at := len(magic); at < len(data); {
		if r, ok := recordAt(data, at); ok {
			s.index = append(s.index, r)
			at += headerSize + int(r.length)
			continue
		}
		next := at + 1
		for next < len(data) {
			if _, ok := recordAt(data, next); ok {
				break
			}
			next++
		}
		if next < len(data) || !last {
			damaged += lost(s.index, data, next)
		} else if err := os.Truncate(name, int64(at)); err != nil {
			return nil, 0, fmt.Errorf("cut off a torn batch: %w", err)
		} else {
			s.size = int64(at)
		}
		at = next
	}
	return s, damaged, nil
}

// recordAt returns the record that begins at an offset, when a sound one does.
func recordAt(data []byte, at int) (record, bool) {
	if at+headerSize > len(data) {
		return record{}, false
	}
	head := data[at : at+headerSize]
	n := binary.LittleEndian.Uint32(head)
	if n == 0 || n > MaxBatch || at+headerSize+int(n) > len(data) ||
		sum(head[8:], data[at+headerSize:at+headerSize+int(n)]) != binary.LittleEndian.Uint32(head[4:]) {
		return record{}, false
	}
	return record{seq: binary.LittleEndian.Uint64(head[8:]), offset: int64(at), length: n}, true
}

// lost tells how many batches lay between the last sound record and the next one at an offset.
func lost(index []record, data []byte, at int) uint64 {
	r, ok := recordAt(data, at)
	if !ok || len(index) == 0 {
		return 1
	}
	gap := r.seq - index[len(index)-1].seq - 1
	if gap == 0 || gap > maxSegment/headerSize {
		return 1
	}
	return gap
}

func sum(seq, data []byte) uint32 {
	return crc32.Update(crc32.Checksum(seq[:8], castagnoli), castagnoli, data)
}

// Append takes a batch and returns its number once it lies on the disk, or in memory when the disk takes nothing: see [State].
func (d *Disk) Append(data []byte) (uint64, error) {
	need := int64(len(data)) + headerSize
	if len(data) == 0 || len(data) > MaxBatch || need+int64(len(magic)) > d.limit {
		return 0, ErrTooLarge
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.held) > 0 { // in order: what waits in memory comes first
		if d.trouble = d.write(d.held[0].Seq, d.held[0].Data); d.trouble != nil {
			break
		}
		d.forget()
	}
	seq := d.mark.next
	d.mark.next = seq + 1
	if len(d.held) == 0 {
		if d.trouble = d.write(seq, data); d.trouble == nil {
			return seq, nil
		}
	}
	d.held = append(d.held, Entry{Seq: seq, Data: slices.Clone(data)})
	d.heldBytes += len(data)
	for len(d.held) > 1 && d.heldBytes > maxHeld {
		d.forget()
		d.mark.dropped++ // kept with the next marks that the disk takes
	}
	return seq, nil
}

// forget lets go of the oldest batch in memory.
func (d *Disk) forget() {
	d.heldBytes -= len(d.held[0].Data)
	if d.held = slices.Delete(d.held, 0, 1); len(d.held) == 0 {
		d.held = nil
	}
}

// write puts a batch behind all others on the disk.
func (d *Disk) write(seq uint64, data []byte) error {
	need := int64(len(data)) + headerSize
	if err := d.room(seq, need); err != nil {
		return err
	}
	s := d.segs[len(d.segs)-1]
	d.buf = slices.Grow(d.buf[:0], int(need))[:headerSize]
	binary.LittleEndian.PutUint32(d.buf, uint32(len(data)))
	binary.LittleEndian.PutUint64(d.buf[8:], seq)
	binary.LittleEndian.PutUint32(d.buf[4:], sum(d.buf[8:headerSize], data))
	d.buf = append(d.buf, data...)
	if _, err := d.open.WriteAt(d.buf, s.size); err != nil {
		_ = d.open.Truncate(s.size)
		return fmt.Errorf("write a batch: %w", err)
	}
	if err := d.open.Sync(); err != nil {
		_ = d.open.Truncate(s.size)
		return fmt.Errorf("write a batch: %w", err)
	}
	s.index = append(s.index, record{seq: seq, offset: s.size, length: uint32(len(data))})
	s.size += need
	d.bytes += need
	d.waiting++
	return nil
}

// room sees to it that the last segment is open and takes a batch with need more bytes within the limit.
func (d *Disk) room(seq uint64, need int64) error {
	fresh := len(d.segs) == 0 || d.segs[len(d.segs)-1].size+need > d.segSize && len(d.segs[len(d.segs)-1].index) > 0
	if fresh {
		need += int64(len(magic))
	}
	dropped := false
	for len(d.segs) > 0 && d.bytes+need > d.limit {
		n := len(d.segs[0].index)
		if len(d.segs) == 1 && !fresh {
			fresh, need = true, need+int64(len(magic))
		}
		if err := d.removeFirst(); err != nil {
			return err
		}
		d.mark.dropped += uint64(n)
		dropped = true
	}
	if dropped {
		if err := d.writeMark(true); err != nil {
			return err
		}
	}
	if fresh {
		return d.newSegment(seq)
	}
	if d.open != nil {
		return nil
	}
	var err error
	if d.open, err = os.OpenFile(d.segs[len(d.segs)-1].path, os.O_RDWR, 0); err != nil {
		return fmt.Errorf("open a segment of the spool: %w", err)
	}
	return nil
}

// newSegment begins a file whose first batch has the number seq.
func (d *Disk) newSegment(seq uint64) error {
	if d.open != nil {
		_ = d.open.Close()
		d.open = nil
	}
	name := filepath.Join(d.dir, fmt.Sprintf("%016x%s", seq, suffix))
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("begin a segment of the spool: %w", err)
	}
	if _, err = f.WriteString(magic); err == nil {
		if err = f.Sync(); err == nil {
			err = syncDir(d.dir)
		}
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(name)
		return fmt.Errorf("begin a segment of the spool: %w", err)
	}
	d.open = f
	d.segs = append(d.segs, &segment{path: name, size: int64(len(magic))})
	d.bytes += int64(len(magic))
	return nil
}

// removeFirst deletes the oldest segment with all that it holds.
func (d *Disk) removeFirst() error {
	s := d.segs[0]
	if len(d.segs) == 1 && d.open != nil {
		_ = d.open.Close()
		d.open = nil
	}
	if err := os.Remove(s.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove a segment of the spool: %w", err)
	}
	d.waiting -= len(s.index)
	d.bytes -= s.size
	d.segs = slices.Delete(d.segs, 0, 1)
	return nil
}

// After returns the oldest batches behind the number seq, at most n of them and about 1 MB. A batch that
// cannot be read any more is left out, and counted as damaged.
func (d *Disk) After(seq uint64, n int) ([]Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Entry
	total := 0
	for _, s := range d.segs {
		if len(s.index) == 0 || s.index[len(s.index)-1].seq <= seq {
			continue
		}
		f, err := os.Open(s.path)
		if err != nil {
			return out, fmt.Errorf("read the spool: %w", err)
		}
		var bad []uint64
		for _, r := range s.index {
			if r.seq <= seq {
				continue
			}
			if len(out) == n || total > MaxBatch {
				break
			}
			data, err := readRecord(f, r)
			if err != nil {
				bad = append(bad, r.seq)
				continue
			}
			out = append(out, Entry{Seq: r.seq, Data: data})
			total += len(data)
		}
		_ = f.Close()
		if len(bad) > 0 {
			s.index = slices.DeleteFunc(s.index, func(r record) bool { return slices.Contains(bad, r.seq) })
			d.waiting -= len(bad)
			d.mark.damaged += uint64(len(bad))
			if err := d.writeMark(true); err != nil {
				d.trouble = err // counted all the same, and kept with the next marks
			}
		}
		if len(out) == n || total > MaxBatch {
			break
		}
	}
	for _, e := range d.held {
		if len(out) == n || total > MaxBatch {
			break
		}
		if e.Seq > seq {
			out = append(out, e)
			total += len(e.Data)
		}
	}
	return out, nil
}

var errDamaged = errors.New("the batch is damaged")

func readRecord(f io.ReaderAt, r record) ([]byte, error) {
	buf := make([]byte, headerSize+int(r.length))
	if _, err := f.ReadAt(buf, r.offset); err != nil {
		return nil, fmt.Errorf("read a batch: %w", err)
	}
	if binary.LittleEndian.Uint64(buf[8:]) != r.seq || binary.LittleEndian.Uint32(buf[4:]) != sum(buf[8:headerSize], buf[headerSize:]) {
		return nil, errDamaged
	}
	return buf[headerSize:], nil
}

// Ack lets go of all batches up to seq. A number from beyond what was given moves the spool on: the
// server has seen it, so it may not be used again.
func (d *Disk) Ack(seq uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if seq <= d.mark.acked {
		return nil
	}
	d.mark.acked = seq
	d.mark.next = max(d.mark.next, seq+1)
	for len(d.held) > 0 && d.held[0].Seq <= seq {
		d.forget()
	}
	if err := d.writeMark(false); err != nil {
		d.trouble = err // what is removed below may be the room that it lacks; without the marks a batch is sent again
	}
	for len(d.segs) > 0 {
		s := d.segs[0]
		n := 0
		for n < len(s.index) && s.index[n].seq <= seq {
			n++
		}
		if n < len(s.index) {
			s.index = slices.Delete(s.index, 0, n)
			d.waiting -= n
			return nil
		}
		// The file that is written to stays until it is full: a new file each minute would cost more than it frees.
		if len(d.segs) == 1 && s.size < d.segSize {
			s.index = s.index[:0]
			d.waiting -= n
			return nil
		}
		if err := d.removeFirst(); err != nil {
			return err
		}
	}
	return nil
}

// State returns what waits and what was lost.
func (d *Disk) State() State {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := State{
		Batches: d.waiting + len(d.held), Bytes: d.bytes + int64(d.heldBytes), Dropped: int64(d.mark.dropped), Damaged: int64(d.mark.damaged), Held: len(d.held),
	}
	if d.trouble != nil {
		s.Trouble = d.trouble.Error()
	}
	return s
}

// Close lets go of the folder.
func (d *Disk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.writeMark(true)
	if d.open != nil {
		err = errors.Join(err, d.open.Close())
		d.open = nil
	}
	return errors.Join(err, d.marks.Close())
}

// readMark reads the marks; when they are torn, everything in the segments is given once more.
func (d *Disk) readMark() {
	var best mark
	buf := make([]byte, 2*markSize)
	n, _ := d.marks.ReadAt(buf, 0)
	for at := 0; at+markSize <= n; at += markSize {
		b := buf[at : at+markSize]
		if binary.LittleEndian.Uint32(b[markSize-4:]) != crc32.Checksum(b[:markSize-4], castagnoli) {
			continue
		}
		if a := binary.LittleEndian.Uint64(b[32:]); a >= best.writes {
			best = mark{
				acked: binary.LittleEndian.Uint64(b), next: binary.LittleEndian.Uint64(b[8:]),
				dropped: binary.LittleEndian.Uint64(b[16:]), damaged: binary.LittleEndian.Uint64(b[24:]), writes: a,
			}
		}
	}
	d.mark = best
}

const markSize = 44

// writeMark writes the marks into one of two places by turns, so that a torn write leaves the other. Only
// what may not be forgotten is synced: an acknowledgement that is forgotten costs one batch sent again.
func (d *Disk) writeMark(sync bool) error {
	var b [markSize]byte
	binary.LittleEndian.PutUint64(b[:], d.mark.acked)
	binary.LittleEndian.PutUint64(b[8:], d.mark.next)
	binary.LittleEndian.PutUint64(b[16:], d.mark.dropped)
	binary.LittleEndian.PutUint64(b[24:], d.mark.damaged)
	d.mark.writes++
	binary.LittleEndian.PutUint64(b[32:], d.mark.writes)
	binary.LittleEndian.PutUint32(b[40:], crc32.Checksum(b[:40], castagnoli))
	if _, err := d.marks.WriteAt(b[:], int64(d.mark.writes%2)*markSize); err != nil {
		return fmt.Errorf("write the spool's marks: %w", err)
	}
	if sync {
		if err := d.marks.Sync(); err != nil {
			return fmt.Errorf("write the spool's marks: %w", err)
		}
	}
	return nil
}

// Files names the segments, for tests and for `mainstay-agent status`.
func (d *Disk) Files() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, s := range d.segs {
		out = append(out, strings.TrimSuffix(filepath.Base(s.path), suffix))
	}
	return out
}
