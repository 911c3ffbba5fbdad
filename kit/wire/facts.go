// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Section is a part of a device's inventory that is sent and compared as a whole.
type Section string

// The sections; beside each the type of its body.
const (
	SectionSystem     Section = "system"     // System
	SectionHardware   Section = "hardware"   // Hardware
	SectionVolumes    Section = "volumes"    // []Volume
	SectionNetwork    Section = "network"    // Network
	SectionSoftware   Section = "software"   // []Software
	SectionServices   Section = "services"   // []Service
	SectionUsers      Section = "users"      // []User
	SectionSessions   Section = "sessions"   // []Session
	SectionPorts      Section = "ports"      // []Port
	SectionContainers Section = "containers" // []Container
	SectionHealth     Section = "health"     // []DiskHealth
)

// Sections are all sections.
var Sections = []Section{
	SectionSystem, SectionHardware, SectionVolumes, SectionNetwork, SectionSoftware, SectionServices, SectionUsers, SectionSessions, SectionPorts, SectionContainers,
	SectionHealth,
}

// Facts is one section of the inventory.
type Facts struct {
	Section Section         `json:"section"`
	Taken   int64           `json:"taken"` // microseconds since 1970 UTC, server's clock
	Hash    string          `json:"hash"`  // HashFacts of Body
	Body    json.RawMessage `json:"body"`
	Failed  string          `json:"failed,omitempty"` // why the section could not be read; Body is empty then
}

// System is the operating system and how it is used.
type System struct {
	Name           string `json:"name"` // host name
	Domain         string `json:"domain,omitempty"`
	Family         string `json:"family"`            // linux, windows, darwin
	OS             string `json:"os"`                // as the vendor writes it: "Debian GNU/Linux 12 (bookworm)"
	Product        string `json:"product,omitempty"` // short identifier: debian, ubuntu, windows-server, macos
	Version        string `json:"version"`           // 12.7, 10.0.20348
	Build          string `json:"build,omitempty"`
	Edition        string `json:"edition,omitempty"`
	Kernel         string `json:"kernel,omitempty"`
	Arch           string `json:"arch"`
	Zone           string `json:"zone,omitempty"` // IANA name where known
	Boot           int64  `json:"boot,omitempty"` // microseconds since 1970 UTC, rounded to the minute
	Virtual        string `json:"virtual,omitempty"`
	Chassis        string `json:"chassis,omitempty"` // server, desktop, laptop, vm, container, …
	RebootPending  bool   `json:"reboot,omitempty"`
	LastUser       string `json:"lastUser,omitempty"`
	InstalledOn    string `json:"installed,omitempty"`  // 2006-01-02
	Virtualisation bool   `json:"hypervisor,omitempty"` // runs guests itself
}

// Hardware is what the machine is made of.
type Hardware struct {
	Vendor  string   `json:"vendor,omitempty"`
	Model   string   `json:"model,omitempty"`
	Serial  string   `json:"serial,omitempty"`
	Board   string   `json:"board,omitempty"`
	BIOS    string   `json:"bios,omitempty"`
	CPU     string   `json:"cpu,omitempty"`
	Sockets int      `json:"sockets,omitempty"`
	Cores   int      `json:"cores,omitempty"`
	Threads int      `json:"threads,omitempty"`
	Memory  uint64   `json:"memory,omitempty"` // bytes
	Modules []Module `json:"modules,omitempty"`
	Disks   []Disk   `json:"disks,omitempty"`
	GPUs    []string `json:"gpus,omitempty"`
}

// Module is one memory module.
type Module struct {
	Slot  string `json:"slot,omitempty"`
	Bytes uint64 `json:"bytes"`
	Kind  string `json:"kind,omitempty"` // DDR4, …
	MHz   int    `json:"mhz,omitempty"`
}

// Disk is a physical (or virtual) drive.
type Disk struct {
	Name   string `json:"name"`
	Model  string `json:"model,omitempty"`
	Serial string `json:"serial,omitempty"`
	Bytes  uint64 `json:"bytes"`
	Kind   string `json:"kind,omitempty"` // ssd, hdd, nvme, virtual
	Bus    string `json:"bus,omitempty"`
}

// DiskHealth is what a drive says of itself (SMART). Numbers are -1 where it does not say.
type DiskHealth struct {
	Name        string `json:"name"`
	Healthy     bool   `json:"healthy"`
	Source      string `json:"source"`      // smartctl, sysfs, wmi
	Celsius     int    `json:"celsius"`     // whole degrees
	Hours       int64  `json:"hours"`       // powered on
	WearPercent int    `json:"wear"`        // used of the drive's life
	Reallocated int64  `json:"reallocated"` // sectors
	Pending     int64  `json:"pending"`     // sectors
	Errors      int64  `json:"errors"`      // uncorrectable or media errors
	Text        string `json:"text,omitempty"`
}

// Volume is a mounted file system.
type Volume struct {
	Mount     string `json:"mount"`
	Source    string `json:"source,omitempty"`
	FS        string `json:"fs,omitempty"`
	Bytes     uint64 `json:"bytes"`
	Encrypted string `json:"encrypted,omitempty"` // yes, no; empty: unknown
	ReadOnly  bool   `json:"readonly,omitempty"`
}

// Network is the device's place in the network.
type Network struct {
	Interfaces []Interface `json:"interfaces"`
	Gateways   []string    `json:"gateways,omitempty"`
	DNS        []string    `json:"dns,omitempty"`
}

// Interface is a network interface.
type Interface struct {
	Name      string   `json:"name"`
	MAC       string   `json:"mac,omitempty"`
	Addresses []string `json:"addresses,omitempty"` // with prefix length: 192.0.2.1/24
	Mbit      int64    `json:"mbit,omitempty"`      // link speed
	Up        bool     `json:"up"`
	Virtual   bool     `json:"virtual,omitempty"`
}

// Software is an installed package or program.
type Software struct {
	Name      string `json:"name"`
	Version   string `json:"version,omitempty"`
	Publisher string `json:"publisher,omitempty"`
	Source    string `json:"source"`              // dpkg, rpm, apk, pacman, snap, flatpak, registry, app, receipt, brew
	Installed string `json:"installed,omitempty"` // 2006-01-02
	Arch      string `json:"arch,omitempty"`
}

// Service is a background service.
type Service struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	State string `json:"state"`           // running, stopped, failed, other
	Start string `json:"start,omitempty"` // auto, manual, disabled
}

// User is an account of the machine.
type User struct {
	Name     string `json:"name"`
	Full     string `json:"full,omitempty"`
	Admin    bool   `json:"admin,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`
	Shell    string `json:"shell,omitempty"`
}

// Session is somebody who is signed in.
type Session struct {
	User  string `json:"user"`
	From  string `json:"from,omitempty"`
	Since int64  `json:"since,omitempty"` // microseconds since 1970 UTC
	Kind  string `json:"kind,omitempty"`  // console, ssh, rdp
}

// Port is where a program listens.
type Port struct {
	Protocol string `json:"protocol"` // tcp, udp
	Address  string `json:"address"`
	Port     int    `json:"port"`
	Process  string `json:"process,omitempty"`
}

// Container is a container on the machine.
type Container struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Image   string `json:"image"`
	State   string `json:"state"`
	Runtime string `json:"runtime,omitempty"`
}

// MaxFacts is the size in bytes of the largest section, unpacked.
const MaxFacts = 8 << 20

// HashFacts names a section's content: SHA-256 of its JSON, the first 16 bytes in hex.
func HashFacts(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

// PackFacts encodes f for sending: JSON, deflated. It fails when f is larger than the protocol allows.
func PackFacts(f Facts) ([]byte, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	out := Deflate(b)
	if len(b) > MaxFacts || len(out) > MaxFrame {
		return nil, fmt.Errorf("section %s is too large: %d bytes", f.Section, len(b))
	}
	return out, nil
}

// UnpackFacts is the inverse of [PackFacts]. It checks the size, the section's name and the hash.
func UnpackFacts(data []byte) (Facts, error) {
	var f Facts
	b, err := Inflate(data, MaxFacts)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, err
	}
	known := false
	for _, s := range Sections {
		known = known || s == f.Section
	}
	if !known {
		return f, fmt.Errorf("unknown section %.40q", f.Section)
	}
	if f.Failed == "" && f.Hash != HashFacts(f.Body) {
		return f, errors.New("hash differs from the content")
	}
	return f, nil
}
