// SPDX-License-Identifier: Apache-2.0

package tabular

import (
	"archive/zip"
	"errors"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/fault"
)

// workbook is what must be known before the sheets can be read (ECMA-376 part 1, §18).
type workbook struct {
	z      map[string]*zip.File
	c      *counter
	opt    Options
	sheets []struct{ name, part string }
	epoch  int    // 0: days count from 1899-12-30, 1: from 1904-01-01
	dates  []bool // by cell style: the number is a day
	arena  []byte // the shared texts, one after the other
	ends   []uint32
}

func eachSheet(name string, z *zip.Reader, c *counter, opt Options, fn func(*Table) error) error {
	w := &workbook{z: map[string]*zip.File{}, c: c, opt: opt}
	for _, m := range z.File {
		w.z[strings.ToLower(m.Name)] = m
	}
	if err := w.readParts(); err != nil {
		return err
	}
	for _, s := range w.sheets {
		title := name
		if len(w.sheets) > 1 {
			title += "/" + s.name
		}
		if err := w.sheet(title, s.part, fn); err != nil {
			return err
		}
	}
	return nil
}

// open returns a part's bytes, counted against the limits; nil where it is missing.
func (w *workbook) open(part string) (io.ReadCloser, error) {
	m := w.z[strings.ToLower(part)]
	if m == nil {
		return nil, nil
	}
	r, err := m.Open()
	if err != nil {
		return nil, errXML
	}
	w.c.stored += int64(m.CompressedSize64)
	u := &unpacked{r: r, c: w.c, packed: int64(m.CompressedSize64), ratio: 4 * w.opt.Limits.Ratio, what: "The workbook is damaged. Save it again as .xlsx or CSV."}
	return struct {
		io.Reader
		io.Closer
	}{u, r}, nil
}

// each calls fn at every opening or closing tag of a part.
func (w *workbook) each(part string, fn func(x *xmlScanner) error) error {
	r, err := w.open(part)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	x := newXML(r, w.opt.Limits.Cell)
	for {
		if err := x.next(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := fn(x); err != nil {
			return err
		}
	}
}

func (w *workbook) readParts() error {
	targets := map[string]string{}
	err := w.each("xl/_rels/workbook.xml.rels", func(x *xmlScanner) error {
		if x.opens() && x.name() == "Relationship" {
			t := x.attrText("Target")
			if strings.HasPrefix(t, "/") {
				t = t[1:]
			} else {
				t = path.Join("xl", t)
			}
			targets[x.attrText("Id")] = t
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = w.each("xl/workbook.xml", func(x *xmlScanner) error {
		if !x.opens() {
			return nil
		}
		switch x.name() {
		case "workbookPr":
			if v := string(x.attr("date1904")); v == "1" || v == "true" {
				w.epoch = 1
			}
		case "sheet":
			name := x.attrText("name")
			if part := targets[x.attrText("id")]; part != "" {
				w.sheets = append(w.sheets, struct{ name, part string }{name, part})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(w.sheets) == 0 || len(w.sheets) > w.opt.Limits.Members {
		return fault.NewInvalid("The workbook has no sheet that can be read.")
	}
	if err := w.readStyles(); err != nil {
		return err
	}
	return w.readShared()
}

func (w *workbook) readStyles() error {
	custom := map[int]bool{}
	inCells := false
	return w.each("xl/styles.xml", func(x *xmlScanner) error {
		switch x.name() {
		case "numFmt":
			id, _ := strconv.Atoi(string(x.attr("numFmtId")))
			custom[id] = isDateFormat(x.attrText("formatCode"))
		case "cellXfs":
			inCells = x.opens()
		case "xf":
			if inCells && x.opens() && len(w.dates) < 1<<16 {
				id, _ := strconv.Atoi(string(x.attr("numFmtId")))
				is, own := custom[id]
				w.dates = append(w.dates, own && is || !own && builtinDate(id))
			}
		}
		return nil
	})
}

// builtinDate tells the number formats that need no definition (§18.8.30).
func builtinDate(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
}

// isDateFormat reports whether a format code shows a day or a time: a d, m, y, h or s outside
// quotes, brackets and escapes.
func isDateFormat(code string) bool {
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return false
			}
			i += end + 1
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return false
			}
			if in := strings.ToLower(code[i+1 : i+end]); in != "" && strings.Trim(in, "hms") == "" {
				return true
			}
			i += end
		case 'd', 'D', 'm', 'M', 'y', 'Y', 'h', 'H', 's', 'S':
			return true
		case ';':
			return false // only the first section decides
		case 'G', 'g':
			if strings.HasPrefix(strings.ToLower(code[i:]), "general") {
				return false
			}
		}
	}
	return false
}

func (w *workbook) readShared() error {
	inText, skip := false, false
	return w.each("xl/sharedStrings.xml", func(x *xmlScanner) error {
		switch x.name() {
		case "si":
			if !x.opens() || x.empty() {
				w.ends = append(w.ends, uint32(len(w.arena)))
			}
		case "rPh": // pronunciation marks
			skip = x.opens() && !x.empty()
		case "t":
			if !x.opens() && inText && !skip {
				w.arena = append(w.arena, x.text...)
			}
			inText = x.opens() && !x.empty()
		}
		if len(w.arena)+8*len(w.ends) > w.opt.Limits.Shared {
			return fault.NewInvalid("The workbook holds more than %d MB of text. Save the sheet as CSV and import that.", w.opt.Limits.Shared>>20)
		}
		return nil
	})
}

func (w *workbook) shared(i int) []byte {
	if i < 0 || i >= len(w.ends) {
		return nil
	}
	from := uint32(0)
	if i > 0 {
		from = w.ends[i-1]
	}
	return w.arena[from:w.ends[i]:w.ends[i]]
}

func (w *workbook) sheet(title, part string, fn func(*Table) error) error {
	r, err := w.open(part)
	if err != nil {
		return err
	}
	if r == nil {
		return errXML
	}
	defer r.Close()
	s := &sheetReader{w: w, x: newXML(r, w.opt.Limits.Cell)}
	return fn(&Table{Name: title, Format: "xlsx", next: s.next})
}

// sheetReader hands out the rows of one sheet.
type sheetReader struct {
	w     *workbook
	x     *xmlScanner
	line  int64
	buf   []byte // the cells' bytes
	spans [][2]int
	cells [][]byte
}

func (s *sheetReader) next() (Row, error) {
	for {
		if err := s.x.next(); err != nil {
			return Row{}, err
		}
		if s.x.name() != "row" || !s.x.opens() {
			continue
		}
		s.line++
		if n, err := strconv.ParseInt(string(s.x.attr("r")), 10, 64); err == nil && n >= s.line && n <= 1<<21 {
			s.line = n
		}
		if s.x.empty() {
			continue
		}
		any, err := s.row()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errXML
			}
			return Row{}, err
		}
		if any {
			return Row{Line: s.line, Cells: s.cells}, nil
		}
	}
}

// row reads the cells up to </row>; any says whether one of them has content.
func (s *sheetReader) row() (any bool, err error) {
	s.buf, s.spans, s.cells = s.buf[:0], s.spans[:0], s.cells[:0]
	col, style, kind, inValue := -1, 0, byte('n'), false
	for {
		if err := s.x.next(); err != nil {
			return false, err
		}
		switch s.x.name() {
		case "row":
			for _, p := range s.spans {
				s.cells = append(s.cells, s.buf[p[0]:p[1]:p[1]])
			}
			return any, nil
		case "c":
			if !s.x.opens() {
				continue
			}
			if at := column(s.x.attr("r")); at >= 0 {
				col = at
			} else {
				col++
			}
			if col >= s.w.opt.Limits.Columns {
				return false, tooManyColumns(s.line, s.w.opt.Limits.Columns)
			}
			for len(s.spans) <= col {
				s.spans = append(s.spans, [2]int{len(s.buf), len(s.buf)})
			}
			style, _ = strconv.Atoi(string(s.x.attr("s")))
			kind = kindOf(s.x.attr("t"))
		case "v", "t":
			if s.x.opens() {
				inValue = !s.x.empty()
				continue
			}
			if !inValue || col < 0 {
				continue
			}
			inValue = false
			from := len(s.buf)
			if s.spans[col][1] > s.spans[col][0] {
				from = s.spans[col][0] // a further run of one rich text
			}
			s.buf = s.w.value(s.buf, kind, style, s.x.text)
			s.spans[col] = [2]int{from, len(s.buf)}
			any = any || len(s.buf) > from
			if len(s.buf) > s.w.opt.Limits.Row {
				return false, rowTooLong(s.line, s.w.opt.Limits.Row)
			}
		}
	}
}

func kindOf(t []byte) byte {
	switch string(t) {
	case "s", "b", "e", "d":
		return t[0]
	case "str", "inlineStr":
		return 't'
	}
	return 'n'
}

// column turns "C5" into 2.
func column(ref []byte) int {
	n := 0
	for _, c := range ref {
		if c < 'A' || c > 'Z' || n > 1<<20 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}

func (w *workbook) value(dst []byte, kind byte, style int, v []byte) []byte {
	switch kind {
	case 's':
		i, err := strconv.Atoi(string(v))
		if err != nil {
			return dst
		}
		return append(dst, w.shared(i)...)
	case 'b':
		if string(v) == "1" {
			return append(dst, "TRUE"...)
		}
		return append(dst, "FALSE"...)
	case 'n':
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return append(dst, v...)
		}
		if style >= 0 && style < len(w.dates) && w.dates[style] {
			return appendSerial(dst, f, w.epoch)
		}
		return appendNumber(dst, v, f)
	}
	return append(dst, v...)
}

// appendNumber writes a number as Excel shows it: 15 significant digits, no exponent,
// so that 0.30000000000000004 is 0.3.
func appendNumber(dst, v []byte, f float64) []byte {
	if len(v) <= 15 && !strings.ContainsAny(string(v), "eE") {
		return append(dst, v...)
	}
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	if err != nil || math.Abs(r) >= 1e21 {
		return append(dst, v...)
	}
	return strconv.AppendFloat(dst, r, 'f', -1, 64)
}

// appendSerial writes a day number as ISO 8601, with the time where there is one. Day 60 of the
// 1900 system is Excel's invented 29 February 1900; days before it are one too early.
func appendSerial(dst []byte, f float64, epoch int) []byte {
	if f < 0 || f >= 2958466 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if epoch == 1 {
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if f < 60 && f >= 1 {
		f++
	}
	secs := math.Round(f * 86400)
	t := base.Add(time.Duration(secs) * time.Second)
	switch {
	case f < 1 && epoch == 0:
		return t.AppendFormat(dst, "15:04:05")
	case math.Mod(secs, 86400) == 0:
		return t.AppendFormat(dst, "2006-01-02")
	}
	return t.AppendFormat(dst, "2006-01-02 15:04:05")
}
