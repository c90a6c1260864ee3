package process

import (
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
)

// Memory is what the process uses, in bytes.
type Memory struct {
	Heap     uint64 // live and not yet collected objects
	Mapped   uint64 // by the Go runtime
	Resident uint64
}

// ReadMemory reads it.
func ReadMemory() Memory {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
	}
	metrics.Read(samples)
	m := Memory{Heap: samples[0].Value.Uint64(), Mapped: samples[1].Value.Uint64()}
	m.Resident = m.Mapped
	// Where there is no /proc, what Go has mapped must do.
	if stat, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(stat)); len(fields) > 1 {
			if pages, err := strconv.ParseUint(fields[1], 10, 64); err == nil {
				m.Resident = pages * uint64(os.Getpagesize())
			}
		}
	}
	return m
}
