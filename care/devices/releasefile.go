// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"mainstay/care/devices/store"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

// ReleasesURL is where endoflife.date publishes all products with their releases.
const ReleasesURL = "https://endoflife.date/api/v1/products/full"

// productFile is a product in any of the forms in which endoflife.date writes them: what its API gives (name, with releases by name),
// and the collection of all products (releases by releaseCycle).
type productFile struct {
	Name     string        `json:"name"`
	Releases []releaseFile `json:"releases"`
}

type releaseFile struct {
	Cycle   string          `json:"releaseCycle"`
	Title   string          `json:"releaseLabel"`
	EOL     json.RawMessage `json:"eol"` // a day, or whether it has ended
	Support json.RawMessage `json:"eoas"`
	Link    string          `json:"link"`

	Name        string          `json:"name"`
	Label       string          `json:"label"`
	EOLFrom     json.RawMessage `json:"eolFrom"` // a day or null
	SupportFrom json.RawMessage `json:"eoasFrom"`

	Latest json.RawMessage `json:"latest"` // "12.7", or an object with its name and link
}

// readReleases reads a file of endoflife.date: the API's answer with all products or with one, or the collection, which is an object of
// products by their names. whole says that it holds all products. It returns at least one release, none twice.
func readReleases(data []byte) (list []store.InsertReleaseParams, whole bool, err error) {
	products, whole, err := readProducts(data)
	if err != nil {
		return nil, false, err
	}
	seen := map[[2]string]bool{}
	for _, p := range products {
		for i := range p.Releases {
			r := p.Releases[i].row(p.Name)
			key := [2]string{r.Product, r.Cycle}
			if r.Product == "" || r.Cycle == "" || len(r.Product) > 100 || len(r.Cycle) > 100 || seen[key] {
				continue
			}
			seen[key] = true
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return nil, false, fault.NewInvalid("The file holds no releases. The one of all products is at %s.", ReleasesURL)
	}
	return list, whole, nil
}

func readProducts(data []byte) (list []productFile, whole bool, err error) {
	no := func(cause error) error {
		return fault.NewInvalid("This is not a file of endoflife.date: it should hold products with their releases.").Because(cause)
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		return nil, false, fault.NewInvalid("This file does not say which product it is of. Take the one of all products: %s.", ReleasesURL)
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
	}
	if json.Unmarshal(data, &answer) == nil && len(answer.Result) > 0 {
		if json.Unmarshal(answer.Result, &list) == nil {
			return list, true, nil
		}
		var one productFile
		if json.Unmarshal(answer.Result, &one) == nil && one.Name != "" {
			return []productFile{one}, false, nil
		}
	}
	list = nil
	var file map[string]productFile
	if err := json.Unmarshal(data, &file); err != nil || len(file) == 0 {
		return nil, false, no(err)
	}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		list = append(list, productFile{Name: name, Releases: file[name].Releases})
	}
	return list, true, nil
}

func (r *releaseFile) row(product string) store.InsertReleaseParams {
	var latest struct{ Name, Link string }
	if json.Unmarshal(r.Latest, &latest.Name) != nil {
		_ = json.Unmarshal(r.Latest, &latest) // null: none is known
	}
	return store.InsertReleaseParams{
		Product: product, Cycle: cmp.Or(r.Cycle, r.Name), Label: line(cmp.Or(r.Title, r.Label), 200), Support: int64(max(dayOf(r.Support), dayOf(r.SupportFrom))),
		Eol: int64(max(dayOf(r.EOL), dayOf(r.EOLFrom))), Link: line(cmp.Or(r.Link, latest.Link), 300), Latest: line(latest.Name, 100),
	}
}

// dayOf reads a day, or false and true, which say no day.
func dayOf(raw json.RawMessage) civil.Date {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return civil.NoDate
	}
	d, err := civil.Parse(text)
	if err != nil {
		return civil.NoDate
	}
	return d
}
