// SPDX-License-Identifier: Apache-2.0

// Package ubl writes an [invoice.Invoice] as UBL 2.1, the XML of EN 16931, Peppol BIS Billing 3.0 and XRechnung. The same document gives
// the same bytes. It writes only what the rules of [invoice.Invoice.Check] let pass; how a line that is prorated or in tiers is put
// so that quantity × price ÷ base is always its amount is docs/adr/0024.
//
// The tests hold what it writes to three judges that are not ours where they are present: the schemas of UBL 2.1 with xmllint, and
// the Schematron of EN 16931, Peppol and XRechnung with Saxon. MAINSTAY_RULES names the folder:
//
//	ubl-2.1/maindoc/UBL-Invoice-2.1.xsd, UBL-CreditNote-2.1.xsd     with ubl-2.1/common beside it (OASIS)
//	en16931/EN16931-UBL-validation.xslt                            ConnectingEurope/eInvoicing-EN16931, ubl/xslt
//	peppol/PEPPOL-EN16931-UBL.xslt                                 phax/phive-rules, openpeppol/2026.5/xslt
//	xrechnung/XRechnung-UBL-validation.xslt                        phax/phive-rules, phive-rules-xrechnung, 3.0.2
package ubl
