// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"os"
)

// machineID reads the identifier that the system drew when it was installed.
func machineID(context.Context) (id, serial string, err error) {
	var f factsOf
	serial = told(f.line("/sys/class/dmi/id/product_serial"))
	for _, name := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		b, e := os.ReadFile(name)
		if e == nil && len(b) >= 32 {
			return string(b[:32]), serial, nil
		}
		err = e
	}
	// Without systemd: what the firmware says, or the kernel when there is none.
	if b, e := os.ReadFile("/sys/class/dmi/id/product_uuid"); e == nil && len(b) > 8 {
		return string(b), serial, nil
	}
	return "", serial, err
}
