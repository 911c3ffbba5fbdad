// SPDX-License-Identifier: Apache-2.0

package check

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"unsafe"

	"golang.org/x/sys/windows"
)

// trusted tells why a plugin may not run: it and its folder must belong to the administrators, the system or the
// installer, and nobody else may have the right to write to them.
func trusted(folder, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no program")
	}
	for _, p := range []string{folder, path} {
		if err := adminsOnly(p); err != nil {
			return err
		}
	}
	return nil
}

// writing are the rights with which a file or a folder can be changed.
const writing = windows.GENERIC_WRITE | windows.GENERIC_ALL | windows.WRITE_DAC | windows.WRITE_OWNER | windows.DELETE | windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA

func adminsOnly(path string) error {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return err
	}
	if !high(owner) {
		return fmt.Errorf("%s belongs to somebody else than the administrators", path)
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return fmt.Errorf("%s is open to everybody", path)
	}
	for i := range uint32(dacl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(dacl, i, &ace); err != nil {
			return err
		}
		if ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || ace.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 || uint32(ace.Mask)&writing == 0 {
			continue
		}
		if !high(sidOf(ace)) {
			return fmt.Errorf("others than administrators may write to %s", path)
		}
	}
	return nil
}

// high tells whether somebody is an administrator or the system itself.
func high(sid *windows.SID) bool {
	const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	return sid.IsWellKnown(windows.WinBuiltinAdministratorsSid) || sid.IsWellKnown(windows.WinLocalSystemSid) || sid.String() == trustedInstaller
}

func pluginEnvironment() []string { return os.Environ() }

// ownGroup has nothing to do: a plugin that does not end is ended alone.
func ownGroup(*exec.Cmd) {}

func sidOf(ace *windows.ACCESS_ALLOWED_ACE) *windows.SID {
	return (*windows.SID)(unsafe.Pointer(&ace.SidStart)) //nolint:gosec // the SID begins there: the structure's documented layout
}
