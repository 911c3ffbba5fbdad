// SPDX-License-Identifier: Apache-2.0

package web

import (
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"mainstay/kit/locale"
	"mainstay/kit/page/chart"
	"mainstay/practice/journey"
	"mainstay/practice/journey/signs"
)

// Page geometry in millimetres: A4 with equal margins.
const (
	paperMargin = 16.0
	paperWidth  = 210 - 2*paperMargin
	paperBottom = 297 - 18.0
)

// rgb is a colour of the light theme.
type rgb struct{ r, g, b int }

var ink, soft, faint, line, track = rgb{27, 28, 30}, rgb{84, 87, 93}, rgb{98, 102, 109}, rgb{222, 220, 214}, rgb{236, 235, 231}

func colorOf(class string) rgb {
	switch class {
	case chart.C1:
		return rgb{15, 107, 92}
	case chart.C2:
		return rgb{88, 165, 151}
	case chart.C3:
		return rgb{211, 139, 47}
	case chart.C5:
		return rgb{74, 114, 201}
	case chart.C6:
		return rgb{138, 95, 181}
	}
	return rgb{155, 152, 143}
}

// pale mixes a colour with white, for the zones of a scale.
func (c rgb) pale() rgb {
	mix := func(x int) int { return 255 - (255-x)*38/100 }
	return rgb{mix(c.r), mix(c.g), mix(c.b)}
}

// paper draws one document.
type paper struct {
	*show
	f *fpdf.Fpdf
	y float64
}

// WritePDF writes the assessment as a PDF file in the printer's language. The same assessment
// gives the same bytes.
func WritePDF(w io.Writer, a *journey.Assessment, p locale.Printer) error {
	f := fpdf.New("P", "mm", "A4", "")
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if a.Window.To.Known() {
		epoch = a.Window.To.Last().Time(time.UTC)
	}
	f.SetCreationDate(epoch)
	f.SetModificationDate(epoch)
	f.SetCatalogSort(true)
	f.SetProducer("Mainstay", true)
	f.SetTitle(p.T("Where you stand between break/fix and managed"), true)
	f.SetLang(string(p.Tag()))
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	f.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	f.SetMargins(paperMargin, paperMargin, paperMargin)
	f.SetAutoPageBreak(false, 0)
	d := &paper{show: &show{a: a, p: p, file: true}, f: f}
	f.SetFooterFunc(func() {
		d.text(paperMargin, 297-9, 8, false, faint, d.window())
		d.right(210-paperMargin, 297-9, 8, false, faint, d.p.T("page %d", f.PageNo()))
	})
	d.page()
	d.cover()
	d.axes()
	d.months()
	d.indicators()
	d.figures()
	d.ranking()
	d.talks()
	d.plan()
	d.missing()
	return f.Output(w)
}

func (d *paper) page() {
	d.f.AddPage()
	d.y = paperMargin
}

// room begins a new page unless h millimetres are left.
func (d *paper) room(h float64) {
	if d.y+h > paperBottom {
		d.page()
	}
}

func (d *paper) ink(c rgb)  { d.f.SetTextColor(c.r, c.g, c.b) }
func (d *paper) fill(c rgb) { d.f.SetFillColor(c.r, c.g, c.b) }
func (d *paper) draw(c rgb) { d.f.SetDrawColor(c.r, c.g, c.b) }

func (d *paper) font(size float64, bold bool) {
	style := ""
	if bold {
		style = "B"
	}
	d.f.SetFont("go", style, size)
}

// clean takes out what the font cannot show and what could not be laid out.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u00a0' || r == '\u202f' || r == '\u2009':
			return ' '
		case r < ' ', r > 0xffff:
			return -1
		case r == '⟦' || r == '⟧':
			return '|'
		}
		return r
	}, s)
}

// text writes one line with its baseline at y.
func (d *paper) text(x, y, size float64, bold bool, c rgb, s string) {
	d.font(size, bold)
	d.ink(c)
	d.f.Text(x, y, clean(s))
}

func (d *paper) right(x, y, size float64, bold bool, c rgb, s string) {
	d.font(size, bold)
	d.text(x-d.f.GetStringWidth(clean(s)), y, size, bold, c, s)
}

func (d *paper) center(x, y, size float64, bold bool, c rgb, s string) {
	d.font(size, bold)
	d.text(x-d.f.GetStringWidth(clean(s))/2, y, size, bold, c, s)
}

// cut shortens a text to a width.
func (d *paper) cut(s string, width, size float64, bold bool) string {
	d.font(size, bold)
	s = clean(s)
	if d.f.GetStringWidth(s) <= width {
		return s
	}
	r := []rune(s)
	for len(r) > 1 && d.f.GetStringWidth(string(r)+"…") > width {
		r = r[:len(r)-1]
	}
	return strings.TrimRight(string(r), " ") + "…"
}

// wrap writes a paragraph and moves down.
func (d *paper) wrap(x, width, size float64, c rgb, s string) {
	d.font(size, false)
	d.ink(c)
	for _, l := range d.f.SplitText(clean(s), width) {
		d.room(size * .5)
		d.y += size * .46
		d.text(x, d.y, size, false, c, l)
	}
}

func (d *paper) heading(s string) {
	d.room(26)
	d.y += 9
	d.text(paperMargin, d.y, 12, true, ink, s)
	d.y += 2.5
}

func (d *paper) rule() {
	d.draw(line)
	d.f.SetLineWidth(.15)
	d.f.Line(paperMargin, d.y, 210-paperMargin, d.y)
}

func (d *paper) box(x, y, w, h float64, c rgb) {
	d.fill(c)
	d.f.Rect(x, y, w, h, "F")
}

func (d *paper) cover() {
	d.y += 4
	d.text(paperMargin, d.y, 9, false, faint, d.p.T("Where you stand between break/fix and managed"))
	head, text := d.verdict()
	d.y += 11
	d.text(paperMargin, d.y, 22, true, ink, head)
	d.y += 3
	d.wrap(paperMargin, paperWidth, 9.5, soft, text)
	d.y += 12
	f := d.a.Firm
	d.position(paperMargin, d.y, paperWidth, 4.5, f.Measured, f.Position, f.Interval, f.Bounds, true)
	d.y += 13
	if f.Measured {
		d.wrap(paperMargin, paperWidth, 9, soft, d.p.T("Position %s of 100 from what is measured; 90 %% interval %s.", d.points(f.Position), d.interval(f.Interval))+" "+
			d.p.T("If everything missing spoke for one side: %s.", d.interval(f.Bounds)))
	} else {
		d.wrap(paperMargin, paperWidth, 9, soft, d.p.T("Too little for a position: anything between %s of 100 is possible.", d.interval(f.Bounds)))
	}
	d.wrap(paperMargin, paperWidth, 9, soft, d.p.T("Coverage %s", d.percent(f.Coverage))+": "+d.p.T("%d of %d indicators; a verdict needs %s", measuredCount(d.show), len(f.Indicators), d.percent(d.a.Thresholds.Coverage)))
}

// position draws the scale: zones, bounds, interval, mark.
func (d *paper) position(x, y, w, h float64, known bool, v float64, in, bounds signs.Interval, labels bool) {
	left := 0.0
	for i, z := range d.zones() {
		d.box(x+w*left/100, y, w*(z.To-left)/100-.4, h, colorOf(z.Class).pale())
		if labels {
			switch i {
			case 0:
				d.text(x, y+h+4, 8, false, faint, z.Label)
			case 2:
				d.right(x+w, y+h+4, 8, false, faint, z.Label)
			default:
				d.center(x+w*(left+z.To)/200, y+h+4, 8, false, faint, z.Label)
			}
		}
		left = z.To
	}
	if bounds.High > bounds.Low {
		d.draw(faint)
		d.f.SetLineWidth(.25)
		d.f.Line(x+w*bounds.Low/100, y+h/2, x+w*bounds.High/100, y+h/2)
		for _, b := range []float64{bounds.Low, bounds.High} {
			d.f.Line(x+w*b/100, y+h/2-1, x+w*b/100, y+h/2+1)
		}
	}
	if !known {
		return
	}
	d.box(x+w*in.Low/100, y+h*.2, w*max(0, in.High-in.Low)/100, h*.6, rgb{130, 130, 128})
	d.box(x+w*v/100-.7, y-1.2, 1.4, h+2.4, ink)
	if labels {
		d.center(x+w*v/100, y-2.6, 10, true, ink, d.points(v))
	}
}

func (d *paper) axes() {
	d.heading(d.p.T("Four axes, eight signs"))
	for i, x := range d.a.Firm.Axes {
		d.room(17)
		d.y += 6
		bf, msp := d.a.Firm.Signs[2*i], d.a.Firm.Signs[2*i+1]
		d.text(paperMargin, d.y, 10, true, ink, d.word(x.Axis))
		if x.Measured {
			d.text(paperMargin+22, d.y, 10, true, ink, d.points(x.Position))
			d.text(paperMargin+29, d.y, 8.5, false, faint, d.interval(x.Interval))
		} else {
			d.text(paperMargin+22, d.y, 8.5, false, faint, d.p.T("not measured"))
		}
		d.position(paperMargin+44, d.y-3, paperWidth-44, 3.2, x.Measured, x.Position, x.Interval, x.Bounds, false)
		d.y += 4.6
		d.text(paperMargin+44, d.y, 8, false, soft, d.signLine(bf))
		d.right(210-paperMargin, d.y, 8, false, soft, d.signLine(msp))
		if x.Measured && !x.OneSided && x.Disagreement >= 20 {
			d.y += 3.8
			d.text(paperMargin+44, d.y, 8, true, rgb{130, 82, 10}, d.p.T("the two signs disagree by %s", d.points(x.Disagreement)))
		}
		d.y += 1.2
	}
}

func (d *paper) signLine(s signs.SignScore) string {
	if !s.Measured {
		return d.title(string(s.Sign)) + ": " + d.p.T("not measured")
	}
	return d.title(string(s.Sign)) + " " + d.points(s.Score) + " (" + d.interval(s.Interval) + ")"
}

func (d *paper) months() {
	rows := d.a.Months[max(0, len(d.a.Months)-24):]
	if len(rows) == 0 {
		return
	}
	d.room(72)
	d.heading(d.p.T("Revenue by kind"))
	hi := 0.0
	used := map[int]bool{}
	for _, m := range rows {
		sum := 0.0
		for k, v := range m.Earned {
			if v > 0 {
				sum += float64(v)
			}
			used[k] = used[k] || v != 0
		}
		hi = max(hi, sum)
	}
	step := math.Pow(10, math.Floor(math.Log10(max(hi, 1))))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if step*m >= hi {
			step *= m
			break
		}
	}
	const height, left = 40.0, 18.0
	top := d.y + 4
	for i := range 3 {
		v := step * float64(i) / 2
		y := top + height - height*v/step
		d.draw(line)
		d.f.SetLineWidth(.15)
		d.f.Line(paperMargin+left, y, 210-paperMargin, y)
		d.right(paperMargin+left-2, y+1, 7.5, false, faint, d.short(v))
	}
	w := (paperWidth - left) / float64(len(rows))
	for i, m := range rows {
		y := top + height
		for _, k := range kinds {
			if v := float64(m.Earned[k.class]); v > 0 {
				h := height * v / step
				d.box(paperMargin+left+w*float64(i)+w*.2, y-h, w*.6, max(.1, h-.15), colorOf(k.color))
				y -= h
			}
		}
		if len(rows) <= 12 || i%2 == 0 {
			d.center(paperMargin+left+w*(float64(i)+.5), top+height+3.6, 7, false, faint, d.p.MonthName(m.Month))
		}
		if _, n := m.Month.Civil(); n == 1 || i == 0 {
			d.center(paperMargin+left+w*(float64(i)+.5), top+height+6.8, 7, true, faint, yearText(m.Month))
		}
	}
	d.y = top + height + 11
	x := paperMargin + left
	for _, k := range kinds {
		if used[int(k.class)] {
			d.box(x, d.y-2, 2.2, 2.2, colorOf(k.color))
			d.text(x+3.4, d.y, 8, false, soft, d.title(k.code))
			d.font(8, false)
			x += d.f.GetStringWidth(clean(d.title(k.code))) + 9
		}
	}
	d.y += 2
	if d.a.Window.Months > 0 {
		d.y += 2
		d.wrap(paperMargin+left, paperWidth-left, 8.5, soft, d.p.T("Recurring share of revenue")+": "+d.band()+". "+d.p.T("As earned: prepayments are spread over their term."))
	}
}

// cell is one column of a table row.
type cell struct {
	text  string
	width float64
	num   bool
	bold  bool
}

// row writes a table row of one line.
func (d *paper) row(c rgb, size float64, cells ...cell) {
	d.room(6)
	d.y += 4.6
	x := paperMargin
	for _, q := range cells {
		t := d.cut(q.text, q.width-2, size, q.bold)
		if q.num {
			d.right(x+q.width-1, d.y, size, q.bold, c, t)
		} else {
			d.text(x, d.y, size, q.bold, c, t)
		}
		x += q.width
	}
	d.y += 1.4
	d.rule()
}

func (d *paper) indicators() {
	d.heading(d.p.T("What says so"))
	d.row(faint, 8, cell{text: d.p.T("Indicator"), width: 92}, cell{text: d.p.T("Value"), width: 20, num: true}, cell{text: d.p.T("Likely"), width: 28, num: true}, cell{text: d.p.T("Points"), width: 15, num: true}, cell{text: d.p.T("Rows"), width: 23, num: true})
	for _, g := range d.groups() {
		score := d.p.T("not measured")
		if g.score.Measured {
			score = d.points(g.score.Score) + " (" + d.interval(g.score.Interval) + ")"
		}
		d.room(12)
		d.row(ink, 8.5, cell{text: d.title(string(g.score.Sign)), width: 92, bold: true}, cell{text: score, width: 48, num: true, bold: true})
		for _, m := range g.readings {
			if !m.Measured {
				continue
			}
			rows := ""
			if e := d.evidenceRow(string(m.Code)); e != nil {
				rows = d.p.Number(int64(e.Rows))
			}
			d.row(soft, 8.5, cell{text: "   " + d.word(string(m.Code)), width: 92}, cell{text: d.value(m.Code, m.Value), width: 20, num: true},
				cell{text: d.value(m.Code, m.Interval.Low) + " – " + d.value(m.Code, m.Interval.High), width: 28, num: true}, cell{text: d.points(m.Points), width: 15, num: true}, cell{text: rows, width: 23, num: true})
		}
	}
}

func (d *paper) figures() {
	d.heading(d.p.T("Money beside the score"))
	for _, f := range d.a.Money {
		if f.Measured {
			d.row(soft, 8.5, cell{text: d.title(f.Code), width: 92}, cell{text: d.figure(f.Unit, f.Value), width: 36, num: true, bold: true}, cell{text: "   " + d.word(f.Band), width: 50})
		}
	}
}

// paperClients is how many clients the document lists.
const paperClients = 40

func (d *paper) ranking() {
	list := d.ranked(nil, "")
	if len(list) == 0 {
		return
	}
	d.heading(d.p.T("Where each client stands"))
	d.row(faint, 8, cell{text: d.p.T("Client"), width: 62}, cell{text: d.p.T("Revenue, %d months", d.a.Window.Months), width: 30, num: true}, cell{text: d.p.T("Recurring"), width: 20, num: true}, cell{text: d.p.T("Position"), width: 18, num: true}, cell{text: "", width: 48})
	for i, c := range list {
		if i == paperClients {
			d.y += 5
			d.text(paperMargin, d.y, 8.5, false, faint, d.p.T("and %d more", len(list)-paperClients))
			break
		}
		pos := "–"
		if c.Stand.Measured {
			pos = d.points(c.Stand.Position)
		}
		d.row(soft, 8.5, cell{text: c.Name, width: 62}, cell{text: d.cash(float64(c.Stand.Revenue)), width: 30, num: true}, cell{text: recurringOf(d.show, c), width: 20, num: true}, cell{text: pos, width: 18, num: true, bold: true})
		d.position(paperMargin+134, d.y-4, 44, 2.4, c.Stand.Measured, c.Stand.Position, c.Stand.Interval, signs.Interval{}, false)
	}
}

func (d *paper) talks() {
	if len(d.a.Talks) == 0 {
		return
	}
	d.heading(d.p.T("Talk to these clients first"))
	for i, t := range d.a.Talks {
		if i == fileListed {
			break
		}
		c := &d.a.Clients[t.Client]
		d.room(14)
		d.row(ink, 9, cell{text: strconv.Itoa(i+1) + "  " + c.Name, width: 96, bold: true}, cell{text: d.p.T("Fee a month") + " " + d.cash(float64(c.Replay.Quotes[0].Fee)), width: 52, num: true}, cell{text: d.points(t.Score) + " / 100", width: 30, num: true, bold: true})
		var why []string
		for _, x := range t.Reasons[:min(3, len(t.Reasons))] {
			why = append(why, d.reasonText(x))
		}
		d.wrap(paperMargin+5, paperWidth-5, 8.5, soft, strings.Join(why, " · "))
		d.y += 1.5
	}
	if n := d.rateNote(); n != "" {
		d.y += 2
		d.wrap(paperMargin, paperWidth, 8.5, faint, n)
	}
}

func (d *paper) plan() {
	d.heading(d.p.T("The four steps"))
	for i, s := range d.a.Plan {
		d.room(14)
		d.y += 6
		d.text(paperMargin, d.y, 10, true, ink, strconv.Itoa(i+1)+"  "+d.word(s.Code))
		d.box(paperMargin+50, d.y-2.6, 80, 2.4, track)
		d.box(paperMargin+50, d.y-2.6, 80*s.Progress, 2.4, colorOf(chart.C1))
		d.right(210-paperMargin, d.y, 9, false, soft, d.p.T("%d of %d read from your data", s.Known, len(s.Items)))
		for _, it := range s.Items {
			d.room(6)
			d.y += 4.6
			d.text(paperMargin+5, d.y, 8.5, false, soft, d.title(it.Code))
			d.right(210-paperMargin, d.y, 8.5, false, faint, d.itemText(it))
		}
		d.y += 1.5
	}
}

func (d *paper) missing() {
	gaps := d.gaps()
	if len(gaps) == 0 {
		return
	}
	d.heading(d.p.T("Not measured, and what would measure it"))
	for _, g := range gaps {
		d.room(12)
		d.y += 5
		d.text(paperMargin, d.y, 9, true, ink, d.title(g.export))
		var of []string
		for _, m := range g.of {
			of = append(of, d.word(string(m.Code)))
		}
		d.wrap(paperMargin+5, paperWidth-5, 8.5, soft, strings.Join(of, " · "))
		d.y++
	}
}
