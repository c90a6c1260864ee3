package config

import (
	"bufio"
	"errors"
	"os"
	"strconv"
	"strings"
)

// AvailableMemory is the bytes of memory that can be had without swapping, and
// without going beyond the limit of a container.
func AvailableMemory() (n int64, err error) {
	left, err := leftOfLimit()
	if err != nil {
		return 0, err
	}
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return min(left, kb<<10), err
		}
	}
	return left, nil
}
