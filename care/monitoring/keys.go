// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"slices"
	"strings"
	"sync"

	"mainstay/kit/wire"
)

// Label is a name and a value of a series.
type Label = wire.Label

// Key stands for a series without its device: a name and sorted labels. 0 is none.
type Key uint32

// maxKeys bounds the different series of all devices together; further ones are not watched.
const maxKeys = 2 << 20

// series is what a key stands for.
type series struct {
	text   string
	metric string
	labels []Label
}

func (s *series) label(name string) string {
	for _, l := range s.labels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// keys interns series: most devices have the same ones.
type keys struct {
	mu   sync.RWMutex
	of   map[string]Key
	list []*series
}

func newKeys() *keys { return &keys{of: map[string]Key{}, list: []*series{nil}} }

// intern returns the key of a series; 0 where there are too many.
func (k *keys) intern(metric string, labels []Label) Key {
	if !slices.IsSortedFunc(labels, func(a, b Label) int { return strings.Compare(a.Name, b.Name) }) {
		labels = slices.Clone(labels)
		slices.SortFunc(labels, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	}
	text := wire.SeriesText(metric, labels...)
	k.mu.RLock()
	key, ok := k.of[text]
	k.mu.RUnlock()
	if ok {
		return key
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.of[text]; ok {
		return key
	}
	if len(k.list) >= maxKeys {
		return 0
	}
	key = Key(len(k.list))
	k.of[text] = key
	k.list = append(k.list, &series{text: text, metric: metric, labels: slices.Clone(labels)})
	return key
}

// parse interns a series by its text; 0 where it is none.
func (k *keys) parse(text string) Key {
	k.mu.RLock()
	key, ok := k.of[text]
	k.mu.RUnlock()
	if ok {
		return key
	}
	metric, labels, err := wire.ParseSeries(text)
	if err != nil {
		return 0
	}
	return k.intern(metric, labels)
}

func (k *keys) get(key Key) *series {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if int(key) >= len(k.list) {
		return nil
	}
	return k.list[key]
}
