// SPDX-License-Identifier: Apache-2.0

// Package agent tries the endpoint's program as it is delivered: built, run beside a broker, cut off, killed, packaged, measured.
package agent
