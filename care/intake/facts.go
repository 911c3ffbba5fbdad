// SPDX-License-Identifier: Apache-2.0

package intake

import (
	"context"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/wire"
)

const mostFacts = 100 // reports in one transaction

// commitFacts stores sections of inventories, several at a time, and answers them.
func (i *Intake) commitFacts(ctx context.Context) {
	for {
		var m *hub.Message
		select {
		case <-ctx.Done():
			return
		case m = <-i.facts:
		}
		var list []devices.Report
		var from []*hub.Message
		deadline := time.After(gather)
		for more := true; more && len(list) < mostFacts; {
			if r, ok := i.report(m); ok {
				list, from = append(list, r), append(from, m)
			}
			select {
			case m = <-i.facts:
			case <-deadline:
				more = false
			}
		}
		i.storeFacts(ctx, list, from)
	}
}

func (i *Intake) report(m *hub.Message) (devices.Report, bool) {
	d := i.speaker(m)
	if d == nil {
		return devices.Report{}, false
	}
	f, err := wire.UnpackFacts(m.Data)
	if err != nil {
		i.refuse(m, err.Error())
		return devices.Report{}, false
	}
	return devices.Report{Device: d.ID, Facts: f}, true
}

// storeFacts stores all or, where one of them is wrong, one after the other.
func (i *Intake) storeFacts(ctx context.Context, list []devices.Report, from []*hub.Message) {
	if len(list) == 0 {
		return
	}
	err := i.p.Devices.TakeFacts(ctx, list)
	if err != nil && len(list) > 1 && fault.Is(err, fault.Invalid) {
		for k := range list {
			i.storeFacts(ctx, list[k:k+1], from[k:k+1])
		}
		return
	}
	for _, m := range from {
		if err != nil {
			i.settle(m, err)
		} else {
			m.Ack(wire.OK, "")
		}
	}
}
