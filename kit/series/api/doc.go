// SPDX-License-Identifier: Apache-2.0

// Package api opens time series to other programs by the interfaces that they speak: the Prometheus HTTP API for reading
// (Grafana, a Prometheus that reads from here), remote write 1.0 and 2.0 and OTLP for writing.
//
// Everything from outside has a limit, and what is refused is refused in words. Whose series a caller reaches is decided
// here once, from the identity that the router found ([reachOf]); a token for one client writes as that client.
package api
