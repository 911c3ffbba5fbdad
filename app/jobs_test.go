// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"testing"

	"mainstay/app"
)

// doJobs does the jobs that are due.
func doJobs(t testing.TB, a *app.App) {
	t.Helper()
	for {
		did, err := a.Jobs.One(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			return
		}
	}
}
