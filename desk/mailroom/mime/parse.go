// SPDX-License-Identifier: Apache-2.0

package mime

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-message/textproto"
	"github.com/microcosm-cc/bluemonday"
)

// How much of a mail becomes the text of an entry. The whole mail is kept beside it.
const (
	maxText    = 150_000
	maxHTML    = 256 << 10
	maxSubject = 250
	maxRefs    = 50
)

// LoopHeader is written into everything that Mainstay sends.
const LoopHeader = "X-Mainstay-Loop"

// File is an attachment.
type File struct {
	Name string // safe as a file name
	Type string
	CID  string // Content-ID, by which the HTML names it
	Ref  string // where Keep put it
	Size int64
}

// Message is a mail that was read.
type Message struct {
	ID         string // without brackets; "" = it has none
	InReplyTo  []string
	References []string
	From       Address
	ReplyTo    Address
	To, Cc     []Address
	Subject    string
	Date       time.Time // zero = not said or nonsense
	Text       string    // what was written, without what was quoted
	HTML       string    // sanitised; "" = Text is all
	Images     int       // pictures of other servers that were left out
	Files      []File
	Auto       Auto
	Generated  bool // a machine wrote it of itself (Auto-Submitted): an alert, not an answer
	Bounce     *Bounce
	Loops      []string // values of [LoopHeader]
	Delivered  []Address
	Cut        bool   // the text was longer than what is shown
	Broken     bool   // something of it could not be read as it says
	Key        string // the same for copies of one mail, whatever way they took; hexadecimal

	results []string
}

// Reader reads mails.
type Reader struct {
	Limits Limits
	// Keep puts an attachment somewhere and sets Ref and Size. nil passes over them.
	Keep func(f *File, r io.Reader) error

	policy *bluemonday.Policy
}

// Read reads a mail. Beyond the limits it returns what the header says together with a [LimitError]. Other errors are
// those of src, of Keep and of ctx.
func (rd *Reader) Read(ctx context.Context, src io.ReadSeeker) (*Message, error) {
	lim := rd.Limits.orUsual()
	if rd.policy == nil {
		rd.policy = policy()
	}
	raw := src
	src, err := endLines(src)
	if err != nil {
		return nil, err
	}
	limitErr := check(withContext{ctx, src}, lim)
	if _, ok := errors.AsType[*LimitError](limitErr); limitErr != nil && !ok {
		return nil, limitErr
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	h := topHeader(src, lim)
	m := fromHeader(&h)
	if limitErr != nil {
		return m, limitErr
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	sum := sha256.New()
	p := &parser{rd: rd, m: m, sum: sum}
	if err := p.whole(mend(withContext{ctx, src}, lim)); err != nil {
		return nil, err
	}
	p.finish()
	for _, part := range []string{m.ID, m.From.Email, m.Subject, h.Get("Date")} {
		_, _ = io.WriteString(sum, "\x00"+part)
	}
	if m.ID == "" || m.From.Email == "" { // only what is the same to the last byte is a copy
		if _, err := raw.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		if _, err := io.Copy(sum, withContext{ctx, raw}); err != nil {
			return nil, err
		}
	}
	m.Key = hex.EncodeToString(sum.Sum(nil))
	return m, nil
}

// endLines returns src with ends of lines as a mail has them: some old programs wrote a bare CR for each.
func endLines(src io.ReadSeeker) (io.ReadSeeker, error) {
	begin := make([]byte, 4096)
	n, err := io.ReadFull(src, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if bytes.IndexByte(begin[:n], '\n') < 0 && bytes.IndexByte(begin[:n], '\r') >= 0 {
		return bareCR{src}, nil
	}
	return src, nil
}

type bareCR struct{ io.ReadSeeker }

func (r bareCR) Read(p []byte) (int, error) {
	n, err := r.ReadSeeker.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

type withContext struct {
	ctx context.Context
	r   io.Reader
}

func (w withContext) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

// topHeader reads the header of a mail, as much of it as the limit lets through.
func topHeader(r io.Reader, lim Limits) textproto.Header {
	lim.Size = 1 << 62
	m := mend(r, lim)
	m.scan.cut = true
	h, _ := textproto.ReadHeader(bufio.NewReader(m)) // mended: what it cannot read is not there
	return h
}

func fromHeader(h *textproto.Header) *Message {
	m := &Message{
		Subject: header(h.Get("Subject"), maxSubject), To: addresses(h.Get("To")), Cc: addresses(h.Get("Cc")),
		InReplyTo: messageIDs(h.Get("In-Reply-To"), 5), References: messageIDs(h.Get("References"), maxRefs),
	}
	if got := messageIDs(h.Get("Message-Id"), 1); len(got) == 1 {
		m.ID = got[0]
	}
	first := func(key string) (a Address) {
		for _, x := range addresses(h.Get(key)) {
			if x.Email != "" {
				return x
			}
		}
		return a
	}
	m.From, m.ReplyTo = first("From"), first("Reply-To")
	if m.From.Email == "" {
		m.From = first("Sender")
	}
	for _, k := range []string{"Delivered-To", "X-Original-To", "Envelope-To"} {
		m.Delivered = append(m.Delivered, addresses(h.Get(k))...)
	}
	if t, err := mail.ParseDate(line(h.Get("Date"), 200)); err == nil && t.Year() > 1990 && t.Year() < 2200 {
		m.Date = t.UTC()
	}
	for f := h.FieldsByKey("Authentication-Results"); f.Next() && len(m.results) < 10; {
		m.results = append(m.results, line(f.Value(), 2000))
	}
	for f := h.FieldsByKey(LoopHeader); f.Next() && len(m.Loops) < 10; {
		m.Loops = append(m.Loops, line(f.Value(), 200))
	}
	m.Auto = howWritten(h, m.From, m.Subject)
	m.Generated = m.Auto == Bulk && strings.HasPrefix(strings.ToLower(line(h.Get("Auto-Submitted"), 50)), "auto-generated")
	if m.Auto == Bounced {
		m.Bounce = &Bounce{Recipient: email(h.Get("X-Failed-Recipients"))}
	}
	return m
}

type parser struct {
	rd        *Reader
	m         *Message
	sum       io.Writer // takes the raw body
	text      []string
	html      string
	plainHTML string // HTML of which only the text is taken
	keepErr   error
}

func (p *parser) whole(r io.Reader) error {
	br := bufio.NewReader(r)
	h, err := textproto.ReadHeader(br)
	if err != nil && !errors.Is(err, io.EOF) {
		p.m.Broken = true
	}
	body := io.TeeReader(br, p.sum)
	p.part(&h, body, 0, "")
	if _, err := io.Copy(io.Discard, body); err != nil && p.keepErr == nil {
		p.keepErr = err
	}
	return p.keepErr
}

// part takes a part and those within it. parent is the kind of multipart that it stands in.
func (p *parser) part(h *textproto.Header, body io.Reader, depth int, parent string) {
	if p.keepErr != nil {
		return
	}
	kind, params := mediaType(h.Get("Content-Type"))
	if kind == "" || !strings.Contains(kind, "/") {
		kind = "text/plain"
		if parent == "multipart/digest" {
			kind = "message/rfc822"
		}
	}
	if b := boundaryOf(kind, params); b != "" && depth <= p.rd.Limits.orUsual().Depth {
		p.multi(kind, textproto.NewMultipartReader(body, b), depth)
		return
	}
	content := decoder(h.Get("Content-Transfer-Encoding"), body)
	disposition, dparams := mediaType(h.Get("Content-Disposition"))
	name := dparams["filename"]
	if name == "" {
		name = params["name"]
	}
	if p.report(kind, content) {
		return
	}
	if disposition != "attachment" && name == "" {
		switch kind {
		case "text/plain":
			p.plain(content, params["charset"])
			return
		case "text/html":
			p.page(content, params["charset"])
			return
		}
	}
	p.file(h, kind, name, content)
}

func (p *parser) multi(kind string, mr *textproto.MultipartReader, depth int) {
	for p.keepErr == nil {
		part, err := mr.NextPart()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				p.m.Broken = true
			}
			return
		}
		p.part(&part.Header, part, depth+1, kind)
	}
}

// report takes the parts of a delivery report. The text for people is read as any other.
func (p *parser) report(kind string, content io.Reader) bool {
	if p.m.Bounce == nil {
		return false
	}
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		p.m.Bounce.readStatus(content)
	case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
		p.m.Bounce.readOriginal(content)
	default:
		return false
	}
	return true
}

func (p *parser) plain(r io.Reader, charset string) {
	text, cut := toText(r, charset, maxText)
	p.m.Cut = p.m.Cut || cut
	if text = strings.TrimSpace(text); text != "" && len(p.text) < 20 {
		p.text = append(p.text, text)
	}
}

func (p *parser) page(r io.Reader, charset string) {
	const readable = 4 * maxHTML
	text, cut := toText(r, charset, readable)
	switch {
	case p.html != "" || p.plainHTML != "":
		p.plainHTML += text[:min(len(text), maxText)]
		p.plainHTML = p.plainHTML[:min(len(p.plainHTML), readable)]
	case cut || len(text) > maxHTML:
		p.plainHTML, p.m.Cut = text, true
	default:
		p.html = text
	}
}

func (p *parser) file(h *textproto.Header, kind, name string, r io.Reader) {
	f := File{Name: fileName(header(name, 200), kind, len(p.m.Files)), Type: line(kind, 100), CID: strings.Trim(line(h.Get("Content-Id"), 200), "<>")}
	if p.rd.Keep != nil {
		src := &marked{r: r}
		err := p.rd.Keep(&f, src)
		if src.broken { // the part ends before its boundary: what came is kept
			p.m.Broken = true
		}
		if err != nil {
			p.keepErr = err
			return
		}
	}
	p.m.Files = append(p.m.Files, f)
}

// marked turns the end of a part that was cut off into an ordinary end, and remembers it.
type marked struct {
	r      io.Reader
	broken bool
}

func (m *marked) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		m.broken, err = true, io.EOF
	}
	return n, err
}

func (p *parser) finish() {
	m := p.m
	text := strings.Join(p.text, "\n\n")
	fresh, quoted := splitQuoted(text)
	if p.html != "" {
		if got, ok := readHTML(p.html, p.rd.policy); ok {
			m.HTML, m.Images = got.html, got.images
			if text == "" {
				fresh = got.fresh
				if fresh == "" {
					fresh, _ = splitQuoted(got.all)
				}
			}
		} else {
			p.plainHTML = p.html
		}
	}
	if p.plainHTML != "" && text == "" && m.HTML == "" {
		fresh, quoted = splitQuoted(plainOf(p.plainHTML))
	}
	if m.HTML == "" && quoted != "" {
		m.HTML = asHTML(fresh, quoted)
	}
	if m.Text = fresh; len(m.Text) > maxText {
		m.Text, m.Cut = strings.ToValidUTF8(m.Text[:maxText], ""), true
	}
	if b := m.Bounce; b != nil && b.Original == "" {
		if refs := append(m.References, m.InReplyTo...); len(refs) > 0 {
			b.Original = refs[len(refs)-1]
		}
	}
	if b := m.Bounce; b != nil && b.Why == "" {
		b.Why = line(m.Text, 300)
	}
}

// fileName makes a name that can stand in any folder.
func fileName(name, kind string, n int) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name), ". ")
	if name != "" {
		return name
	}
	ending := ".bin"
	switch kind {
	case "message/rfc822":
		ending = ".eml"
	case "text/calendar":
		ending = ".ics"
	case "text/plain":
		ending = ".txt"
	case "text/html":
		ending = ".html"
	case "image/png", "image/gif", "image/jpeg":
		ending = "." + kind[6:]
	}
	b := bytes.NewBufferString("attachment")
	if n > 0 {
		b.WriteString("-" + string(rune('0'+n%10)))
	}
	return b.String() + ending
}
