// SPDX-License-Identifier: Apache-2.0

package tabular

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"mainstay/kit/fault"
)

// Options says how a file is read. The zero value is right for most.
type Options struct {
	Limits    Limits
	Delimiter byte                    // 0: found out from the content
	Progress  func(done, total int64) // bytes of the file as stored; called a few times a megabyte
}

// File is a file that can be read several times.
type File struct {
	Name string // as the user knows it, without folders
	Size int64  // bytes as stored

	at    io.ReaderAt
	opt   Options
	close func() error
}

// Open opens the file at path.
func Open(path string, opt Options) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.NewNotFound("The file %s cannot be opened.", filepath.Base(path)).Because(err)
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = errors.New("is a folder")
	}
	if err != nil {
		_ = f.Close()
		return nil, fault.NewInvalid("%s is not a file that can be read.", filepath.Base(path)).Because(err)
	}
	file := New(filepath.Base(path), f, st.Size(), opt)
	file.close = f.Close
	return file, nil
}

// New returns a file over at, which must stay readable as long as the file is used.
func New(name string, at io.ReaderAt, size int64, opt Options) *File {
	opt.Limits = opt.Limits.withDefaults()
	return &File{Name: name, Size: size, at: at, opt: opt, close: func() error { return nil }}
}

// Spool copies a stream to a temporary file in dir ("" for the system's) and
// returns it as a file; Close removes it.
func Spool(name string, r io.Reader, dir string, opt Options) (*File, error) {
	l := opt.Limits.withDefaults()
	tmp, err := os.CreateTemp(dir, "upload-*")
	if err != nil {
		return nil, fault.NewBusy("There is no room for the upload.").Because(err)
	}
	drop := func() error { return errors.Join(tmp.Close(), os.Remove(tmp.Name())) }
	n, err := io.Copy(tmp, io.LimitReader(r, l.Bytes+1))
	if err == nil && n > l.Bytes {
		err = tooLarge(l.Bytes)
	}
	if err != nil {
		return nil, errors.Join(err, drop())
	}
	f := New(name, tmp, n, opt)
	f.close = drop
	return f, nil
}

// Close releases what Open or Spool took.
func (f *File) Close() error { return f.close() }

// WithProgress returns the same file reporting to p.
func (f *File) WithProgress(p func(done, total int64)) *File {
	c := *f
	c.opt.Progress = p
	return &c
}

// Tell reports progress to whom the options name, for work on the file that is not reading.
func (f *File) Tell(done, total int64) {
	if f.opt.Progress != nil {
		f.opt.Progress(done, total)
	}
}

// Reader returns the bytes as stored, from the start, for hashing.
func (f *File) Reader() io.Reader { return io.NewSectionReader(f.at, 0, f.Size) }

var (
	magicZip  = []byte("PK\x03\x04")
	magicNone = []byte("PK\x05\x06") // an empty zip
	magicGzip = []byte{0x1f, 0x8b}
)

// foreign are formats that people try and that are not tables of text.
var foreign = []struct{ magic, text string }{
	{"\xd0\xcf\x11\xe0", "This is an old Excel file (.xls). Save it as .xlsx or CSV and try again."},
	{"%PDF", "This is a PDF. Export the report as CSV or Excel instead."},
	{"\x89PNG", "This is a picture. Export the report as CSV or Excel instead."},
	{"\xff\xd8\xff", "This is a picture. Export the report as CSV or Excel instead."},
	{"7z\xbc\xaf", "This is a 7z archive. Use .zip or .gz, or the file itself."},
	{"Rar!", "This is a RAR archive. Use .zip or .gz, or the file itself."},
	{"\x7fELF", "This is a program, not a table."},
	{"SQLite format 3", "This is a database file. Export a table as CSV instead."},
	{"{\\rtf", "This is a text document. Export the report as CSV or Excel instead."},
}

// Each calls fn with every table in the file, one after the other. A table that
// fn does not read to its end is skipped. The first error ends it.
func (f *File) Each(ctx context.Context, fn func(*Table) error) error {
	l := f.opt.Limits
	if f.Size == 0 {
		return fault.NewInvalid("The file %s is empty.", f.Name)
	}
	if f.Size > l.Bytes {
		if err := f.refuseEarly(); err != nil {
			return err
		}
		return tooLarge(l.Bytes)
	}
	head := make([]byte, 16)
	n, err := f.at.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	c := &counter{ctx: ctx, limit: l.Bytes, total: f.Size, tell: f.opt.Progress}
	switch {
	case bytes.HasPrefix(head, magicZip), bytes.HasPrefix(head, magicNone):
		return f.eachInZip(c, fn)
	case bytes.HasPrefix(head, magicGzip):
		return f.inGzip(c, fn)
	}
	r := &stored{r: io.NewSectionReader(f.at, 0, f.Size), c: c}
	return eachText(f.Name, &unpacked{r: r, c: c}, f.opt, fn)
}

// refuseEarly looks at the first bytes of a file that is too large, since "this is
// binary" helps more than "split it".
func (f *File) refuseEarly() error {
	head := make([]byte, sampleSize)
	n, _ := f.at.ReadAt(head, 0)
	_, err := detect(head[:n])
	return err
}

func (f *File) inGzip(c *counter, fn func(*Table) error) error {
	z, err := gzip.NewReader(&stored{r: io.NewSectionReader(f.at, 0, f.Size), c: c})
	if err != nil {
		return fault.NewInvalid("The .gz file is damaged.").Because(err)
	}
	name := strings.TrimSuffix(f.Name, path.Ext(f.Name))
	u := &unpacked{r: z, c: c, packed: f.Size, ratio: f.opt.Limits.Ratio, what: "The .gz file is damaged: its checksum or end is wrong."}
	return eachText(name, u, f.opt, fn)
}

func eachText(name string, r io.Reader, opt Options, fn func(*Table) error) error {
	t, err := newText(name, r, opt)
	if err != nil {
		return err
	}
	return fn(t)
}

func (f *File) eachInZip(c *counter, fn func(*Table) error) error {
	z, err := zip.NewReader(f.at, f.Size)
	if err != nil {
		return fault.NewInvalid("The file %s is damaged: its list of contents cannot be read.", f.Name).Because(err)
	}
	if err := checkZip(z, f.opt.Limits, f.Size); err != nil {
		return err
	}
	for _, m := range z.File {
		if strings.EqualFold(m.Name, "xl/workbook.xml") {
			return eachSheet(f.Name, z, c, f.opt, fn)
		}
	}
	found := false
	for _, m := range z.File {
		if skipMember(m) {
			continue
		}
		found = true
		if err := f.member(m, c, fn); err != nil {
			return err
		}
	}
	if !found {
		return fault.NewInvalid("The archive %s holds no table.", f.Name)
	}
	return nil
}

func checkZip(z *zip.Reader, l Limits, size int64) error {
	if len(z.File) > l.Members {
		return fault.NewInvalid("The archive holds %d files; at most %d are read.", len(z.File), l.Members)
	}
	var total uint64
	for _, m := range z.File {
		total += m.UncompressedSize64
		if m.UncompressedSize64 > uint64(l.Bytes) || total > uint64(l.Bytes) {
			return tooLarge(l.Bytes)
		}
	}
	if total > ratioFrom && total/uint64(max(size, 1)) > uint64(l.Ratio) {
		return bomb()
	}
	return nil
}

func bomb() error {
	return fault.NewInvalid("The archive unpacks to far more than an export would. It is refused; unpack it yourself and import the file.")
}

// skipMember leaves out folders and what archivers add on their own.
func skipMember(m *zip.File) bool {
	base := path.Base(m.Name)
	return m.FileInfo().IsDir() || strings.HasPrefix(m.Name, "__MACOSX/") || strings.HasPrefix(base, ".") || base == "Thumbs.db"
}

func (f *File) member(m *zip.File, c *counter, fn func(*Table) error) error {
	base := path.Base(strings.ReplaceAll(m.Name, `\`, "/"))
	r, err := m.Open()
	if err != nil {
		return fault.NewInvalid("%s in the archive cannot be unpacked.", base).Because(err)
	}
	defer r.Close()
	u := &unpacked{r: r, c: c, packed: int64(m.CompressedSize64), ratio: f.opt.Limits.Ratio, what: base + " in the archive is damaged."}
	c.stored += int64(m.CompressedSize64)
	head := make([]byte, 4)
	n, err := io.ReadFull(u, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	if n == 0 {
		return nil // an empty member holds no rows
	}
	all := io.MultiReader(bytes.NewReader(head), u)
	switch {
	case bytes.HasPrefix(head, magicGzip):
		return fault.NewInvalid("%s is an archive inside the archive. Unpack it first.", base)
	case bytes.HasPrefix(head, magicZip):
		return f.sheetInZip(base, all, c, fn)
	}
	return eachText(f.Name+"/"+base, all, f.opt, fn)
}

// sheetInZip reads a workbook inside an archive; any other archive in it is refused.
func (f *File) sheetInZip(base string, r io.Reader, c *counter, fn func(*Table) error) error {
	if !strings.EqualFold(path.Ext(base), ".xlsx") {
		return fault.NewInvalid("%s is an archive inside the archive. Unpack it first.", base)
	}
	tmp, err := Spool(base, r, "", f.opt)
	if err != nil {
		return err
	}
	defer func() { _ = tmp.Close() }()
	z, err := zip.NewReader(tmp.at, tmp.Size)
	if err != nil {
		return fault.NewInvalid("%s in the archive is damaged.", base).Because(err)
	}
	if err := checkZip(z, f.opt.Limits, tmp.Size); err != nil {
		return err
	}
	return eachSheet(f.Name+"/"+base, z, c, f.opt, fn)
}

// counter adds up what is read from the file and what is unpacked from it.
type counter struct {
	ctx      context.Context
	tell     func(done, total int64)
	limit    int64
	total    int64
	stored   int64
	told     int64
	unpacked int64
}

// stored counts the bytes as they lie in the file.
type stored struct {
	r io.Reader
	c *counter
}

func (s *stored) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.c.stored += int64(n)
	return n, err
}

// unpacked counts the bytes that come out, and ends the reading when the user
// gave up or a limit is passed.
type unpacked struct {
	r      io.Reader
	c      *counter
	packed int64 // bytes of this member as stored; 0 where nothing is unpacked
	ratio  int64
	own    int64
	what   string // the sentence for a damaged stream
}

func (u *unpacked) Read(p []byte) (int, error) {
	if err := u.c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := u.r.Read(p)
	u.own += int64(n)
	u.c.unpacked += int64(n)
	if u.c.tell != nil && (u.c.stored-u.c.told > 1<<18 || err != nil) {
		u.c.told = u.c.stored
		u.c.tell(min(u.c.stored, u.c.total), u.c.total)
	}
	switch {
	case u.c.unpacked > u.c.limit:
		return 0, tooLarge(u.c.limit)
	case u.packed > 0 && u.own > ratioFrom && u.own/u.packed > u.ratio:
		return 0, bomb()
	case err != nil && !errors.Is(err, io.EOF) && u.what != "":
		return n, fault.NewInvalid("%s", u.what).Because(err)
	}
	return n, err
}
