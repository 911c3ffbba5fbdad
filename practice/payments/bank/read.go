// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
)

// Options says how a file is read. The zero value is right for most.
type Options struct {
	Layout   *Layout        // of a table, where a person said what its columns are; nil = found out
	Currency money.Currency // of a table that names none
	Limits   Limits
}

// Read reads a file of a bank, whatever it is: the format is told by the content, never by the name. An archive may hold
// several. Statements come in the order of the file.
func Read(ctx context.Context, name string, at io.ReaderAt, size int64, opt Options) ([]*Statement, error) {
	limits := opt.Limits.withDefaults()
	if size > limits.Bytes {
		return nil, tooLarge(limits)
	}
	lines := 0
	head := start(io.NewSectionReader(at, 0, size))
	switch kindOf(head) {
	case isCamt:
		return readCamt(io.NewSectionReader(at, 0, size), limits, &lines)
	case isMT940:
		return readMT940(io.NewSectionReader(at, 0, size), limits, &lines)
	case isZip:
		if out, done, err := readZip(ctx, at, size, limits, &lines); done || err != nil {
			return out, err
		}
	}
	f := tabular.New(name, at, size, tabular.Options{Limits: tabular.Limits{Bytes: limits.Bytes}})
	return readTables(ctx, f, opt, limits, &lines)
}

type kind int

const (
	isTable kind = iota
	isCamt
	isMT940
	isZip
)

func start(r io.Reader) []byte {
	b := make([]byte, 512)
	n, _ := io.ReadFull(r, b)
	return b[:n]
}

func kindOf(head []byte) kind {
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return isZip
	}
	s := strings.TrimLeft(strings.TrimPrefix(string(head), "\xef\xbb\xbf"), " \r\n\t\x01")
	switch {
	case strings.HasPrefix(s, "<?xml"), strings.HasPrefix(s, "<Document"), strings.HasPrefix(s, "<!"), strings.HasPrefix(s, "<ns"):
		return isCamt
	case strings.HasPrefix(s, ":20:"), strings.HasPrefix(s, "{1:"), strings.Contains(s, "\n:20:") && strings.Contains(s, "\n:25:"):
		return isMT940
	}
	return isTable
}

// readZip reads an archive of statements, as banks deliver a month; done is false for one of tables or a workbook.
func readZip(ctx context.Context, at io.ReaderAt, size int64, limits Limits, lines *int) (out []*Statement, done bool, err error) {
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, false, fault.NewInvalid("The archive cannot be opened. Take it from the bank again.").Because(err)
	}
	left := limits
	members := 0
	for _, m := range z.File {
		if m.FileInfo().IsDir() || strings.HasPrefix(m.Name, "__MACOSX/") || strings.HasSuffix(m.Name, "[Content_Types].xml") {
			if strings.HasSuffix(m.Name, "[Content_Types].xml") {
				return nil, false, nil // a workbook
			}
			continue
		}
		if members++; members > limits.Members {
			return nil, true, fault.NewInvalid("The bank's file has more than %d statements. Take a shorter time.", limits.Members)
		}
		if err := ctx.Err(); err != nil {
			return nil, true, err
		}
		got, n, isOne, err := readMember(m, left, lines)
		if err != nil {
			return nil, true, err
		}
		if !isOne {
			if len(out) > 0 {
				return nil, true, fault.NewInvalid("The archive mixes statements with other files. Import them one by one.")
			}
			return nil, false, nil
		}
		if left.Bytes -= n; left.Bytes <= 0 {
			return nil, true, tooLarge(limits)
		}
		out = append(out, got...)
	}
	return out, len(out) > 0, nil
}

func readMember(m *zip.File, limits Limits, lines *int) (out []*Statement, size int64, isOne bool, err error) {
	head, err := openStart(m)
	if err != nil {
		return nil, 0, false, err
	}
	k := kindOf(head)
	if k != isCamt && k != isMT940 {
		return nil, 0, false, nil
	}
	r, err := m.Open()
	if err != nil {
		return nil, 0, true, broken(err)
	}
	defer func() { _ = r.Close() }()
	count := &counted{r: r, left: limits.Bytes, limits: limits}
	if k == isCamt {
		out, err = readCamt(count, limits, lines)
	} else {
		out, err = readMT940(count, limits, lines)
	}
	return out, limits.Bytes - count.left, true, err
}

func openStart(m *zip.File) ([]byte, error) {
	r, err := m.Open()
	if err != nil {
		return nil, broken(err)
	}
	defer func() { _ = r.Close() }()
	return start(r), nil
}

func broken(err error) error {
	return fault.NewInvalid("The archive cannot be opened. Take it from the bank again.").Because(err)
}
