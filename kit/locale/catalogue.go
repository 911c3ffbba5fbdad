// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"
)

//go:embed de/*.json
var files embed.FS

// catalogue maps a key to its pattern in one language.
type catalogue map[string]string

// german reads the embedded files once; they are constants of the program.
var german = sync.OnceValue(func() catalogue {
	c, err := load(files)
	if err != nil {
		panic(err) // the files are compiled in: TestCatalogue reads them before anybody else does
	}
	return c
})

func catalogueOf(language string) catalogue {
	if language == "de" {
		return german()
	}
	return nil
}

// load reads de/*.json. Two files may hold the same key only with the same text.
func load(fsys fs.FS) (catalogue, error) {
	names, err := fs.Glob(fsys, "de/*.json")
	if err != nil {
		return nil, err
	}
	all := catalogue{}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var part catalogue
		if err := json.Unmarshal(b, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for k, v := range part {
			if old, ok := all[k]; ok && old != v {
				return nil, fmt.Errorf("%s: %q is %q here and %q in another file; give one a context, \"noun::%s\"", name, k, v, old, k)
			}
			all[k] = v
		}
	}
	return all, nil
}
