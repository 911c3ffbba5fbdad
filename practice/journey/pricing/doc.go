// SPDX-License-Identifier: Apache-2.0

// Package pricing replays a client's own last months as if it had been under a
// managed agreement: what the agreement would have cost the provider, what it would
// have to be charged, and how that looks from the client's side.
//
// "Your last 12 months" alone is weak evidence: on ten years of a real small IT firm's
// hours the next 12 months were 0.02–2.47 times the last 12 (p10–p90). So hours
// are shrunk toward the pool of all clients and used as P50 and P80, never as a mean.
//
// The package is pure. Money is in minor units of one currency.
package pricing
