// SPDX-License-Identifier: Apache-2.0

// Package intake takes in what agents say, and answers them.
//
// A message is first held to its speaker: the broker tells which account and device a credential was of, and the device must be
// one that is in use and connects there. Then it is stored by whom it concerns: metrics by the time series, and after that by monitoring's rules;
// sections of the inventory by devices; results of checks by monitoring. Only then it is acknowledged.
//
// Metrics of many agents are committed together, about ten times a second, because making them durable costs the same for one sample
// as for ten thousand. What cannot be stored now is answered with Busy, and comes again; what can never be stored is answered with
// Refused and counted. Nothing that an agent sends ends the intake.
package intake
