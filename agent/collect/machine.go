// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"

	"mainstay/kit/wire"
)

// Machine tells which machine this is: see [wire.Machine].
func Machine(ctx context.Context) (wire.Machine, error) {
	id, serial, err := machineID(ctx)
	if err != nil {
		return wire.Machine{}, err
	}
	if id = strings.ToLower(strings.TrimSpace(id)); len(id) < 8 {
		return wire.Machine{}, errors.New("the system does not say which machine this is")
	}
	sum := sha256.Sum256([]byte("mainstay machine 1\x00" + id)) // the identifier itself is nobody's business
	m := wire.Machine{ID: hex.EncodeToString(sum[:]), Serial: serial, MACs: macs(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	m.Name, err = os.Hostname()
	m.Name = text(m.Name)
	return m, err
}

// macs returns the addresses of physical interfaces: not those that software has made up (the bit of local administration).
func macs() []string {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	out := []string{}
	for _, i := range all {
		if len(i.HardwareAddr) == 6 && i.HardwareAddr[0]&2 == 0 && !passing(i.Name) && len(out) < 16 {
			out = append(out, i.HardwareAddr.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
