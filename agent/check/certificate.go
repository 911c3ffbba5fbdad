// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"mainstay/kit/wire"
)

const (
	maxCertificateFile = 4 << 20
	maxCertificates    = 1000
)

// named is a certificate and where it was found.
type named struct {
	where string
	cert  *x509.Certificate
}

// certificate looks when certificates expire: the first of each file, which is a server's own, or all of a store.
func (r *Runner) certificate(_ context.Context, _ wire.Check, p *params) wire.Result {
	warn, critical := p.number("warn", 30), p.number("critical", 7)
	store := p.text("store")
	var found []named
	var err error
	if store != "" {
		found, err = certificateStore(store)
	} else {
		path := p.need("path")
		if p.err != nil {
			return wire.Result{}
		}
		found, err = certificateFiles(path)
	}
	if p.err != nil {
		return wire.Result{}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return result(wire.StateCritical, nil, "There is no certificate at %s.", p.text("path"))
	}
	if err != nil {
		return unknown("The certificates cannot be read: %s.", err)
	}
	if len(found) == 0 {
		return unknown("There is no certificate at %s%s.", p.text("path"), store)
	}
	now := r.Now()
	state, least, which := wire.StateOK, math.Inf(1), ""
	var lines []string
	for _, f := range found {
		days := f.cert.NotAfter.Sub(now).Hours() / 24
		line := fmt.Sprintf("%s (%s) until %s", name(f.cert), f.where, f.cert.NotAfter.UTC().Format("2006-01-02 15:04 UTC"))
		switch {
		case now.Before(f.cert.NotBefore):
			state, line = wire.StateCritical, line+": not valid yet"
		case days < 0:
			state, line = wire.StateCritical, line+": expired"
		case days < critical:
			state = wire.StateCritical
		case days < warn:
			state = max(state, wire.StateWarning)
		}
		if days < least {
			least, which = days, line
		}
		lines = append(lines, line)
	}
	res := result(state, map[string]float64{"certificate_days_left": math.Floor(least*10) / 10}, "%s.", which)
	if len(found) > 1 {
		res.Text = fmt.Sprintf("The first of %d certificates to expire: %s.", len(found), which)
		res.Detail = strings.Join(lines, "\n")
	}
	return res
}

func name(c *x509.Certificate) string {
	if len(c.DNSNames) > 0 {
		return c.DNSNames[0]
	}
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

func certificateFiles(path string) ([]named, error) {
	if !filepath.IsAbs(path) || strings.ContainsAny(filepath.Dir(path), "*?[") {
		return nil, errors.New("the path must begin at the root, and only its last part may have a *")
	}
	all := []string{path}
	if strings.ContainsAny(path, "*?[") {
		var err error
		if all, err = filepath.Glob(path); err != nil {
			return nil, err
		}
	}
	var out []named
	for _, f := range all {
		cert, err := first(f)
		if err != nil {
			if len(all) == 1 {
				return nil, err
			}
			continue // a key beside it
		}
		if out = append(out, named{f, cert}); len(out) == maxCertificates {
			break
		}
	}
	return out, nil
}

// first reads the first certificate of a PEM or DER file.
func first(path string) (*x509.Certificate, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxCertificateFile {
		return nil, errors.New("it is no certificate's file")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" || block.Type == "TRUSTED CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return x509.ParseCertificate(b)
}
