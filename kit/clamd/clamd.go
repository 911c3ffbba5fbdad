// SPDX-License-Identifier: Apache-2.0

// Package clamd asks ClamAV's daemon whether a file carries a virus, by the command INSTREAM of its protocol (clamd(8)).
// A nil [Scanner] finds nothing: scanning is for those who have set it up.
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"mainstay/kit/fault"
)

// Scanner reaches one daemon. It is safe for concurrent use.
type Scanner struct{ network, address string }

const (
	within = 2 * time.Minute // for one file
	chunk  = 64 << 10
)

// Open returns the scanner at host:port or at the path of a Unix socket; nil for "".
func Open(address string) (*Scanner, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // a nil scanner is one that finds nothing
	}
	if strings.HasPrefix(address, "/") {
		return &Scanner{"unix", address}, nil
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fault.NewInvalid("--clamd: %q is neither host:port nor the path of a socket.", address).Because(err)
	}
	return &Scanner{"tcp", address}, nil
}

// Scan reads r to its end and returns the name of the virus that it carries, "" when it carries none. A daemon that cannot
// be reached, or fails, is Busy; a file that is larger than the daemon takes is Invalid.
func (s *Scanner) Scan(ctx context.Context, r io.Reader) (virus string, err error) {
	if s == nil {
		return "", nil
	}
	answer, err := s.ask(ctx, "zINSTREAM\x00", r)
	if err != nil {
		return "", err
	}
	said := strings.TrimSpace(strings.TrimPrefix(answer, "stream:"))
	switch {
	case said == "OK":
		return "", nil
	case strings.HasSuffix(said, " FOUND"):
		return strings.TrimSuffix(said, " FOUND"), nil
	case strings.Contains(said, "size limit exceeded"):
		return "", fault.NewInvalid("The virus scanner takes no files of this size. Raise StreamMaxLength in clamd.conf.")
	}
	return "", fault.NewBusy("The virus scanner answers: %s", said)
}

// ScanFile is Scan for a file.
func (s *Scanner) ScanFile(ctx context.Context, path string) (virus string, err error) {
	if s == nil {
		return "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return s.Scan(ctx, f)
}

// Version asks the daemon which signatures it has.
func (s *Scanner) Version(ctx context.Context) (string, error) {
	if s == nil {
		return "", nil
	}
	return s.ask(ctx, "zVERSION\x00", nil)
}

// ask sends a command, and r in pieces where it is not nil, and returns the daemon's line.
func (s *Scanner) ask(ctx context.Context, command string, r io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", s.silent(err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	sendErr := send(conn, command, r)
	if failed, ok := errors.AsType[*readError](sendErr); ok {
		return "", failed.err
	}
	// A daemon that has enough answers before the end; its answer says more than our broken pipe.
	line, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString(0)
	if line == "" {
		return "", s.silent(errors.Join(sendErr, err))
	}
	return strings.TrimRight(line, "\x00\n"), nil
}

func (s *Scanner) silent(err error) error {
	return fault.NewBusy("The virus scanner at %s does not answer.", s.address).Because(err)
}

type readError struct{ err error }

func (e *readError) Error() string { return fmt.Sprint("cannot read what is to be scanned: ", e.err) }

func send(w io.Writer, command string, r io.Reader) error {
	if _, err := io.WriteString(w, command); err != nil || r == nil {
		return err
	}
	buf := make([]byte, 4+chunk)
	for {
		n, err := io.ReadFull(r, buf[4:])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return &readError{err}
		}
		binary.BigEndian.PutUint32(buf, uint32(n))
		if _, werr := w.Write(buf[:4+n]); werr != nil || n == 0 {
			return werr
		}
		if err != nil { // the last piece: an empty one ends the stream
			_, werr := w.Write([]byte{0, 0, 0, 0})
			return werr
		}
	}
}
