// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"regexp"
	"slices"
	"strings"
)

// The products of endoflife.date whose releases are known by their builds.
const (
	windowsClient = "windows"
	windowsServer = "windows-server"
)

// productOf returns the name of a system's product at endoflife.date, and the version as it is written there. An agent sends the ID of
// os-release, which its maker chose; those that are the same in both are not in the list.
func productOf(id, version, os string) (product, release string) {
	switch id {
	case "rocky":
		return "rocky-linux", version
	case "ol":
		return "oracle-linux", version
	case "amzn":
		return "amazon-linux", version
	case "alpine":
		return "alpine-linux", version
	case "opensuse-leap":
		return "opensuse", version
	case "sled", "sles_sap":
		return "sles", version
	case "sle-micro", "sl-micro", "suse-microos":
		return "suse-linux-micro", version
	case "raspbian":
		return "debian", version
	case "pop":
		return "pop-os", version
	case "mx":
		return "mxlinux", version
	case "antix":
		return "antix-linux", version
	case "photon":
		return "vmware-photon", version
	case "centos":
		if strings.Contains(os, "Stream") { // the same ID; other days
			return "centos-stream", version
		}
	case "linuxmint":
		if strings.HasPrefix(os, "LMDE") {
			return id, "lmde" + version
		}
	}
	return id, version
}

// releaseOf finds the release that a version belongs to: the longest cycle that it begins with.
func releaseOf(list []release, version string) (best release, ok bool) {
	for _, r := range list {
		if (version == r.cycle || strings.HasPrefix(version, r.cycle+".") || strings.HasPrefix(version, r.cycle+" ")) && len(r.cycle) > len(best.cycle) {
			best, ok = r, true
		}
	}
	return best, ok
}

var serverYear = regexp.MustCompile(`\b20[0-9][0-9]\b`)

// builtAs finds the release of Windows of a build, such as 10.0.19045. Of one build there are several with other ends, by the edition,
// which stands in the system's name: Home and Pro (11-24h2-w), Enterprise and Education (-e), and those with long support (-lts).
func builtAs(list []release, product, build, os string) (release, bool) {
	var all []release
	for _, r := range list {
		if r.latest == build {
			all = append(all, r)
		}
	}
	os = strings.ToLower(os)
	for _, end := range editionEnds(product, os) {
		if i := slices.IndexFunc(all, func(r release) bool { return editionOf(r.cycle) == end }); i >= 0 {
			return all[i], true
		}
	}
	return release{}, false
}

// editionOf is the end of a cycle's name that says for which editions it holds; "" = for all.
func editionOf(cycle string) string {
	for _, end := range []string{"-iot-lts", "-e-lts", "-iot", "-e", "-w", "-sac", "-ac"} {
		if strings.HasSuffix(cycle, end) {
			return end
		}
	}
	return ""
}

// editionEnds are the ends of cycles' names that may hold for a system, the one that fits best first. os is in small letters.
func editionEnds(product, os string) []string {
	if product == windowsServer {
		// Releases of half a year bear no year in their names: Windows Server Standard.
		if os != "" && !serverYear.MatchString(os) {
			return []string{"-ac", "-sac", ""}
		}
		return []string{"", "-ac", "-sac"}
	}
	long := strings.Contains(os, "ltsc") || strings.Contains(os, "ltsb")
	switch {
	case long && strings.Contains(os, "iot"):
		return []string{"-iot-lts", "-e-lts"}
	case long:
		return []string{"-e-lts"}
	case strings.Contains(os, "enterprise"), strings.Contains(os, "education") && !strings.Contains(os, "pro education"):
		return []string{"-e", ""}
	}
	return []string{"-w", ""}
}
