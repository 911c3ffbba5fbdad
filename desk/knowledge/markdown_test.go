// SPDX-License-Identifier: Apache-2.0

package knowledge_test

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mainstay/desk/knowledge"
)

func TestMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"# Steps\n\nOne **two** `three`":                "<h2>Steps</h2>\n<p>One <strong>two</strong> <code>three</code></p>",
		"- [x] done\n- [ ] open":                        "<ul><li>☑ done</li><li>☐ open</li></ul>",
		"|a|b|\n|-|-|\n|1|2|":                           "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
		"hello <script>alert(1)</script>":               "<p>hello alert(1)</p>",
		"[x](javascript:alert(1))":                      "x",
		"[x](/knowledge/1)":                             `<a href="/knowledge/1" rel="nofollow noreferrer">x</a>`,
		"~~gone~~":                                      "<del>gone</del>",
		"![x](data:image/png;base64,AAAA)":              "",
		"<img src=x onerror=alert(1)> **b**":            "<strong>b</strong>",
		"[a](data:text/html;base64,PHNjcmlwdD4=) after": "a after",
	} {
		got := knowledge.Render(in, nil, "/knowledge/1")
		squeeze := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, ">\n<", "><")), " ") }
		if !strings.Contains(squeeze(got), squeeze(want)) {
			t.Errorf("%q is %q, not %q", in, squeeze(got), want)
		}
	}
	if got := knowledge.Plain("# Steps\n\n1. Open **Outlook**\n2. See [here](https://x.example)\n\n```\nnet use\n```"); got != "Steps\n\n- Open Outlook\n- See here (https://x.example)\n\nnet use" {
		t.Errorf("%q", got)
	}
}

// Articles that name each other by their addresses are linked where they are read: a client's person is not led to pages of
// the firm.
func TestArticlesLeadToEachOther(t *testing.T) {
	for in, want := range map[string]string{
		"[other](/knowledge/0000000000007)":              `href="/portal/articles/0000000000007"`,
		"[other](/knowledge/0000000000007#steps)":        `href="/portal/articles/0000000000007#steps"`,
		"[list](/knowledge/documents)":                   `href="/knowledge/documents"`,
		"[x](https://x.example/knowledge/0000000000007)": `href="https://x.example/knowledge/0000000000007"`,
	} {
		if got := knowledge.Render(in, nil, "/portal/articles/0000000000001"); !strings.Contains(got, want) {
			t.Errorf("%q is %q", in, got)
		}
	}
	if got := knowledge.Render("[other](/knowledge/0000000000007)", nil, "/knowledge/0000000000001"); !strings.Contains(got, `href="/knowledge/0000000000007"`) {
		t.Errorf("%q", got)
	}
}

// harmless walks what a browser would see of rendered Markdown.
func harmless(t *testing.T, source, rendered string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(rendered))
	if err != nil {
		t.Fatal(err)
	}
	allowed := " html head body p br strong em del blockquote pre code hr h2 h3 h4 h5 h6 ul ol li table thead tbody tr th td a  img "
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !strings.Contains(allowed, " "+n.Data+" ") {
			t.Fatalf("%q lets <%s> through: %q", source, n.Data, rendered)
		}
		for _, a := range n.Attr {
			switch key := strings.ToLower(a.Key); key {
			case "href":
				u, err := url.Parse(a.Val)
				if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" && u.Scheme != "tel" {
					t.Fatalf("%q lets the address %q through", source, a.Val)
				}
			case "src":
				if !strings.HasPrefix(a.Val, "/knowledge/1/files/") {
					t.Fatalf("%q lets the picture %q through", source, a.Val)
				}
			case "rel", "target", "alt", "title", "start":
			default:
				t.Fatalf("%q lets the attribute %s through: %q", source, key, rendered)
			}
		}
	}
}

// Text beyond the bounds is shown as it was typed, and ordinary text is not touched.
func TestMarkdownBounds(t *testing.T) {
	deep := knowledge.Render(strings.Repeat("> ", 50)+"deep", nil, "/knowledge/1")
	if n := strings.Count(deep, "<blockquote>"); n != 12 || !strings.Contains(deep, "deep") {
		t.Errorf("%d quotes", n)
	}
	if n := strings.Count(knowledge.Render(strings.Repeat("- ", 50)+"deep", nil, "/knowledge/1"), "<ul>"); n != 12 {
		t.Errorf("%d lists", n)
	}
	if n := strings.Count(knowledge.Render(strings.Repeat("[a](https://x.example)\n", 900), nil, "/knowledge/1"), "<a "); n != 900 {
		t.Errorf("%d of 900 links", n)
	}
	if n := strings.Count(knowledge.Render(strings.Repeat("[a](https://x.example)\n", 3000), nil, "/knowledge/1"), "[a]"); n != 2000 {
		t.Errorf("%d of 2000 links beyond the bounds are text", n)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{
		"# a\n\n- b\n\n> c", "<script>x</script>", "[a](javascript:x)", "![a](x.png \"t\")", "<a href='  java\tscript:x'>", "&#106;avascript:x", "[a]: javascript:x\n[a]",
		"<svg/onload=x>", "```\n<b>\n```", "|a|\n|-|\n|<img src=x onerror=y>|", "- [x] a", "<!--><img src=x>-->", "http://x.example/\"onmouseover=y", strings.Repeat("> ", 200) + "a", strings.Repeat("[", 5000), strings.Repeat("> - ", 100) + "a", strings.Repeat("1. ", 100), strings.Repeat("`a``", 3000), "<noscript><p title=\"</noscript><img src=x onerror=y>\">",
	} {
		f.Add(s)
	}
	files := []knowledge.File{{ID: 7, Name: "x.png"}}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 20_000 {
			return
		}
		harmless(t, s, knowledge.Render(s, files, "/knowledge/1"))
		knowledge.Plain(s)
	})
}

func TestDiff(t *testing.T) {
	text := func(list []knowledge.Change) string {
		var b strings.Builder
		for _, c := range list {
			b.WriteString(string(c.Op) + c.Text + "\n")
		}
		return b.String()
	}
	before := "a\nb\nc\nd\ne\nf\ng\nh\ni"
	after := "a\nb\nc\nd\nE\nf\ng\nh\ni\nj"
	want := "~\n b\n c\n d\n-e\n+E\n f\n g\n h\n i\n+j\n"
	if got := text(knowledge.Diff(before, after)); got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if got := text(knowledge.Diff("x", "x")); got != "~\n" {
		t.Errorf("%q", got)
	}
	if got := text(knowledge.Diff("", "x")); got != "-\n+x\n" {
		t.Errorf("%q", got)
	}
}
