// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
)

// CountedDevice is a device that was counted, as it was called then.
type CountedDevice struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// DeviceCount is how many devices of a client a query meant on a day.
type DeviceCount struct {
	Day     string          `json:"day"`
	Number  int64           `json:"number"`
	Counted time.Time       `json:"counted" doc:"When; of a day the last count is kept"`
	Came    []CountedDevice `json:"came" doc:"That were not there in the count before"`
	Went    []CountedDevice `json:"went" doc:"That were there in the count before"`
}

// DeviceCountNames is a count with the devices that it is of.
type DeviceCountNames struct {
	DeviceCount
	Devices []CountedDevice `json:"devices"`
}

// mountCounts registers the operations of counts.
func (h *Handlers) mountCounts(a *api.API) {
	api.Register(a, "GET", "/device-counts", access.DevicesRead, "list-device-counts", "How many devices of a client were counted day by day, and who came and went", h.counts)
	api.Register(a, "GET", "/device-counts/{day}", access.DevicesRead, "get-device-count", "The devices of a client that were counted on a day", h.countOf)
}

type countsIn struct {
	Client string `query:"client" required:"true" maxLength:"13" doc:"Id of the client"`
	Q      string `query:"q" maxLength:"500" doc:"The query that was counted, as a line of an agreement has it; absent: all devices in use"`
	From   string `query:"from" doc:"2006-01-02; absent: 30 days before the last"`
	To     string `query:"to" doc:"2006-01-02, the last day; absent: today"`
}

type countsOut struct {
	Body struct {
		Counts []DeviceCount `json:"counts"`
	}
}

func (h *Handlers) counts(ctx context.Context, in *countsIn) (*countsOut, error) {
	to, err := dayOf(in.To, "to")
	if err != nil {
		return nil, err
	}
	if !to.Known() {
		to = h.Devices.Today()
	}
	from, err := dayOf(in.From, "from")
	if err != nil {
		return nil, err
	}
	if !from.Known() {
		from = to.AddDays(-30)
	}
	list, err := h.countDays(ctx, in.Client, in.Q, from, to)
	if err != nil {
		return nil, err
	}
	out := &countsOut{}
	out.Body.Counts = make([]DeviceCount, len(list))
	for i := range list {
		out.Body.Counts[i] = countOf(&list[i])
	}
	return out, nil
}

func (h *Handlers) countDays(ctx context.Context, client, query string, from, to civil.Date) ([]devices.DayCount, error) {
	c, err := idOf(client, "client")
	if err != nil {
		return nil, err
	}
	q, err := devices.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	return h.Devices.CountDays(ctx, scope(ctx), c, q, from, to)
}

type countIn struct {
	Day    string `path:"day" maxLength:"10" doc:"2006-01-02"`
	Client string `query:"client" required:"true" maxLength:"13" doc:"Id of the client"`
	Q      string `query:"q" maxLength:"500"`
}

type countOut struct {
	Body DeviceCountNames
}

func (h *Handlers) countOf(ctx context.Context, in *countIn) (*countOut, error) {
	day, err := dayOf(in.Day, "day")
	if err != nil {
		return nil, err
	}
	if !day.Known() {
		return nil, fault.NewInvalid("Enter a day.").On("day")
	}
	list, err := h.countDays(ctx, in.Client, in.Q, day, day)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.NewNotFound("Nothing was counted on this day.")
	}
	return &countOut{Body: DeviceCountNames{DeviceCount: countOf(&list[0]), Devices: members(list[0].Members)}}, nil
}

func countOf(c *devices.DayCount) DeviceCount {
	return DeviceCount{Day: c.Day.String(), Number: c.Number, Counted: clock.FromMicros(c.Made), Came: members(c.Came), Went: members(c.Went)}
}

func members(list []devices.Member) []CountedDevice {
	out := make([]CountedDevice, len(list))
	for i, m := range list {
		out[i] = CountedDevice{ID: m.ID.String(), Name: m.Name}
	}
	return out
}
