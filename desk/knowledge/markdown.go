// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"mainstay/kit/ids"
)

// Render makes harmless HTML of an article's Markdown: text, lists, tables, code, links to the web, pictures among the
// article's own files. HTML within the Markdown is shown as it was typed or left out; scripts, styles and
// addresses of other kinds do not survive. base is the article's own address, below which its files are served; another
// article that the text names by its address is linked where this one is read. Headings begin at the
// second level, because the page has its own first one.
func Render(markdown string, files []File, base string) string {
	names := map[string]string{}
	for _, f := range files {
		names[strings.ToLower(f.Name)] = base + "/files/" + f.ID.String()
	}
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.Linkify),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(&house{names, path.Dir(base)}, 100))),
	)
	var out bytes.Buffer
	if err := md.Convert([]byte(shallow(markdown)), &out); err != nil { // writing to memory does not fail
		return ""
	}
	return strings.TrimSpace(policy(base).Sanitize(out.String()))
}

// house sinks headings by one level and turns names of files into their addresses.
type house struct {
	files    map[string]string
	articles string // address below which articles are read
}

// addressed is the address of an article as the firm's people read it.
var addressed = regexp.MustCompile(`^/knowledge/([0-9a-z]{13})(#.*)?$`)

// Transform changes the tree of a text.
func (h *house) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var boxes []*extast.TaskCheckBox
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch x := n.(type) {
		case *extast.TaskCheckBox:
			boxes = append(boxes, x)
		case *ast.Heading:
			x.Level = min(x.Level+1, 6)
		case *ast.Image:
			x.Destination = []byte(h.address(string(x.Destination)))
		case *ast.Link:
			if to := h.address(string(x.Destination)); to != "" {
				x.Destination = []byte(to)
			} else if m := addressed.FindSubmatch(x.Destination); m != nil {
				x.Destination = slices.Concat([]byte(h.articles+"/"), m[1], m[2])
			}
		}
		return ast.WalkContinue, nil
	})
	for _, b := range boxes { // nobody can tick them: a sign says the same without being a control
		sign := "☐ "
		if b.IsChecked {
			sign = "☑ "
		}
		b.Parent().ReplaceChild(b.Parent(), b, ast.NewString([]byte(sign)))
	}
}

// address is that of a file by its name, "" where there is none of it.
func (h *house) address(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return h.files[strings.ToLower(name)]
}

// policy lets through what an article may have.
func policy(base string) *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "em", "del", "blockquote", "pre", "code", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^` + regexp.QuoteMeta(base) + `/files/[0-9a-z]{1,20}$`)).OnElements("img")
	p.AllowAttrs("alt", "title").OnElements("img")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

// Bounds of what costs a parser of Markdown more than in proportion: how deeply quotes and lists nest within a line, how
// many brackets and how many signs of emphasis there are. No article comes near them; whatever was typed beyond is read as plain
// text.
const (
	maxNesting  = 12
	maxBrackets = 2000
	maxTicks    = 4000
	maxEmphasis = 20_000
)

var container = regexp.MustCompile(`^[ \t]*(?:>|[-+*][ \t]|[0-9]{1,9}[.)][ \t])`)

// shallow holds a text to the bounds.
func shallow(markdown string) string {
	var b strings.Builder
	brackets, ticks, emphasis := 0, 0, 0
	for line := range strings.Lines(markdown) {
		depth, at := 0, 0
		for m := container.FindStringIndex(line); m != nil; m = container.FindStringIndex(line[at:]) {
			if depth++; depth > maxNesting {
				b.WriteString(line[:at])
				line = strings.TrimLeft(line[at:], "> \t-+*0123456789.)")
				break
			}
			at += m[1]
		}
		for i := range len(line) {
			switch line[i] {
			case '[', ']':
				if brackets++; brackets > maxBrackets {
					b.WriteByte('\\')
				}
			case '`':
				if ticks++; ticks > maxTicks {
					b.WriteByte('\\')
				}
			case '*', '_', '~':
				if emphasis++; emphasis > maxEmphasis {
					b.WriteByte('\\')
				}
			}
			b.WriteByte(line[i])
		}
	}
	return b.String()
}

// Plain is a text without its Markdown marks, for a reply.
func Plain(markdown string) string {
	source := []byte(shallow(markdown))
	doc := goldmark.New(goldmark.WithExtensions(extension.Linkify)).Parser().Parse(text.NewReader(source))
	var b strings.Builder
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch x := n.(type) {
		case *ast.ListItem:
			if entering {
				b.WriteString("- ")
			}
		case *ast.Text:
			if entering {
				b.Write(x.Segment.Value(source))
				if x.SoftLineBreak() || x.HardLineBreak() {
					b.WriteString("\n")
				}
			}
		case *ast.AutoLink:
			if entering {
				b.Write(x.URL(source))
			}
		case *ast.Link:
			if !entering {
				if to := string(x.Destination); strings.HasPrefix(to, "http") {
					b.WriteString(" (" + to + ")")
				}
			}
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			if entering {
				for i := range n.Lines().Len() {
					at := n.Lines().At(i)
					b.Write(at.Value(source))
				}
				b.WriteString("\n")
			}
		case *ast.Paragraph, *ast.Heading:
			if !entering {
				b.WriteString("\n\n")
			}
		case *ast.TextBlock, *ast.List:
			if !entering {
				b.WriteString("\n")
			}
		}
		return ast.WalkContinue, nil
	})
	out := strings.TrimSpace(b.String())
	for strings.Contains(out, "\n\n\n") {
		out = strings.ReplaceAll(out, "\n\n\n", "\n\n")
	}
	return out
}

// Address is where the firm's people read an article.
func Address(id ids.ID) string { return "/knowledge/" + id.String() }
