// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"strconv"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Uptime returns how long the machine has run, with the time it slept: nobody sets this clock.
func Uptime() time.Duration { return windows.DurationSinceBoot() }

// Boot names this run of the machine by the number that Windows counts its starts with; "" when it does not.
func Boot() string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer k.Close() //nolint:errcheck // nothing to be done
	n, _, err := k.GetIntegerValue("BootId")
	if err != nil {
		return ""
	}
	return strconv.FormatUint(n, 10)
}
