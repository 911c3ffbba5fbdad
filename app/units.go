// SPDX-License-Identifier: Apache-2.0

package app

import (
	"math"
	"strings"
	"time"

	"mainstay/kit/locale"
)

// unit is how the values of a chart read. The live charts know the same (charts.js).
type unit string

// The units.
const (
	percent   unit = "percent"
	bits      unit = "bits"    // bytes a second, read as bits a second: that is how lines are sold
	bytesRate unit = "bytes/s" // bytes a second
	bytesSize unit = "bytes"
	celsius   unit = "celsius"
	seconds   unit = "seconds"
	perSecond unit = "/s"
	plain     unit = ""
)

// unitOf follows from how a series is named.
func unitOf(name string) unit {
	switch {
	case strings.HasSuffix(name, "_ratio"):
		return percent
	case strings.HasSuffix(name, "network_io_bytes_total"):
		return bits
	case strings.HasSuffix(name, "_bytes_total"):
		return bytesRate
	case strings.HasSuffix(name, "_total"):
		return perSecond
	case strings.HasSuffix(name, "_bytes"):
		return bytesSize
	case strings.HasSuffix(name, "_celsius"):
		return celsius
	case strings.HasSuffix(name, "_seconds"):
		return seconds
	}
	return plain
}

// text writes a value as people read it.
func (u unit) text(p locale.Printer, v float64) string {
	switch u {
	case percent:
		digits := 0
		if share := math.Abs(v); share > 0 && share < .0995 {
			digits = 1
		}
		return p.Percent(v, digits)
	case bits:
		return scaled(p, v*8, "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s")
	case bytesRate:
		return scaled(p, v, "B/s", "KB/s", "MB/s", "GB/s", "TB/s")
	case bytesSize:
		return scaled(p, v, "B", "KB", "MB", "GB", "TB", "PB")
	case celsius:
		return p.Float(v, 0) + " °C"
	case seconds:
		return spanText(p, v)
	case perSecond:
		return amount(p, v) + "/s"
	}
	return amount(p, v)
}

func scaled(p locale.Printer, v float64, units ...string) string {
	i := 0
	for math.Abs(v) >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	return short(p, v) + " " + units[i]
}

// spanText writes a time in the unit in which it is a small number.
func spanText(p locale.Printer, v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0 s"
	case a < .001:
		return short(p, v*1e6) + " µs"
	case a < 1:
		return short(p, v*1e3) + " ms"
	case a < 120:
		return short(p, v) + " s"
	case a < 2*time.Hour.Seconds():
		return short(p, v/60) + " min"
	case a < 48*time.Hour.Seconds():
		return short(p, v/3600) + " h"
	}
	return short(p, v/86400) + " d"
}

func amount(p locale.Printer, v float64) string {
	if math.Abs(v) >= 10_000 {
		return scaled(p, v, "", "k", "M", "G", "T")
	}
	return short(p, v)
}

// short leaves three digits or so.
func short(p locale.Printer, v float64) string {
	digits := 0
	switch a := math.Abs(v); {
	case a == math.Trunc(a):
	case a < .1:
		digits = 3
	case a < 1:
		digits = 2
	case a < 100:
		digits = 1
	}
	return p.Float(v, digits)
}
