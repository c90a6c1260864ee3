// Package scan is what SCAN, HSCAN, SSCAN and ZSCAN share: the cursor, the
// options, and the shape of the reply. It may import command and glob. Start at
// scan.go.
package scan
