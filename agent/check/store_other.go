// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package check

import "errors"

func certificateStore(string) ([]named, error) {
	return nil, errors.New("only Windows has certificate stores")
}
