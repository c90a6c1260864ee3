//go:build !linux

package config

import "errors"

// machineMemory is not known here: shares are of what a small machine has.
func machineMemory() (int64, error) { return 0, errors.ErrUnsupported }

// AvailableMemory is not known here.
func AvailableMemory() (int64, error) { return 0, errors.ErrUnsupported }
