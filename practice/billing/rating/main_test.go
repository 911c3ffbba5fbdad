// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"flag"
	"os"
	"testing"

	_ "pgregory.net/rapid" // its flags
)

// TestMain draws 500 histories where nobody says otherwise; test/soak draws 10,000.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f != nil && f.Value.String() == f.DefValue {
		_ = f.Value.Set("500")
	}
	os.Exit(m.Run())
}
