// Package latency counts durations in histograms that cost their one writer a few
// nanoseconds, no lock and no allocation, and that anybody may read meanwhile. Each
// event loop and each SQL session has its own; readers add them up.
//
// It imports nothing of orbit. Start at histogram.go.
package latency
