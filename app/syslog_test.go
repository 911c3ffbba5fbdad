// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/syslog"
)

// What a firewall writes to the server's own port, by UDP and TCP, stands with it, and a pattern in it becomes an alert. Who is no device
// is counted and named, and what he writes is not kept, even where he calls himself like none.
func TestSyslogOfTheServer(t *testing.T) {
	logger, err := exec.LookPath("logger")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("test/needs installs logger(1): ", err)
		}
		t.Skip("logger(1) is not there: ", err)
	}
	d := newDesk(t)
	d.Config.Syslog = "127.0.0.1:0"
	runEstate(t, d.App)
	ctx, all := context.Background(), access.WholeFirm()
	firewall, err := d.Devices.Make(ctx, all, d.client, devices.Details{Name: "fw1", Kind: devices.NetworkGear, Address: "127.0.0.1", Warranty: civil.NoDate, Bought: civil.NoDate})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Network.SavePattern(ctx, all, network.Pattern{Name: "Logins fail", Text: "login failed", Severity: syslog.Warning, Number: 2, Minutes: 10, Critical: true}); err != nil {
		t.Fatal(err)
	}
	messages := "/discovery/messages?client=" + d.client.String()
	found := regexp.MustCompile(`listens at (127\.0\.0\.1):(\d+)`).FindStringSubmatch(d.get(messages))
	if found == nil {
		t.Fatal("the page does not say where the server listens")
	}
	for _, way := range []string{"--udp", "--tcp"} {
		cmd := exec.CommandContext(ctx, logger, way, "--server", found[1], "--port", found[2], "--priority", "auth.warning", "--tag", "sshd", "login failed by "+way)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	stranger := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	c, err := stranger.DialContext(ctx, "udp", net.JoinHostPort(found[1], found[2]))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for range 3 {
		if _, err := c.Write([]byte("<36>Jan  1 00:00:00 elsewhere sshd: login failed by nobody")); err != nil {
			t.Fatal(err)
		}
	}

	until(t, "both messages", func() bool {
		list, err := d.Network.Messages(ctx, all, network.MessageQuery{Client: d.client, Device: firewall, Severity: syslog.Debug, Limit: 10})
		return err == nil && len(list) == 2
	})
	body := d.get(messages)
	for _, want := range []string{"login failed by --udp", "login failed by --tcp"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	until(t, "the stranger", func() bool {
		list := d.Network.Strangers(all)
		return len(list) == 1 && list[0].Source == "127.0.0.2" && list[0].Host == "elsewhere" && list[0].Messages == 3
	})
	if body = d.get(messages); !strings.Contains(body, "Senders that are no device") || !strings.Contains(body, "127.0.0.2") || strings.Contains(body, "by nobody") {
		t.Error("the page does not tell of the stranger, or tells what he wrote")
	}
	if got := d.Network.Strangers(access.OneClient(d.client)); len(got) != 0 {
		t.Errorf("somebody of one client sees them: %+v", got)
	}
	var n int
	if err := d.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM network_messages").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d messages are kept, %v", n, err)
	}
	until(t, "the alert", func() bool {
		list, _, err := d.Monitoring.Alerts(ctx, all, monitoring.Query{Device: firewall})
		return err == nil && len(list) == 1 && list[0].Watch.Key == "messages" && strings.Contains(list[0].Series, "Logins fail")
	})
}
