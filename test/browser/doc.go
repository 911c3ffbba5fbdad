// SPDX-License-Identifier: Apache-2.0

// Package browser lets tests look at pages in a real Chromium.
//
//	func TestClientsPages(t *testing.T) {
//		b := browser.New(t)                    // skips in words when there is no Chromium
//		url := b.Serve(handler)                // or the URL of a server that runs
//		b.Check(t, browser.Look{Name: "clients", URL: url + "/clients"})
//	}
//
// [Browser.Check] visits one page in light and dark, at 1440 and 390 pixels, and holds it to the
// rules of the house: no console errors, axe-core finds nothing, nothing sticks out sideways,
// every control is reached by Tab and shows that it has the focus, no text is hard-wired
// (when Look.Pseudo names the page in the pseudo-locale), and it can be read without JavaScript.
//
// Chromium is found through MAINSTAY_CHROMIUM or in the usual places. Where it is
// missing the test is skipped, except when CI is set: then it fails. MAINSTAY_SHOTS names a folder that
// gets a picture of every visit.
//
// axe-core 4.14.1 by Deque Systems (MPL-2.0, assets/axe-LICENSE.txt) is used unchanged, in tests only.
package browser
