// SPDX-License-Identifier: Apache-2.0

package access

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the published lists of leaked passwords are lists of SHA-1; nothing is protected with it here
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"

	"mainstay/kit/fault"
)

// Breached is a file of leaked passwords, as "Have I Been Pwned" offers it for download ordered by
// hash: a SHA-1 in hexadecimal a line, or its beginning of 16 digits or more, sorted; what follows a colon is
// not looked at. Nothing is asked over the network. The zero pointer knows no password.
type Breached struct{ path string }

// Lines have a bounded length, so that one read finds a whole one.
const (
	maxHashLine = 128
	minHash     = 16 // hexadecimal digits: fewer would refuse others by accident
)

// OpenBreached looks whether the file at path is such a list; "" is none.
func OpenBreached(path string) (*Breached, error) {
	if path == "" {
		return nil, nil
	}
	b := &Breached{path}
	if _, err := b.Has("a first look"); err != nil {
		return nil, err
	}
	return b, nil
}

// Has looks a password up by bisection: about 40 small reads in the largest list.
func (b *Breached) Has(password string) (bool, error) {
	if b == nil {
		return false, nil
	}
	f, err := os.Open(b.path)
	if err != nil {
		return false, fault.NewInvalid("The file of --breached-passwords cannot be read.").Because(err)
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return false, err
	}
	h := sha1.Sum([]byte(password)) //nolint:gosec // see the import
	want := strings.ToUpper(hex.EncodeToString(h[:]))
	// The first line that begins in [low, high) may be the one; every line before low is smaller.
	low, high := int64(0), size
	for low < high {
		mid := low + (high-low)/2
		start, next, line, err := lineAt(f, mid)
		if err != nil {
			return false, fault.NewInvalid("The file of --breached-passwords is not a list of SHA-1 in hexadecimal, ordered by hash.").Because(err)
		}
		switch {
		case strings.HasPrefix(want, line):
			return true, nil
		case line < want:
			low = next
		default:
			high = start
		}
	}
	return false, nil
}

// lineAt returns the line that holds the byte at, where it starts and where the next one does.
func lineAt(f io.ReaderAt, at int64) (start, next int64, hash string, err error) {
	from := max(0, at-maxHashLine)
	buf := make([]byte, 2*maxHashLine)
	n, err := f.ReadAt(buf, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, "", err
	}
	buf = buf[:n]
	here := int(at - from)
	begin := bytes.LastIndexByte(buf[:here], '\n') + 1
	if begin == 0 && from > 0 {
		return 0, 0, "", errors.New("a line is too long")
	}
	end := bytes.IndexByte(buf[here:], '\n')
	if end < 0 {
		end = len(buf) - here
		if from+int64(n) > at && n == cap(buf) {
			return 0, 0, "", errors.New("a line is too long")
		}
	}
	end += here
	text, _, _ := strings.Cut(strings.TrimRight(string(buf[begin:end]), "\r"), ":")
	text = strings.ToUpper(strings.TrimSpace(text))
	if len(text) < minHash || len(text) > 2*sha1.Size || strings.Trim(text, "0123456789ABCDEF") != "" {
		return 0, 0, "", errors.New("a line does not begin with a hash")
	}
	return from + int64(begin), from + int64(end) + 1, text, nil
}
