// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// Every client can be chosen where a client is chosen, also the last of many.
func TestEveryClientCanBeChosen(t *testing.T) {
	d := newDesk(t)
	var names []string
	for i := range 1100 {
		names = append(names, fmt.Sprintf("Client %04d", i))
	}
	names = append(names, "Zzyzx")
	list, err := d.Clients.Ensure(context.Background(), names, 0)
	if err != nil {
		t.Fatal(err)
	}
	last := list[len(list)-1].String()
	for _, path := range []string{"/devices/enrol", "/devices/new", "/devices/settings", "/services/new", "/services/edit", "/discovery", "/discovery/networks", "/discovery/snmp", "/wallboard/links"} {
		if body := d.get(path); !strings.Contains(body, `value="`+last+`"`) && !strings.Contains(body, "client="+last) {
			t.Errorf("%s does not offer the last client", path)
		}
	}
}
