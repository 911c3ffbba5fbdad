// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"
)

//go:embed de/*.json fr/*.json es/*.json pt/*.json
var files embed.FS

// catalogue maps a key to its pattern in one language.
type catalogue map[string]string

// The embedded files are read once; they are constants of the program.
var (
	german     = sync.OnceValue(func() catalogue { return embedded("de") })
	french     = sync.OnceValue(func() catalogue { return embedded("fr") })
	spanish    = sync.OnceValue(func() catalogue { return embedded("es") })
	portuguese = sync.OnceValue(func() catalogue { return embedded("pt") })
)

func embedded(language string) catalogue {
	c, err := load(files, language)
	if err != nil {
		panic(err) // the files are compiled in: TestCatalogue reads them before anybody else does
	}
	return c
}

func catalogueOf(language string) catalogue {
	switch language {
	case "de":
		return german()
	case "fr":
		return french()
	case "es":
		return spanish()
	case "pt":
		return portuguese()
	}
	return nil
}

// load reads LANGUAGE/*.json. Two files may hold the same key only with the same text.
func load(fsys fs.FS, language string) (catalogue, error) {
	names, err := fs.Glob(fsys, language+"/*.json")
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
