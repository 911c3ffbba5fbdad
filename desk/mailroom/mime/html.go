// SPDX-License-Identifier: Apache-2.0

package mime

import (
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// policy is what of a mail's HTML is shown: text, lists, tables and links. No pictures, styles, classes or ids of the
// sender; they are either gone or an attachment.
func policy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "div", "span", "b", "i", "strong", "em", "u", "s", "sub", "sup", "small", "blockquote", "pre", "code", "hr",
		"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd",
		"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "details", "summary")
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^[1-9][0-9]?$`)).OnElements("td", "th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

// page is what became of a mail's HTML.
type page struct {
	html   string // sanitised, balanced, with what was quoted folded
	fresh  string // the text that is not quoted
	all    string
	images int // pictures on other servers, which were left out
}

// readHTML parses and sanitises. ok is false where the nesting is deeper than any mail's: then only the text is taken.
func readHTML(source string, p *bluemonday.Policy) (out page, ok bool) {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return out, false
	}
	body := find(root, atom.Body)
	if body == nil {
		return out, false
	}
	out.images = pictures(body)
	out.all = textOf(body, nil)
	if fold := foldQuoted(body); fold != nil {
		out.fresh = textOf(body, fold)
	}
	var b strings.Builder
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		if err := html.Render(&b, n); err != nil {
			return out, false
		}
	}
	out.html = strings.TrimSpace(p.Sanitize(b.String()))
	return out, true
}

func find(n *html.Node, a atom.Atom) *html.Node {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.DataAtom == a {
			return c
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// pictures puts the words for a picture in its place and counts those that would have been fetched from elsewhere.
func pictures(body *html.Node) (remote int) {
	var all []*html.Node
	for n := range body.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == atom.Img {
			all = append(all, n)
		}
	}
	for _, n := range all {
		src := strings.ToLower(strings.TrimSpace(attr(n, "src")))
		if strings.HasPrefix(src, "http:") || strings.HasPrefix(src, "https:") || strings.HasPrefix(src, "//") {
			remote++
		}
		if alt := line(attr(n, "alt"), 200); alt != "" {
			n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: "[" + alt + "]"}, n)
		}
		n.Parent.RemoveChild(n)
	}
	return remote
}

// foldQuoted puts what a mail program quoted of earlier mails into a fold and returns it; nil where nothing is quoted
// or nothing else was written.
func foldQuoted(body *html.Node) *html.Node {
	var at *html.Node
	rest := false
	for n := range body.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if quoted, all := quotes(n); quoted {
			at, rest = n, all
			break
		}
	}
	if at == nil || !hasTextBefore(body, at) {
		return nil
	}
	fold := &html.Node{Type: html.ElementNode, Data: "details", DataAtom: atom.Details}
	summary := &html.Node{Type: html.ElementNode, Data: "summary", DataAtom: atom.Summary}
	summary.AppendChild(&html.Node{Type: html.TextNode, Data: "…"})
	fold.AppendChild(summary)
	at.Parent.InsertBefore(fold, at)
	for n := at; n != nil; {
		next := n.NextSibling
		n.Parent.RemoveChild(n)
		fold.AppendChild(n)
		if !rest {
			break
		}
		n = next
	}
	return fold
}

// quotes tells whether a node begins what was quoted, and whether everything after it is quoted too.
func quotes(n *html.Node) (quoted, rest bool) {
	class, id := " "+strings.ToLower(attr(n, "class"))+" ", strings.ToLower(attr(n, "id"))
	switch n.DataAtom {
	case atom.Blockquote:
		return strings.EqualFold(attr(n, "type"), "cite") || strings.Contains(class, " gmail_quote "), false
	case atom.Div:
		for _, c := range []string{" gmail_quote ", " gmail_quote_container ", " yahoo_quoted ", " protonmail_quote ", " moz-cite-prefix "} {
			if strings.Contains(class, c) {
				return true, c == " moz-cite-prefix "
			}
		}
		style := strings.ToLower(strings.ReplaceAll(attr(n, "style"), " ", ""))
		return id == "appendonsend" || id == "divrplyfwdmsg" || id == "mail-editor-reference-message-container" ||
			strings.Contains(style, "border-top:solid#e1e1e1") || strings.Contains(style, "border-top:solid#b5c4df"), true
	case atom.Hr:
		return strings.Contains(class, " mail-divider "), true
	}
	return false, false
}

func hasTextBefore(body, at *html.Node) bool {
	for n := range body.Descendants() {
		if n == at {
			return false
		}
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" && !hidden(n.Parent) {
			return true
		}
	}
	return false
}

func hidden(n *html.Node) bool {
	if n == nil {
		return false
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Noscript:
		return true
	}
	return false
}

// textOf is the text of a tree without the branch but.
func textOf(n, but *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) { // no deeper than the parser's 512
		if n == but && but != nil || hidden(n) {
			return
		}
		switch {
		case n.Type == html.TextNode:
			b.WriteString(spaces.ReplaceAllString(n.Data, " "))
		case n.DataAtom == atom.Br:
			b.WriteByte('\n')
		case n.DataAtom == atom.Li:
			b.WriteString("\n• ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if endsLine(n.DataAtom) {
			b.WriteByte('\n')
		}
	}
	walk(n)
	return lines(b.String())
}

var spaces = regexp.MustCompile(`[ \t\r\n\x{a0}]+`)

func endsLine(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Tr, atom.Table, atom.Ul, atom.Ol, atom.Li, atom.Blockquote, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Pre, atom.Hr:
		return true
	}
	return false
}

// lines trims lines and leaves at most one empty one between two.
func lines(s string) string {
	var b strings.Builder
	empty := 0
	for l := range strings.SplitSeq(s, "\n") {
		l = strings.TrimSpace(l)
		if l == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteString(strings.Repeat("\n", min(empty, 1)+1))
		}
		empty = 0
		b.WriteString(l)
	}
	return b.String()
}

// plainOf takes the text out of HTML that is not parsed to a tree, token by token.
func plainOf(source string) string {
	z := html.NewTokenizer(strings.NewReader(source))
	var b strings.Builder
	skip := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return lines(b.String())
		case html.TextToken:
			if skip == 0 {
				b.WriteString(spaces.ReplaceAllString(string(z.Text()), " "))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			if a := atom.Lookup(name); a == atom.Script || a == atom.Style || a == atom.Title {
				skip = 1
			} else if a == atom.Br || endsLine(a) {
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if a := atom.Lookup(name); a == atom.Script || a == atom.Style || a == atom.Title {
				skip = 0
			} else if endsLine(a) {
				b.WriteByte('\n')
			}
		}
	}
}
