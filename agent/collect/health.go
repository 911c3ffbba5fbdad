// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mainstay/kit/wire"
)

// smartReport is what is read of `smartctl --json`.
type smartReport struct {
	Device struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Protocol string `json:"protocol"`
	} `json:"device"`
	SmartStatus *struct {
		Passed bool `json:"passed"`
	} `json:"smart_status"`
	Temperature *struct {
		Current int `json:"current"`
	} `json:"temperature"`
	PowerOn *struct {
		Hours int64 `json:"hours"`
	} `json:"power_on_time"`
	NVMe *struct {
		Used   int   `json:"percentage_used"`
		Errors int64 `json:"media_errors"`
		Alarm  int   `json:"critical_warning"`
		Spare  int   `json:"available_spare"`
		Limit  int   `json:"available_spare_threshold"`
	} `json:"nvme_smart_health_information_log"`
	ATA *struct {
		Table []struct {
			ID    int    `json:"id"`
			Name  string `json:"name"`
			Value int    `json:"value"`
			When  string `json:"when_failed"`
			Raw   struct {
				Value int64 `json:"value"`
			} `json:"raw"`
		} `json:"table"`
	} `json:"ata_smart_attributes"`
	SCSIDefects *int64 `json:"scsi_grown_defect_list"`
	SCSIErrors  map[string]struct {
		Uncorrected int64 `json:"total_uncorrected_errors"`
	} `json:"scsi_error_counter_log"`
}

// parseSmart turns a report into what is sent. It is false when the drive says nothing of its health.
func parseSmart(name string, report []byte) (wire.DiskHealth, bool, error) {
	var r smartReport
	if err := json.Unmarshal(report, &r); err != nil {
		return wire.DiskHealth{}, false, fmt.Errorf("read what smartctl says of %s: %w", name, err)
	}
	if r.SmartStatus == nil && r.NVMe == nil && r.ATA == nil {
		return wire.DiskHealth{}, false, nil
	}
	h := wire.DiskHealth{Name: name, Source: "smartctl", Healthy: r.SmartStatus == nil || r.SmartStatus.Passed, Celsius: -1, Hours: -1, WearPercent: -1, Reallocated: -1, Pending: -1, Errors: -1}
	if r.Temperature != nil {
		h.Celsius = r.Temperature.Current
	}
	if r.PowerOn != nil {
		h.Hours = r.PowerOn.Hours
	}
	if n := r.NVMe; n != nil {
		h.WearPercent, h.Errors = n.Used, n.Errors
		if n.Alarm != 0 {
			h.Healthy, h.Text = false, fmt.Sprintf("critical warning 0x%02x", n.Alarm)
		} else if n.Limit > 0 && n.Spare < n.Limit {
			h.Healthy, h.Text = false, fmt.Sprintf("spare blocks at %d%%, below %d%%", n.Spare, n.Limit)
		}
	}
	if r.ATA != nil {
		for _, a := range r.ATA.Table {
			switch a.ID {
			case 5:
				h.Reallocated = a.Raw.Value
			case 197:
				h.Pending = a.Raw.Value
			case 198, 187:
				h.Errors = max(h.Errors, a.Raw.Value)
			case 177, 231, 233, 202: // wear levelling, life left, media wear-out: normalised from 100 down
				if a.Value >= 0 && a.Value <= 100 {
					h.WearPercent = max(h.WearPercent, 100-a.Value)
				}
			}
			if a.When == "now" || a.When == "FAILING_NOW" {
				h.Healthy, h.Text = false, text(a.Name+" fails now")
			}
		}
	}
	if r.SCSIDefects != nil {
		h.Reallocated = *r.SCSIDefects
	}
	for _, c := range r.SCSIErrors {
		h.Errors = max(h.Errors, 0) + c.Uncorrected
	}
	return h, true, nil
}

// smartctl asks every drive that the tool finds.
func smartctl(ctx context.Context, name string) ([]wire.DiskHealth, error) {
	out, _, err := run(ctx, 30*time.Second, name, "--json", "--scan")
	if err != nil {
		return nil, err
	}
	var scan struct {
		Devices []struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"devices"`
	}
	if err := json.Unmarshal(out, &scan); err != nil {
		return nil, fmt.Errorf("read what smartctl finds: %w", err)
	}
	var all []wire.DiskHealth
	var failed error
	for i, d := range scan.Devices {
		if i == maxDisks {
			break
		}
		// Not waking a disk that sleeps: a backup disk would never rest.
		out, exit, err := run(ctx, 30*time.Second, name, "--json", "-n", "standby,0", "-H", "-A", "-d", d.Type, d.Name)
		if err != nil {
			failed = err
			continue
		}
		h, ok, err := parseSmart(d.Name, out)
		if err != nil {
			failed = err
			continue
		}
		if ok {
			if exit&(1<<3) != 0 && h.Text == "" { // bit 3: the disk is failing
				h.Healthy, h.Text = false, "the drive says that it is failing"
			}
			all = append(all, h)
		}
	}
	if len(all) == 0 && failed != nil && !errors.Is(failed, errMissing) {
		return nil, failed
	}
	return all, nil
}

// Health reads what this machine's drives say of themselves.
func Health(ctx context.Context) ([]wire.DiskHealth, error) {
	var f factsOf
	return f.health(ctx)
}
