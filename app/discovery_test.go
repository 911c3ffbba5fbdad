// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/probe/snmp"
	"mainstay/test/snmpd"
)

// A power supply without an agent, asked by the agent of this machine: what it is comes into its record, and that its battery is
// nearly empty becomes an alert.
func TestDeviceWithoutAgent(t *testing.T) {
	port := snmpd.Start(t, "127.0.0.1", snmpd.UPS)
	s := newSite(t)
	runEstate(t, s.App)
	ctx, all := context.Background(), access.WholeFirm()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/devices/this", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(s.session)
	req.Header.Set("Origin", s.url)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode >= 400 {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	var prober *devices.Device
	until(t, "this machine", func() bool {
		list, err := s.Devices.All(ctx, all)
		for _, d := range list {
			if d.Agent != "" {
				prober = d
			}
		}
		return err == nil && prober != nil
	})
	ups, err := s.Devices.Make(ctx, all, prober.Client, devices.Details{Name: "UPS basement", Kind: devices.OtherKind})
	if err != nil {
		t.Fatal(err)
	}
	credential, err := s.Network.SaveCredential(ctx, all, network.Credential{Client: prober.Client, Name: "Reading", Access: snmp.Credentials{
		Version: "3", User: snmpd.User, Auth: "sha256", AuthKey: snmpd.AuthKey, Priv: "aes", PrivKey: snmpd.PrivKey,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Network.SavePolled(ctx, all, network.Polled{Device: ups, Credential: credential, Prober: prober.ID, Address: fmt.Sprintf("127.0.0.1:%d", port)}); err != nil {
		t.Fatal(err)
	}
	until(t, "its record", func() bool {
		d, _ := s.Devices.Look(ups)
		return d.Vendor == "Eaton" && d.Model == "5PX 1500" && d.Kind == devices.Power
	})
	until(t, "its state", func() bool { d, _ := s.Devices.Look(ups); return d.StateAt(s.Devices.Now()) == devices.StateOnline })
	alerts := map[string]ids.ID{}
	until(t, "the alert", func() bool {
		list, _, err := s.Monitoring.Alerts(ctx, all, monitoring.Query{Device: ups})
		for _, x := range list {
			alerts[x.Watch.Key] = x.Device
		}
		return err == nil && alerts["ups-low"] == ups
	})
}
