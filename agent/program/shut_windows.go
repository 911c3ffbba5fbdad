// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// shut gives a file or a folder to the administrators and shuts it to everybody but them and the system. What is made in the folder later gets
// the same. The owner counts too: whoever made the folder before the agent did could open it again.
func shut(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is a link to somewhere else", path)
	}
	sd, err := ours(info.IsDir())
	if err != nil {
		return fmt.Errorf("shut %s: %w", path, err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("shut %s: %w", path, err)
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return fmt.Errorf("shut %s: %w", path, err)
	}
	err = windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, owner, nil, dacl, nil)
	if err != nil {
		return fmt.Errorf("shut %s: %w", path, err)
	}
	return nil
}

// ours says that the administrators own it, that they and the system may do everything, and that nothing is inherited from above.
func ours(folder bool) (*windows.SECURITY_DESCRIPTOR, error) {
	inherit := ""
	if folder {
		inherit = "OICI"
	}
	return windows.SecurityDescriptorFromString("O:BAD:P(A;" + inherit + ";FA;;;SY)(A;" + inherit + ";FA;;;BA)")
}
