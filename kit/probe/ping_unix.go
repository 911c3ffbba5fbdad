// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin

package probe

import (
	"net"
	"os"
	"syscall"
)

// openPing opens the socket for echoes that needs no rights.
func openPing(v6 bool) (net.PacketConn, error) {
	family, protocol := syscall.AF_INET, syscall.IPPROTO_ICMP
	if v6 {
		family, protocol = syscall.AF_INET6, syscall.IPPROTO_ICMPV6
	}
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(family, syscall.SOCK_DGRAM, protocol)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	f := os.NewFile(uintptr(fd), "ping")
	defer func() { _ = f.Close() }()
	var local syscall.Sockaddr = &syscall.SockaddrInet4{}
	if v6 {
		local = &syscall.SockaddrInet6{}
	}
	if err := syscall.Bind(fd, local); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	return net.FilePacketConn(f)
}
