// SPDX-License-Identifier: Apache-2.0

package browser_test

import (
	"testing"

	"mainstay/kit/page/storybook"
	"mainstay/test/browser"
)

func TestStorybook(t *testing.T) {
	b := browser.New(t)
	url := b.Serve(storybook.Handler())
	b.Check(t, browser.Look{Name: "parts", URL: url + "/", Pseudo: url + "/?lang=en-XA"})
	b.Check(t, browser.Look{Name: "alone", URL: url + "/alone", Pseudo: url + "/alone?lang=en-XA"})
	b.Check(t, browser.Look{Name: "not-found", URL: url + "/error/not-found", Failing: true})
}
