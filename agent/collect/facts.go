// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mainstay/kit/wire"
)

// The most that a section names.
const (
	maxSoftware   = 20_000
	maxServices   = 5_000
	maxUsers      = 2_000
	maxSessions   = 500
	maxPorts      = 2_000
	maxContainers = 1_000
	maxText       = 300
)

// maxProc bounds what is read of a small file or a table of the system.
const maxProc = 1 << 20

// errNone says that a machine has nothing of the kind: the section is sent empty.
var errNone = errors.New("there is none")

// Facts reads the sections of a machine's inventory. It is safe for concurrent use.
type Facts struct {
	mu   sync.Mutex // one section at a time: an inventory may take long, but not much of the machine
	os   factsOf
	hung chan struct{} // the volumes are still being read; closed once they are
}

// Sections returns what there is to read: see [link.Source].
func (f *Facts) Sections() []wire.Section { return wire.Sections }

// Read reads a section: see [link.Source]. A part that panics on what a machine holds is an error like others.
func (f *Facts) Read(ctx context.Context, section wire.Section) (body any, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() {
		if r := recover(); r != nil {
			body, err = nil, fmt.Errorf("reading the section failed: %v", r)
		}
	}()
	switch section {
	case wire.SectionSystem:
		return some(f.os.system(ctx))
	case wire.SectionHardware:
		return some(f.os.hardware(ctx))
	case wire.SectionVolumes:
		own := &factsOf{} // may run on beside other sections
		return list(f.volumes(ctx, own.volumes))(maxMounts, func(a, b wire.Volume) int { return strings.Compare(a.Mount, b.Mount) })
	case wire.SectionNetwork:
		return some(f.os.network(ctx))
	case wire.SectionSoftware:
		return list(f.os.software(ctx))(maxSoftware, func(a, b wire.Software) int {
			return strings.Compare(a.Name+"\x00"+a.Version+"\x00"+a.Source, b.Name+"\x00"+b.Version+"\x00"+b.Source)
		})
	case wire.SectionServices:
		return list(f.os.services(ctx))(maxServices, func(a, b wire.Service) int { return strings.Compare(a.Name, b.Name) })
	case wire.SectionUsers:
		return list(f.os.users(ctx))(maxUsers, func(a, b wire.User) int { return strings.Compare(a.Name, b.Name) })
	case wire.SectionSessions:
		return list(f.os.sessions(ctx))(maxSessions, func(a, b wire.Session) int {
			return strings.Compare(fmt.Sprint(a.Since, a.User, a.From), fmt.Sprint(b.Since, b.User, b.From))
		})
	case wire.SectionPorts:
		return list(f.os.ports(ctx))(maxPorts, func(a, b wire.Port) int {
			return strings.Compare(fmt.Sprintf("%05d%s%s", a.Port, a.Protocol, a.Address), fmt.Sprintf("%05d%s%s", b.Port, b.Protocol, b.Address))
		})
	case wire.SectionContainers:
		return list(containers(ctx))(maxContainers, func(a, b wire.Container) int { return strings.Compare(a.Runtime+a.Name+a.ID, b.Runtime+b.Name+b.ID) })
	case wire.SectionHealth:
		return list(f.os.health(ctx))(maxDisks, func(a, b wire.DiskHealth) int { return strings.Compare(a.Name, b.Name) })
	}
	return nil, fmt.Errorf("this agent knows no section %.40q", string(section))
}

var errNoVolumes = errors.New("a file system of this machine does not answer")

// volumes reads the file systems beside whoever asks for them: that of a server that has died may never answer, and the other sections, and
// the next look, must not wait for it.
func (f *Facts) volumes(ctx context.Context, read func(context.Context) ([]wire.Volume, error)) ([]wire.Volume, error) {
	if f.hung != nil {
		select {
		case <-f.hung:
			f.hung = nil
		default:
			return nil, errNoVolumes
		}
	}
	ctx, stop := context.WithTimeout(ctx, 4*patience)
	defer stop()
	done := make(chan struct{})
	var found []wire.Volume
	var err error
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("reading the section failed: %v", r)
			}
		}()
		found, err = read(ctx)
	}()
	select {
	case <-done:
		return found, err
	case <-ctx.Done():
		f.hung = done
		return nil, errNoVolumes
	}
}

func some[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// list sorts a section and cuts it to its limit, so that the same machine always gives the same bytes.
func list[T comparable](v []T, err error) func(most int, order func(a, b T) int) (any, error) {
	return func(most int, order func(a, b T) int) (any, error) {
		if errors.Is(err, errNone) {
			return []T{}, nil
		}
		if err != nil {
			return nil, err
		}
		slices.SortFunc(v, order)
		v = slices.Compact(v)
		if len(v) > most {
			v = v[:most]
		}
		if v == nil {
			v = []T{}
		}
		return v, nil
	}
}

// text returns what a machine says about itself as a text that can be sent: without what terminals would act on, and bounded.
func text(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xFFFD {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
	if r := []rune(s); len(r) > maxText {
		s = string(r[:maxText])
	}
	return s
}

// told returns a text of the hardware, "" for what vendors write when they wrote nothing.
func told(s string) string {
	s = text(s)
	switch strings.ToLower(strings.Trim(s, " .-_")) {
	case "", "to be filled by o.e.m", "to be filled by oem", "default string", "system serial number", "system product name", "system manufacturer", "not specified",
		"not applicable", "none", "unknown", "n/a", "0", "00000000", "0123456789", "123456789", "oem", "o.e.m", "invalid", "empty", "chassis serial number", "base board serial number",
		"ffffffff", "xxxxxxxx":
		return ""
	}
	return s
}
