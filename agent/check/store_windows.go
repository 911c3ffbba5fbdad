// SPDX-License-Identifier: Apache-2.0

package check

import (
	"crypto/x509"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// certificateStore reads a store of the machine.
func certificateStore(name string) ([]named, error) {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	store, err := windows.CertOpenStore(windows.CERT_STORE_PROV_SYSTEM, 0, 0,
		windows.CERT_SYSTEM_STORE_LOCAL_MACHINE|windows.CERT_STORE_READONLY_FLAG|windows.CERT_STORE_OPEN_EXISTING_FLAG, uintptr(unsafe.Pointer(p)))
	if err != nil {
		return nil, err
	}
	defer windows.CertCloseStore(store, 0) //nolint:errcheck // nothing to be done
	var out []named
	var c *windows.CertContext
	for len(out) < maxCertificates {
		if c, err = windows.CertEnumCertificatesInStore(store, c); err != nil {
			if errors.Is(err, windows.Errno(windows.CRYPT_E_NOT_FOUND)) {
				return out, nil
			}
			return nil, err
		}
		cert, err := x509.ParseCertificate(append([]byte(nil), unsafe.Slice(c.EncodedCert, c.Length)...))
		if err == nil {
			out = append(out, named{name, cert})
		}
	}
	_ = windows.CertFreeCertificateContext(c)
	return out, nil
}
