// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"time"

	"golang.org/x/sys/unix"
)

// Uptime returns how long the machine has run, with the time it slept: nobody sets this clock.
func Uptime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil { // goes on while the machine sleeps, unlike Linux'
		return 0
	}
	return time.Duration(t.Nano())
}

// Boot names this run of the machine; "" when the system does not.
func Boot() string {
	s, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return s
}
