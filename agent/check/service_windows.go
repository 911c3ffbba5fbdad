// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"errors"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// serviceState asks the service manager; the right to look is enough.
func serviceState(_ context.Context, name string) (state, detail string, err error) {
	h, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return "", "", err
	}
	m := &mgr.Mgr{Handle: h}
	defer m.Disconnect() //nolint:errcheck // nothing to be done
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return "", "", err
	}
	sh, err := windows.OpenService(h, p, windows.SERVICE_QUERY_STATUS)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) || errors.Is(err, windows.ERROR_INVALID_NAME) {
		return "missing", "", nil
	}
	if err != nil {
		return "", "", err
	}
	s := &mgr.Service{Name: name, Handle: sh}
	defer s.Close() //nolint:errcheck // nothing to be done
	status, err := s.Query()
	if err != nil {
		return "", "", err
	}
	switch status.State {
	case svc.Running:
		return "running", "", nil
	case svc.Stopped:
		if status.Win32ExitCode != 0 && status.Win32ExitCode != uint32(windows.ERROR_SERVICE_NEVER_STARTED) {
			return "failed", "", nil
		}
		return "stopped", "", nil
	case svc.Paused:
		return "paused", "", nil
	}
	return "starting or stopping", "", nil
}
