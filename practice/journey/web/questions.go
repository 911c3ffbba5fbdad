// SPDX-License-Identifier: Apache-2.0

package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/journey"
	"mainstay/practice/journey/recurring"
)

// maxSkipped bounds how many questions one can leave open by address.
const maxSkipped = 40

// choice is an answer that a button gives; its place is its key.
type choice struct {
	class recurring.Class
	label string
}

func choices(p locale.Printer) []choice {
	return []choice{
		{recurring.Recurring, p.T("Recurring")},
		{recurring.Project, p.T("Project")},
		{recurring.Labour, p.T("Labour")},
		{recurring.Prepaid, p.T("Prepaid hours")},
		{recurring.Resale, p.T("Resale")},
	}
}

// questionsView is the page of questions.
type questionsView struct {
	*show
	open     []journey.Question
	skipped  []journey.Question
	skip     []string // short hashes of the skipped ones
	total    int
	answered []journey.Answered
}

// short names a question in an address.
func short(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:6])
}

func (h *Handlers) questions(w http.ResponseWriter, r *http.Request) error {
	s, err := h.load(r)
	if err != nil {
		return err
	}
	if s.a == nil {
		return h.empty(w, r, s)
	}
	v := &questionsView{show: s}
	if v.answered, err = h.Journey.Answers(r.Context()); err != nil {
		return err
	}
	done := map[string]bool{}
	for _, x := range v.answered {
		done[x.Key] = true
	}
	v.skip = skipped(r.FormValue("skip"))
	for _, q := range s.a.Questions { // an answer is known at once, the assessment follows
		switch {
		case done[q.Key]:
			continue
		case slices.Contains(v.skip, short(q.Key)):
			v.skipped = append(v.skipped, q)
		default:
			v.open = append(v.open, q)
		}
	}
	slices.SortStableFunc(v.answered, func(x, y journey.Answered) int { return y.At.Compare(x.At) })
	v.total = len(v.open) + len(v.skipped)
	v.open = v.open[:min(pageSize, len(v.open))]
	v.answered = v.answered[:min(pageSize, len(v.answered))]
	return page.Render(w, r, http.StatusOK, questionsPage(v))
}

func skipped(list string) []string {
	var out []string
	for x := range strings.SplitSeq(list, ".") {
		if len(x) == 12 && len(out) < maxSkipped {
			out = append(out, x)
		}
	}
	return out
}

func (h *Handlers) answer(w http.ResponseWriter, r *http.Request) error {
	key, skip := r.PostFormValue("key"), skipped(r.PostFormValue("skip"))
	back := func() error {
		if len(skip) == 0 {
			return page.Redirect(w, r, "/journey/questions")
		}
		return page.Redirect(w, r, "/journey/questions?"+url.Values{"skip": {strings.Join(skip, ".")}}.Encode())
	}
	switch class := r.PostFormValue("class"); class {
	case "skip":
		skip = append(skip, short(key))
		skip = skip[max(0, len(skip)-maxSkipped):]
		return back()
	case "forget":
		if err := h.Journey.Forget(r.Context(), key); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The answer is taken back.")})
	default:
		var c recurring.Class
		if err := c.UnmarshalText([]byte(class)); err != nil {
			return fault.NewInvalid("Say what the line is: recurring, a project, time and materials, prepaid hours or resale.").On("class")
		}
		if err := h.Journey.Answer(r.Context(), key, r.PostFormValue("sample"), c); err != nil {
			return err
		}
	}
	return back()
}

// settled is how much of the undecided value is settled by the answers before a question.
func (v *questionsView) left() float64 {
	out := 0.
	for _, q := range v.a.Questions {
		for _, o := range v.open {
			if o.Key == q.Key {
				out += q.Share
			}
		}
		for _, o := range v.skipped {
			if o.Key == q.Key {
				out += q.Share
			}
		}
	}
	return min(1, out)
}
