// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

// HTTP/2 (RFC 9113) for one request over a connection of its own, by hand for the same reason as HTTP/1.1: the one of net/http would make
// the agent a sixth larger.

// The frames, flags, settings and reasons that matter here.
const (
	frameData, frameHeaders, frameReset, frameSettings, framePush, framePing, frameGoAway, frameWindow, frameMore = 0, 1, 3, 4, 5, 6, 7, 8, 9

	flagEnd, flagAck, flagHeadersEnd, flagPadded, flagPriority = 0x1, 0x1, 0x4, 0x8, 0x20

	settingPush, settingWindow, settingFrame, settingHead = 2, 4, 5, 6

	reasonNone, reasonRefused, reasonCalm, reasonOld = 0, 7, 11, 13

	preface     = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	frameSize   = 16 << 10 // the largest that both sides take without being asked
	firstWindow = 65_535
	ourWindow   = 1 << 20
	theStream   = 1
)

// errOldHTTP says that the server wants HTTP/1.1 for this request, although it chose HTTP/2 (HTTP_1_1_REQUIRED).
var errOldHTTP = errors.New("the server wants HTTP/1.1")

var errNoHTTP2 = because("what it says is no HTTP/2, although it chose it")

// h2 is a connection with its one stream.
type h2 struct {
	conn net.Conn
	r    *bufio.Reader
	dec  *hpack.Decoder

	whole, stream int64 // octets that may be sent: on the connection, on the stream
	window        int64 // what the server lets a stream begin with

	res   *http.Response
	begun bool  // the server's settings have come
	ended bool  // the answer is whole
	want  int64 // octets of the body that were announced, -1 = not said
	rest  []byte
	got   int64
	early int // answers that were none yet
}

// exchangeH2 sends a request and reads the head of its answer, whose body reads on from the connection.
func exchangeH2(conn net.Conn, req *http.Request, most int) (*http.Response, error) {
	h := &h2{conn: conn, r: bufio.NewReader(io.LimitReader(conn, int64(most)*2+2*maxHead)), whole: firstWindow, stream: firstWindow, window: firstWindow, want: -1}
	h.dec = hpack.NewDecoder(4096, nil)
	h.dec.SetMaxStringLength(maxHead)
	err := h.open(req)
	for err == nil && h.res == nil {
		err = h.step(req.Method)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = because("the other end closed the connection without an answer")
	}
	return h.res, err
}

// open says what is asked for.
func (h *h2) open(req *http.Request) error {
	var settings []byte
	for _, s := range [][2]uint32{{settingPush, 0}, {settingWindow, ourWindow}, {settingHead, maxHead}} {
		settings = binary.BigEndian.AppendUint16(settings, uint16(s[0]))
		settings = binary.BigEndian.AppendUint32(settings, s[1])
	}
	out := frame([]byte(preface), frameSettings, 0, 0, settings)
	out = frame(out, frameWindow, 0, 0, binary.BigEndian.AppendUint32(nil, ourWindow-firstWindow))
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return err
		}
	}
	end := byte(0)
	if len(body) == 0 {
		end = flagEnd
	}
	block := headOf(req, len(body))
	for kind := byte(frameHeaders); ; kind = frameMore {
		n := min(len(block), frameSize)
		flags := byte(0)
		if kind == frameHeaders {
			flags = end
		}
		if n == len(block) {
			flags |= flagHeadersEnd
		}
		out = frame(out, kind, flags, theStream, block[:n])
		if block = block[n:]; len(block) == 0 {
			break
		}
	}
	if _, err := h.conn.Write(out); err != nil {
		return err
	}
	return h.send(req.Method, body)
}

// send sends the body, as much at a time as the server lets.
func (h *h2) send(method string, body []byte) error {
	for len(body) > 0 && !h.ended {
		n := min(int64(len(body)), h.whole, h.stream, frameSize)
		if n <= 0 {
			if err := h.step(method); err != nil {
				return err
			}
			continue
		}
		flags := byte(0)
		if int(n) == len(body) {
			flags = flagEnd
		}
		if _, err := h.conn.Write(frame(nil, frameData, flags, theStream, body[:n])); err != nil {
			return err
		}
		h.whole, h.stream, body = h.whole-n, h.stream-n, body[n:]
	}
	return nil
}

// frame appends a frame.
func frame(to []byte, kind, flags byte, stream uint32, load []byte) []byte {
	n := len(load)
	to = append(to, byte(n>>16), byte(n>>8), byte(n), kind, flags)
	return append(binary.BigEndian.AppendUint32(to, stream), load...)
}

// headOf writes the head of a request in HPACK (RFC 7541): every field by its text, none to be remembered.
func headOf(req *http.Request, body int) (out []byte) {
	put := func(name, value string) {
		out = append(out, 0x10) // a literal that is never indexed
		out = text(text(out, name), value)
	}
	authority := req.Host
	if authority == "" {
		authority = req.URL.Host
	}
	put(":method", req.Method)
	put(":scheme", req.URL.Scheme)
	put(":authority", authority)
	put(":path", req.URL.RequestURI())
	plain := strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")
	for name, values := range req.Header {
		switch name = strings.ToLower(name); name {
		case "host", "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "te", "content-length": // of the connection, which HTTP/2 has its own way for
			continue
		}
		for _, v := range values {
			put(name, plain.Replace(v))
		}
	}
	if body > 0 {
		put("content-length", strconv.Itoa(body))
	}
	return out
}

// text appends a text with its length before it, in 7 bits and more.
func text(to []byte, s string) []byte {
	n := len(s)
	if n < 127 {
		return append(append(to, byte(n)), s...)
	}
	to = append(to, 127)
	for n -= 127; n >= 128; n >>= 7 {
		to = append(to, byte(n)|0x80)
	}
	return append(append(to, byte(n)), s...)
}

// read reads a frame.
func (h *h2) read() (kind, flags byte, stream uint32, load []byte, err error) {
	var head [9]byte
	if _, err := io.ReadFull(h.r, head[:]); err != nil {
		return 0, 0, 0, nil, broken(err)
	}
	n := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
	kind, flags, stream = head[3], head[4], binary.BigEndian.Uint32(head[5:])&0x7fffffff
	if n > frameSize || !h.begun && kind != frameSettings {
		return 0, 0, 0, nil, errNoHTTP2
	}
	load = make([]byte, n)
	if _, err := io.ReadFull(h.r, load); err != nil {
		return 0, 0, 0, nil, broken(err)
	}
	return kind, flags, stream, load, nil
}

func broken(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// step reads a frame and does what it asks for.
func (h *h2) step(method string) error {
	kind, flags, stream, load, err := h.read()
	if err != nil {
		return err
	}
	switch {
	case kind == frameSettings:
		return h.settings(flags, load)
	case kind == framePing && flags&flagAck == 0:
		_, err := h.conn.Write(frame(nil, framePing, flagAck, 0, load))
		return err
	case kind == frameWindow:
		return h.wider(stream, load)
	case kind == frameGoAway:
		if len(load) < 8 {
			return errNoHTTP2
		}
		if binary.BigEndian.Uint32(load)&0x7fffffff < theStream {
			return refused(binary.BigEndian.Uint32(load[4:]))
		}
		return nil // it will answer what was asked
	case kind == framePush, kind == frameMore:
		return errNoHTTP2 // none was allowed; what goes on belongs to nothing
	case stream != theStream:
		return nil
	case kind == frameReset:
		if len(load) != 4 {
			return errNoHTTP2
		}
		return refused(binary.BigEndian.Uint32(load))
	case kind == frameHeaders:
		return h.head(method, flags, load)
	case kind == frameData:
		return h.data(flags, load)
	}
	return nil
}

// refused says why the server does not answer.
func refused(reason uint32) error {
	switch reason {
	case reasonOld:
		return errOldHTTP
	case reasonRefused, reasonCalm:
		return because("the server refuses the request: it has too much to do")
	case reasonNone:
		return io.ErrUnexpectedEOF
	}
	return because("the server breaks off the request (HTTP/2 error %d)", int(reason))
}

func (h *h2) settings(flags byte, load []byte) error {
	if flags&flagAck != 0 {
		return nil
	}
	if len(load)%6 != 0 {
		return errNoHTTP2
	}
	h.begun = true
	for ; len(load) > 0; load = load[6:] {
		if v := int64(binary.BigEndian.Uint32(load[2:])); binary.BigEndian.Uint16(load) == settingWindow {
			if v > 1<<31-1 {
				return errNoHTTP2
			}
			h.stream, h.window = h.stream+v-h.window, v
		}
	}
	_, err := h.conn.Write(frame(nil, frameSettings, flagAck, 0, nil))
	return err
}

func (h *h2) wider(stream uint32, load []byte) error {
	if len(load) != 4 {
		return errNoHTTP2
	}
	n := int64(binary.BigEndian.Uint32(load) & 0x7fffffff)
	switch stream {
	case 0:
		h.whole = min(h.whole+n, 1<<31-1)
	case theStream:
		h.stream = min(h.stream+n, 1<<31-1)
	}
	return nil
}

// unpadded takes away what only fills.
func unpadded(flags byte, load []byte) ([]byte, bool) {
	if flags&flagPadded == 0 {
		return load, true
	}
	if len(load) == 0 || int(load[0]) >= len(load) {
		return nil, false
	}
	return load[1 : len(load)-int(load[0])], true
}

// head reads the head of an answer, or what comes after its body.
func (h *h2) head(method string, flags byte, load []byte) error {
	block, ok := unpadded(flags, load)
	if flags&flagPriority != 0 && ok {
		if ok = len(block) >= 5; ok {
			block = block[5:]
		}
	}
	if !ok {
		return errNoHTTP2
	}
	for whole := flags&flagHeadersEnd != 0; !whole; {
		kind, more, stream, load, err := h.read()
		switch {
		case err != nil:
			return err
		case kind != frameMore || stream != theStream:
			return errNoHTTP2
		case len(block)+len(load) > maxHead:
			return because("the head of its answer is too large")
		}
		block, whole = append(block, load...), more&flagHeadersEnd != 0
	}
	status, header, err := h.fields(block)
	if err != nil {
		return err
	}
	h.ended = flags&flagEnd != 0
	switch {
	case h.res != nil: // after the body
		if !h.ended || status != 0 {
			return errNoHTTP2
		}
		return nil
	case status < 100 || status > 999:
		return errNoHTTP2
	case status < 200:
		if h.early++; h.ended || h.early > 4 {
			return because("it says again and again that an answer will come")
		}
		return nil
	}
	h.res = &http.Response{StatusCode: status, Proto: "HTTP/2.0", ProtoMajor: 2, Header: header, Body: h}
	if n, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil && n >= 0 && method != http.MethodHead && status != http.StatusNotModified {
		h.want = n
	}
	return nil
}

// fields reads a block of HPACK. Few octets can stand for many: what is too much is refused before it is made.
func (h *h2) fields(block []byte) (status int, out http.Header, err error) {
	out = http.Header{}
	size, strange := 0, false
	h.dec.SetEmitEnabled(true)
	h.dec.SetEmitFunc(func(f hpack.HeaderField) {
		if size += int(f.Size()); size > maxHead {
			h.dec.SetEmitEnabled(false)
			return
		}
		switch {
		case f.Name == ":status" && status == 0 && len(f.Value) == 3:
			status, _ = strconv.Atoi(f.Value)
		case strings.HasPrefix(f.Name, ":"):
			strange = true
		default:
			out.Add(f.Name, f.Value)
		}
	})
	if _, err := h.dec.Write(block); err != nil || h.dec.Close() != nil || strange {
		return 0, nil, errNoHTTP2
	}
	if size > maxHead {
		return 0, nil, because("the head of its answer is too large")
	}
	return status, out, nil
}

// data takes a piece of the body, and lets the server send as much again.
func (h *h2) data(flags byte, load []byte) error {
	piece, ok := unpadded(flags, load)
	if !ok || h.res == nil || h.ended {
		return errNoHTTP2
	}
	h.rest, h.got, h.ended = append(h.rest, piece...), h.got+int64(len(piece)), flags&flagEnd != 0
	if len(load) == 0 || h.ended {
		return nil
	}
	n := binary.BigEndian.AppendUint32(nil, uint32(len(load)))
	_, err := h.conn.Write(frame(frame(nil, frameWindow, 0, 0, n), frameWindow, 0, theStream, n))
	return err
}

// Read reads the body.
func (h *h2) Read(p []byte) (int, error) {
	for len(h.rest) == 0 {
		switch {
		case h.ended && h.want >= 0 && h.got != h.want:
			return 0, io.ErrUnexpectedEOF
		case h.ended:
			return 0, io.EOF
		}
		if err := h.step(""); err != nil {
			return 0, err
		}
	}
	n := copy(p, h.rest)
	h.rest = h.rest[n:]
	return n, nil
}

// Close does nothing: the connection is of whoever made it.
func (*h2) Close() error { return nil }
