// SPDX-License-Identifier: Apache-2.0

package link

import (
	"encoding/hex"
	"strings"

	"mainstay/kit/wire"
)

// dictionaries keeps the texts of the series until no row that waits needs them.
type dictionaries struct {
	store  Store
	texts  []string // of id, as the source gave them
	id     wire.DictionaryID
	stored map[wire.DictionaryID]bool
	loose  map[wire.DictionaryID][]string // those that the disk did not take
}

// maxLoose bounds how many texts are kept in memory while the disk is full: the series of a machine seldom change.
const maxLoose = 4

const dictionaryPrefix = "series-"

func dictionaryName(id wire.DictionaryID) string { return dictionaryPrefix + hex.EncodeToString(id[:]) }

// of returns the id of texts and has them on disk then, or in memory where the disk takes nothing. Texts that are the same slice as
// before are taken to be the same.
func (d *dictionaries) of(texts []string) wire.DictionaryID {
	if len(texts) == 0 || len(texts) != len(d.texts) || &texts[0] != &d.texts[0] {
		d.texts, d.id = texts, wire.HashDictionary(texts)
	}
	if d.stored[d.id] {
		return d.id
	}
	if err := d.store.Put(dictionaryName(d.id), []byte(strings.Join(texts, "\n"))); err == nil {
		if d.stored == nil {
			d.stored = map[wire.DictionaryID]bool{}
		}
		d.stored[d.id] = true
		delete(d.loose, d.id)
	} else if len(d.loose) < maxLoose {
		if d.loose == nil {
			d.loose = map[wire.DictionaryID][]string{}
		}
		d.loose[d.id] = texts
	}
	return d.id
}

// load returns the texts of an id; nil when they are lost.
func (d *dictionaries) load(id wire.DictionaryID) []string {
	if id == d.id && d.texts != nil {
		return d.texts
	}
	if texts, ok := d.loose[id]; ok {
		return texts
	}
	b, err := d.store.Get(dictionaryName(id))
	if err != nil || b == nil {
		return nil
	}
	texts := strings.Split(string(b), "\n")
	if wire.HashDictionary(texts) != id {
		return nil
	}
	return texts
}

// sweep forgets all texts but the newest; called when nothing waits.
func (d *dictionaries) sweep() error {
	names, err := d.store.Names(dictionaryPrefix)
	if err != nil {
		return err
	}
	for _, n := range names {
		if n == dictionaryName(d.id) {
			continue
		}
		if err := d.store.Delete(n); err != nil {
			return err
		}
	}
	for id := range d.stored {
		if id != d.id {
			delete(d.stored, id)
		}
	}
	clear(d.loose)
	return nil
}
