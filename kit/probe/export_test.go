// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"strings"

	"mainstay/kit/wire"
)

// ReadMetrics reads all that an exporter says.
func ReadMetrics(text string) (out []wire.Measure) {
	for line := range strings.Lines(text) {
		if _, series, v, ok := sample(strings.TrimSpace(line)); ok {
			out = append(out, wire.Measure{Series: series, Value: v})
		}
	}
	return out
}
