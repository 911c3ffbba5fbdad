// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"

	"mainstay/kit/wire"
)

// health asks smartctl where it is installed; else the kernel, which knows of a drive only that it still answers, and the
// temperature. Source says which.
func (f *factsOf) health(ctx context.Context) ([]wire.DiskHealth, error) {
	all, err := smartctl(ctx, "smartctl")
	if err == nil && len(all) > 0 {
		return all, nil
	}
	if err != nil && !errors.Is(err, errMissing) {
		return nil, err
	}
	for _, d := range f.drives() {
		if d.Kind == "virtual" {
			continue
		}
		h := wire.DiskHealth{Name: d.Name, Source: "sysfs", Healthy: true, Celsius: -1, Hours: -1, WearPercent: -1, Reallocated: -1, Pending: -1, Errors: -1}
		switch state := f.line("/sys/block/" + d.Name + "/device/state"); state {
		case "", "running", "live":
		default:
			h.Healthy, h.Text = false, text("the drive is "+state)
		}
		for _, pattern := range []string{"/device/hwmon*/temp1_input", "/device/hwmon/hwmon*/temp1_input"} {
			names, _ := filepath.Glob("/sys/block/" + d.Name + pattern)
			if len(names) > 0 {
				if v, err := strconv.Atoi(f.line(names[0])); err == nil {
					h.Celsius = v / 1000
				}
			}
		}
		all = append(all, h)
	}
	return all, nil
}
