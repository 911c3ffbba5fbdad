// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"slices"
	"strings"
	"time"

	"mainstay/care/devices/store"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
)

// Kind is what a device is.
type Kind string

// The kinds.
const (
	Server      Kind = "server"
	Workstation Kind = "workstation"
	Laptop      Kind = "laptop"
	NetworkGear Kind = "network" // switch, router, firewall, access point
	Printer     Kind = "printer"
	Phone       Kind = "phone"
	Power       Kind = "ups" // uninterruptible power supply, power strip
	OtherKind   Kind = "other"
)

// Kinds lists the kinds in the order in which pages show them.
func Kinds() []Kind {
	return []Kind{Server, Workstation, Laptop, NetworkGear, Printer, Phone, Power, OtherKind}
}

// Source is how a device came here.
type Source string

// The sources.
const (
	ByAgent  Source = "agent"
	ByImport Source = "import"
	ByHand   Source = "hand"
	Found    Source = "found"
)

// Rhythm is how a device is expected to be there.
type Rhythm string

// The rhythms.
const (
	ByKind Rhythm = ""       // servers, network gear and power supplies always, all else when people use it
	Always Rhythm = "always" // silence is trouble
	Free   Rhythm = "free"   // it may be off
)

// Device is a machine of a client. Instants are microseconds since 1970 UTC, 0 = never.
type Device struct {
	ID        ids.ID
	Version   int64
	Client    ids.ID
	Site      ids.ID // 0 = none
	Person    ids.ID // who mostly uses it, 0 = nobody in particular
	Parent    ids.ID // the device behind which it is in the network, 0 = unknown
	Name      string // the firm's; the host name until somebody renames it
	Hostname  string
	Kind      Kind
	Source    Source
	Family    string // linux, windows, darwin
	OS        string
	Product   string // short, as its agent says: debian, ol, windows-server, …
	OSVersion string
	Arch      string
	Vendor    string
	Model     string
	Serial    string
	Address   string // its first address in the network
	MACs      []string
	Machine   string // hash of the operating system's identifier
	CPU       string
	Cores     int64
	Memory    int64 // bytes
	Storage   int64 // bytes
	LastUser  string
	Agent     string // version of the agent's program; "" = none was ever heard
	Rhythm    Rhythm
	Tags      []string
	Location  string
	AssetTag  string
	Note      string
	Custom    map[string]string // by the id of the field
	Warranty  civil.Date        // last day
	Bought    civil.Date
	EOL       civil.Date // last day on which its operating system is cared for
	Reboot    bool       // a restart is pending
	Dropped   int64      // batches that its full spool lost
	Copied    int64      // since when two machines use its identity
	Booted    int64
	Enrolled  int64
	Retired   int64
	Replaced  ids.ID // by which device
	Made      int64
	Changed   int64

	Seen   int64         // when it was last heard of
	Polled time.Duration // how often it is asked from outside, 0 = never
}

// Active reports whether the device is in use.
func (d *Device) Active() bool { return d.Retired == 0 }

// MayBeOff reports whether silence of the device is no trouble.
func (d *Device) MayBeOff() bool {
	switch d.Rhythm {
	case Always:
		return false
	case Free:
		return true
	}
	return d.Kind != Server && d.Kind != NetworkGear && d.Kind != Power
}

// Silence is after how long without a word an agent counts as away: three of its minutes.
const Silence = 3 * time.Minute

// Watched reports whether anything tells how the device does: its agent, or somebody who asks it.
func (d *Device) Watched() bool { return d.Agent != "" || d.Polled > 0 }

// Online reports whether the device's agent was heard lately, or it answered when it was asked.
func (d *Device) Online(now int64) bool {
	return d.Watched() && d.Active() && now-d.Seen < max(Silence, 3*d.Polled).Microseconds()
}

// fromRow and toRow translate between a device and its row.
func fromRow(r *store.DevicesDevice) *Device {
	return &Device{
		ID: ids.ID(r.ID), Version: r.Version, Client: ids.ID(r.ClientID), Site: ids.ID(r.SiteID), Person: ids.ID(r.PersonID), Parent: ids.ID(r.ParentID),
		Name: r.Name, Hostname: r.Hostname, Kind: Kind(r.Kind), Source: Source(r.Source), Family: r.Family, OS: r.Os, Product: r.Product, OSVersion: r.OsVersion, Arch: r.Arch,
		Vendor: r.Vendor, Model: r.Model, Serial: r.Serial, Address: r.Address, MACs: strings.Fields(r.Macs), Machine: r.Machine, CPU: r.Cpu, Cores: r.Cores, Memory: r.Memory,
		Storage: r.Storage, LastUser: r.LastUser, Agent: r.Agent, Rhythm: Rhythm(r.Rhythm), Tags: strings.Fields(r.Tags), Location: r.Location, AssetTag: r.AssetTag, Note: r.Note,
		Custom: unpackCustom(r.Custom), Warranty: civil.Date(r.Warranty), Bought: civil.Date(r.Bought), EOL: civil.Date(r.Eol), Reboot: r.Reboot != 0, Dropped: r.Dropped,
		Copied: r.CopiedAt, Booted: r.BootedAt, Enrolled: r.EnrolledAt, Retired: r.RetiredAt, Replaced: ids.ID(r.ReplacedBy), Made: r.MadeAt, Changed: r.ChangedAt,
	}
}

func toRow(d *Device) store.UpdateDeviceParams {
	return store.UpdateDeviceParams{
		ID: int64(d.ID), Version: d.Version, ClientID: int64(d.Client), SiteID: int64(d.Site), PersonID: int64(d.Person), ParentID: int64(d.Parent),
		Name: d.Name, Hostname: d.Hostname, Kind: string(d.Kind), Source: string(d.Source), Family: d.Family, Os: d.OS, Product: d.Product, OsVersion: d.OSVersion, Arch: d.Arch,
		Vendor: d.Vendor, Model: d.Model, Serial: d.Serial, Address: d.Address, Macs: strings.Join(d.MACs, " "), Machine: d.Machine, Cpu: d.CPU, Cores: d.Cores, Memory: d.Memory,
		Storage: d.Storage, LastUser: d.LastUser, Agent: d.Agent, Rhythm: string(d.Rhythm), Tags: strings.Join(d.Tags, " "), Location: d.Location, AssetTag: d.AssetTag, Note: d.Note,
		Custom: packCustom(d.Custom), Warranty: int64(d.Warranty), Bought: int64(d.Bought), Eol: int64(d.EOL), Reboot: flag(d.Reboot), Dropped: d.Dropped,
		CopiedAt: d.Copied, BootedAt: d.Booted, EnrolledAt: d.Enrolled, RetiredAt: d.Retired, ReplacedBy: int64(d.Replaced), ChangedAt: d.Changed,
	}
}

func toNewRow(d *Device) store.InsertDeviceParams {
	u := toRow(d)
	return store.InsertDeviceParams{
		ID: u.ID, ClientID: u.ClientID, SiteID: u.SiteID, PersonID: u.PersonID, ParentID: u.ParentID, Name: u.Name, Hostname: u.Hostname, Kind: u.Kind, Source: u.Source,
		Family: u.Family, Os: u.Os, Product: u.Product, OsVersion: u.OsVersion, Arch: u.Arch, Vendor: u.Vendor, Model: u.Model, Serial: u.Serial, Address: u.Address, Macs: u.Macs,
		Machine: u.Machine, Cpu: u.Cpu, Cores: u.Cores, Memory: u.Memory, Storage: u.Storage, LastUser: u.LastUser, Agent: u.Agent, Rhythm: u.Rhythm, Tags: u.Tags,
		Location: u.Location, AssetTag: u.AssetTag, Note: u.Note, Custom: u.Custom, Warranty: u.Warranty, Bought: u.Bought, Eol: u.Eol, Reboot: u.Reboot, Dropped: u.Dropped,
		CopiedAt: u.CopiedAt, BootedAt: u.BootedAt, EnrolledAt: u.EnrolledAt, RetiredAt: u.RetiredAt, ReplacedBy: u.ReplacedBy, MadeAt: d.Made, ChangedAt: u.ChangedAt,
	}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// clone returns a copy that can be changed while others read d.
func (d *Device) clone() *Device {
	c := *d
	c.MACs, c.Tags = slices.Clone(d.MACs), slices.Clone(d.Tags)
	return &c
}
