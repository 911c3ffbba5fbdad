// SPDX-License-Identifier: Apache-2.0

package app

import "mainstay/kit/locale"

// managedServices is the title of a quote or an agreement that follows no plan of the catalogue; it stands on documents.
func managedServices(p locale.Printer) string { return p.T("Managed services") }
