package pebblestore

import (
	"os"
	"strings"
)

// machineBoot is what the system calls its present run.
func machineBoot() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
