//go:build !linux

package config

// AvailableMemory is the bytes of memory that can be had: what the machine has less
// what the process uses, for what others use is not known here.
func AvailableMemory() (int64, error) { return leftOfLimit() }
