// SPDX-License-Identifier: Apache-2.0

package installer

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"

	"mainstay/kit/fault"
)

//go:embed install.sh install.ps1
var texts embed.FS

// Scripts are the names of the scripts.
var Scripts = []string{"install.sh", "install.ps1"}

// File is a program or a package.
type File struct {
	Name string
	Sum  string // SHA-256 of its content, hex
	Size int64
}

// Folder is where the programs lie, as `make agent` builds them. It is safe for concurrent use.
type Folder struct {
	path string

	mu   sync.Mutex
	sums map[string]known
}

// known is a sum with what it was reckoned of.
type known struct {
	size int64
	at   time.Time
	sum  string
}

// NewFolder returns the folder at path, which need not be there yet.
func NewFolder(path string) *Folder { return &Folder{path: path, sums: map[string]known{}} }

// fileName is what a file of the folder may be called: nothing else is served.
var fileName = regexp.MustCompile(`^mainstay-agent-(linux|windows|darwin)-(amd64|arm64)(\.exe|\.deb|\.rpm)?$`)

// Files returns what there is, by name. Sums are reckoned once for each file that is new.
func (f *Folder) Files() ([]File, error) {
	all, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the agents' programs: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []File
	for _, e := range all {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !fileName.MatchString(e.Name()) {
			continue
		}
		k, ok := f.sums[e.Name()]
		if !ok || k.size != info.Size() || !k.at.Equal(info.ModTime()) {
			sum, err := sumOf(filepath.Join(f.path, e.Name()))
			if err != nil {
				return nil, err
			}
			k = known{size: info.Size(), at: info.ModTime(), sum: sum}
			f.sums[e.Name()] = k
		}
		out = append(out, File{Name: e.Name(), Sum: k.sum, Size: k.size})
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func sumOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read an agent's program: %w", err)
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", fmt.Errorf("read an agent's program: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// safeServer is how a server's URL may be written: nothing that a script would take for its own.
var safeServer = regexp.MustCompile(`^https?://[A-Za-z0-9.\-_\[\]:]+(/[A-Za-z0-9.\-_~/]*)?$`)

// Script returns a script for a server's public URL.
func (f *Folder) Script(name, server string) ([]byte, error) {
	if !slices.Contains(Scripts, name) {
		return nil, fault.NewNotFound("There is no script %q.", name)
	}
	server = strings.TrimSuffix(server, "/")
	u, err := url.Parse(server)
	if err != nil || !safeServer.MatchString(server) || u.Host == "" {
		return nil, fault.NewInvalid("The server's address %q cannot stand in a script. Set --url.", server)
	}
	files, err := f.Files()
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fault.NewNotFound("This server has no agents to hand out. Build them with make agent, and put them into the folder that the documentation names.")
	}
	t, err := template.ParseFS(texts, name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, struct {
		Server string
		Files  []File
	}{server, files}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Open opens a file for serving.
func (f *Folder) Open(name string) (*os.File, error) {
	if !fileName.MatchString(name) {
		return nil, fault.NewNotFound("There is no file %q.", name)
	}
	file, err := os.Open(filepath.Join(f.path, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.NewNotFound("There is no file %q.", name)
	}
	return file, err
}

// ServeFile answers with a file of the folder.
func (f *Folder) ServeFile(w http.ResponseWriter, r *http.Request, name string) error {
	file, err := f.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(w, r, name, info.ModTime(), file)
	return nil
}
