// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"mainstay/kit/fault"
)

// Install registers the service, to be started with the machine and again when it fails, and starts it.
func Install(o Options) error {
	m, err := mgr.Connect()
	if err != nil {
		return fault.NewDenied("A service is installed by an administrator.").Because(err)
	}
	defer m.Disconnect() //nolint:errcheck // nothing to be done
	args := []string{"run"}
	if o.Config != "" {
		args = append(args, "--config", o.Config)
	}
	config := mgr.Config{
		DisplayName: "Mainstay agent", Description: "Tells the IT provider's server how this machine does.", StartType: mgr.StartAutomatic,
		ErrorControl: mgr.ErrorNormal,
	}
	s, err := m.OpenService(Name)
	if err == nil {
		line, err := windows.UTF16PtrFromString(commandLine(o.Program, args))
		if err == nil {
			err = windows.ChangeServiceConfig(s.Handle, windows.SERVICE_NO_CHANGE, windows.SERVICE_AUTO_START, windows.SERVICE_NO_CHANGE, line, nil, nil, nil, nil, nil, nil)
		}
		if err == nil {
			err = stop(s)
		}
		if err != nil {
			_ = s.Close()
			return fault.NewInvalid("The service that is there cannot be changed.").Because(err)
		}
	} else if s, err = m.CreateService(Name, o.Program, config, args...); err != nil {
		return fault.NewInvalid("The service cannot be made.").Because(err)
	}
	defer s.Close() //nolint:errcheck // nothing to be done
	again := []mgr.RecoveryAction{{Type: mgr.ServiceRestart, Delay: 10 * time.Second}, {Type: mgr.ServiceRestart, Delay: time.Minute}, {Type: mgr.ServiceRestart, Delay: 5 * time.Minute}}
	// Without these the service stays down after a crash, or after an end with an error; it still starts with the machine.
	_ = s.SetRecoveryActions(again, 24*3600)
	_ = s.SetRecoveryActionsOnNonCrashFailures(true)
	if err := s.Start(); err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
		return fault.NewInvalid("The service is there but does not start.").Because(err)
	}
	return nil
}

func commandLine(program string, args []string) string {
	line := windows.EscapeArg(program)
	for _, a := range args {
		line += " " + windows.EscapeArg(a)
	}
	return line
}

// stop stops a service and waits until it has.
func stop(s *mgr.Service) error {
	status, err := s.Control(svc.Stop)
	if errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return nil
	}
	if err != nil {
		return err
	}
	for range 300 {
		if status.State == svc.Stopped {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
		if status, err = s.Query(); err != nil {
			return err
		}
	}
	return errors.New("the service does not stop within half a minute")
}

// Uninstall stops the service and removes it.
func Uninstall() error {
	m, err := mgr.Connect()
	if err != nil {
		return fault.NewDenied("A service is removed by an administrator.").Because(err)
	}
	defer m.Disconnect() //nolint:errcheck // nothing to be done
	s, err := m.OpenService(Name)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return nil
	}
	if err != nil {
		return fault.NewInvalid("The service cannot be removed.").Because(err)
	}
	defer s.Close() //nolint:errcheck // nothing to be done
	if err := stop(s); err != nil {
		return fault.NewInvalid("The service does not stop.").Because(err)
	}
	if err := s.Delete(); err != nil {
		return fault.NewInvalid("The service cannot be removed.").Because(err)
	}
	return nil
}

// Installed tells whether the service is there.
func Installed() bool {
	m, err := mgr.Connect()
	if err != nil {
		return false
	}
	defer m.Disconnect() //nolint:errcheck // nothing to be done
	s, err := m.OpenService(Name)
	if err != nil {
		return false
	}
	_ = s.Close()
	return true
}

// Run runs fn as the service manager expects it when that has started the program, and directly otherwise. Asked is the manager
// itself: guessing by the parent process, as the library would, is wrong under other hosts.
func Run(ctx context.Context, fn func(context.Context) error) error {
	h := &handler{ctx: ctx, fn: fn}
	err := svc.Run(Name, h)
	if errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		return fn(ctx)
	}
	if err != nil {
		return err
	}
	return h.err
}

type handler struct {
	ctx context.Context
	fn  func(context.Context) error
	err error
}

// Execute answers the service manager while fn runs.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, states chan<- svc.Status) (bool, uint32) {
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- h.fn(ctx) }()
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	states <- running
	for {
		select {
		case h.err = <-done:
			if h.err != nil {
				return true, 1
			}
			return false, 0
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				states <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				states <- svc.Status{State: svc.StopPending, WaitHint: 10_000}
				cancel()
			}
		}
	}
}
