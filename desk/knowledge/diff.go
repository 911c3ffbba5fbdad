// SPDX-License-Identifier: Apache-2.0

package knowledge

import "strings"

// Change is a line of the difference between two texts.
type Change struct {
	Op   byte // ' ' in both, '-' in the first only, '+' in the second only, '~' lines that are the same were left out
	Text string
}

// maxDiff is how many lines of each text are compared one with another; beyond it the rest counts as changed.
const maxDiff = 3000

// Diff compares two texts by lines: the fewest lines that go and come. Of what is the same, three lines around a change are
// kept.
func Diff(before, after string) []Change {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []Change
	for _, l := range a[:head] {
		out = append(out, Change{' ', l})
	}
	out = append(out, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	for _, l := range a[len(a)-tail:] {
		out = append(out, Change{' ', l})
	}
	return folded(out)
}

// middle compares by the longest common subsequence.
func middle(a, b []string) (out []Change) {
	if len(a) > maxDiff || len(b) > maxDiff {
		for _, l := range a {
			out = append(out, Change{'-', l})
		}
		for _, l := range b {
			out = append(out, Change{'+', l})
		}
		return out
	}
	width := len(b) + 1
	longest := make([]uint16, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, Change{' ', a[i]})
			i, j = i+1, j+1
		case longest[(i+1)*width+j] >= longest[i*width+j+1]:
			out = append(out, Change{'-', a[i]})
			i++
		default:
			out = append(out, Change{'+', b[j]})
			j++
		}
	}
	for ; i < len(a); i++ {
		out = append(out, Change{'-', a[i]})
	}
	for ; j < len(b); j++ {
		out = append(out, Change{'+', b[j]})
	}
	return out
}

// folded leaves out what is the same far from a change.
func folded(in []Change) (out []Change) {
	const around = 3
	near := make([]bool, len(in))
	for i, c := range in {
		if c.Op == ' ' {
			continue
		}
		for k := max(0, i-around); k <= min(len(in)-1, i+around); k++ {
			near[k] = true
		}
	}
	for i, c := range in {
		switch {
		case near[i]:
			out = append(out, c)
		case len(out) == 0 || out[len(out)-1].Op != '~':
			out = append(out, Change{'~', ""})
		}
	}
	return out
}
