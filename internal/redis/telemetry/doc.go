// Package telemetry is what the Redis front remembers of its own work: counters
// per command and per error, latency histograms, the slow log and the latency
// monitor's events. INFO, SLOWLOG, LATENCY and the metrics endpoint read it.
//
// Counting costs no contention: every event loop writes a Shard of its own, and
// readers add the shards up. The package imports latency. Start at telemetry.go.
package telemetry
