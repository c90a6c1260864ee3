//go:build !linux

package process

// HugePages is advice that only Linux takes.
func HugePages([]byte) {}
