// SPDX-License-Identifier: Apache-2.0

package link

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The key is sealed by DPAPI for the machine: a copy of the file is of no use on another one. Who may read
// the file is settled by its folder, which is SYSTEM's and the administrators'.

const (
	flags  = windows.CRYPTPROTECT_LOCAL_MACHINE | windows.CRYPTPROTECT_UI_FORBIDDEN
	maxKey = 64 << 10
)

func seal(key []byte) ([]byte, error) {
	return dpapi(key, func(in, out *windows.DataBlob) error {
		return windows.CryptProtectData(in, nil, nil, 0, nil, flags, out)
	})
}

func unseal(sealed []byte) ([]byte, error) {
	return dpapi(sealed, func(in, out *windows.DataBlob) error {
		return windows.CryptUnprotectData(in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, out)
	})
}

func dpapi(data []byte, do func(in, out *windows.DataBlob) error) ([]byte, error) {
	if len(data) == 0 || len(data) > maxKey {
		return nil, errors.New("not a key")
	}
	in := windows.DataBlob{Size: uint32(len(data)), Data: &data[0]}
	var out windows.DataBlob
	if err := do(&in, &out); err != nil {
		return nil, err
	}
	defer windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data))) //nolint:errcheck // nothing to be done
	return append([]byte(nil), unsafe.Slice(out.Data, out.Size)...), nil
}
