// SPDX-License-Identifier: Apache-2.0

package books

import (
	"encoding/binary"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
)

// Where a file holds invoice lines only and they fit, they are kept as read between the two
// steps of taking a file over: reading them again would cost as much as a sixth of the whole.
const (
	spoolPart  = 1 << 20
	spoolLimit = 160 << 20
)

// lineSpool holds lines in a compact form.
type lineSpool struct {
	parts  [][]byte
	size   int
	tables []spooledTable
	full   bool // there is more, or something else: read again
	large  bool // the file is so large that its lines cannot fit: not even begun
}

type spooledTable struct {
	Source
	lines int
}

func (s *lineSpool) begin() { *s = lineSpool{large: s.large, full: s.large} }

func (s *lineSpool) table(t Source) {
	s.tables = append(s.tables, spooledTable{Source: t})
	if t.Kind != KindLines {
		s.drop()
	}
}

func (s *lineSpool) drop() { s.parts, s.full = nil, true }

func (s *lineSpool) add(r *LineRow) {
	if s.full {
		return
	}
	need := 8*binary.MaxVarintLen64 + 12 + len(r.Client) + len(r.Text) + len(r.Doc) + len(r.Currency)
	if n := len(s.parts); n == 0 || cap(s.parts[n-1])-len(s.parts[n-1]) < need {
		if s.size += spoolPart; s.size > spoolLimit {
			s.drop()
			return
		}
		s.parts = append(s.parts, make([]byte, 0, max(spoolPart, need)))
	}
	b := s.parts[len(s.parts)-1]
	b = binary.LittleEndian.AppendUint64(b, r.Fingerprint)
	b = binary.LittleEndian.AppendUint32(b, uint32(r.Day))
	b = binary.AppendUvarint(b, uint64(r.Number))
	b = binary.AppendVarint(b, r.Minor)
	b = append(b, r.Term, byte(r.Told))
	b = appendBytes(b, r.Client)
	b = appendBytes(b, r.Text)
	b = appendBytes(b, r.Doc)
	b = append(append(b, byte(len(r.Currency))), r.Currency...)
	s.parts[len(s.parts)-1] = b
	s.tables[len(s.tables)-1].lines++
}

func appendBytes(b, v []byte) []byte { return append(binary.AppendUvarint(b, uint64(len(v))), v...) }

// replay hands the lines to sink as the reader would.
func (s *lineSpool) replay(sink Sink, f *tabular.File) error {
	if err := sink.Begin(f.Name); err != nil {
		return err
	}
	part, rest := 0, []byte(nil)
	var row LineRow
	var currency money.Currency
	for _, t := range s.tables {
		if err := sink.Table(t.Source); err != nil {
			return err
		}
		for range t.lines {
			if len(rest) == 0 {
				f.Tell(f.Size*int64(part)/int64(len(s.parts)), f.Size)
				rest = s.parts[part]
				part++
			}
			row.Fingerprint, rest = binary.LittleEndian.Uint64(rest), rest[8:]
			row.Day, rest = civil.Date(int32(binary.LittleEndian.Uint32(rest))), rest[4:]
			v, n := binary.Uvarint(rest)
			row.Number, rest = int64(v), rest[n:]
			row.Minor, n = binary.Varint(rest)
			rest = rest[n:]
			row.Term, row.Told, rest = rest[0], Told(rest[1]), rest[2:]
			row.Client, rest = cutBytes(rest)
			row.Text, rest = cutBytes(rest)
			row.Doc, rest = cutBytes(rest)
			n = int(rest[0])
			if string(rest[1:1+n]) != string(currency) {
				currency = money.Currency(rest[1 : 1+n])
			}
			row.Currency, rest = currency, rest[1+n:]
			if err := sink.Line(&row); err != nil {
				return err
			}
		}
	}
	f.Tell(f.Size, f.Size)
	return sink.End()
}

func cutBytes(b []byte) (v, rest []byte) {
	n, k := binary.Uvarint(b)
	if n == 0 {
		return nil, b[k:]
	}
	return b[k : k+int(n)], b[k+int(n):]
}

// second writes the file's rows: from the spool, or by reading the file again.
func (n *nameSink) second(reader *fileReader, sink Sink, f *tabular.File) (*Report, error) {
	if n.spool.full {
		return reader.run(sink, f)
	}
	return &reader.report, n.spool.replay(sink, f)
}
