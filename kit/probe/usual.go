// SPDX-License-Identifier: Apache-2.0

package probe

// Usual are the kinds of this package.
func Usual() Kinds {
	return Kinds{"http": web, "tls": certificate, "ping": ping, "tcp": tcp, "dns": dns, "smtp": smtp, "imap": imap, "ntp": ntp, "scrape": scrape}
}
