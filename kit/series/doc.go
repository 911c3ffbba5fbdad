// SPDX-License-Identifier: Apache-2.0

// Package series keeps time series: what agents measure, checks find and other programs send, as numbers over time.
//
// A series is a name with labels ([Store.Series] hands out the one handle of each); samples go in by the batch and are
// kept when [Store.Commit] has returned: on the disk, so that neither kill -9 nor a power cut takes them. What comes twice
// is stored once and counted ([Outcome]), so that whoever sends may send again until it is acknowledged.
//
// Two engines stand behind [Store]: [Open] keeps the series in a folder (Prometheus' TSDB inside this process), [Connect]
// writes to a server by remote write and asks it by the Prometheus API (Prometheus, VictoriaMetrics, Mimir). The same
// tests run on both.
//
// Words: a tier is one resolution of the history: raw as it came, then five minutes, then an hour, each kept longer than
// the one before ([Local.Roll] makes them; questions choose among them by themselves). A reach says whose series a
// question may touch: the label "client" carries the client's id, and every selector is narrowed to it ([Reach]).
//
// What may never happen: an acknowledged sample lost or counted twice; a sample dropped without being counted; a question
// that reaches a client outside of its reach; an answer that needs memory without bound.
package series
