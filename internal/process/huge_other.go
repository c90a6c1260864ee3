//go:build !linux

package process

// LargeBuffer is make([]byte, 0, size): only Linux takes advice about pages.
func LargeBuffer(size int) []byte { return make([]byte, 0, size) }
