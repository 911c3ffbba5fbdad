// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/kit/api"
)

// operation is one row of the documentation page.
type operation struct {
	group, method, path, id, summary, need string
	params                                 []*huma.Param
	body                                   bool
}

// operationsOf lists the API's operations, grouped and in the order of their paths.
func operationsOf(a *api.API) []operation {
	var out []operation
	for _, o := range a.Operations() {
		need := ""
		if len(o.Security) > 0 && len(o.Security[0]["token"]) > 0 {
			need = o.Security[0]["token"][0]
		}
		out = append(out, operation{
			group: o.Tags[0], method: o.Method, path: api.Prefix + o.Path, id: o.OperationID, summary: o.Summary,
			need: need, params: o.Parameters, body: o.RequestBody != nil,
		})
	}
	slices.SortFunc(out, func(x, y operation) int {
		return cmp.Or(cmp.Compare(x.group, y.group), cmp.Compare(x.path, y.path), cmp.Compare(x.method, y.method))
	})
	return out
}
