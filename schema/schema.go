// SPDX-License-Identifier: Apache-2.0

// Package schema is the one ordered sequence of migrations. A released file is
// never changed; what must differ between the engines stands in NAME.sqlite.sql and
// NAME.postgres.sql, everything else in portable text that both run.
package schema

import "embed"

// Files holds the migrations.
//
//go:embed *.sql
var Files embed.FS
