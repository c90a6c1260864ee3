package config

import (
	"runtime/metrics"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// machineMemory is the bytes of memory that this process may use: the machine's, or
// less where a container or a service unit has a limit.
func machineMemory() (int64, error) {
	total, err := memlimit.FromSystem()
	if err != nil {
		return 0, err
	}
	if limit, err := memlimit.FromCgroup(); err == nil { // an error: there is no limit
		total = min(total, limit)
	}
	return int64(min(total, 1<<62)), nil
}

// leftOfLimit is how many bytes are left of what the process may use.
func leftOfLimit() (int64, error) {
	limit, err := machineMemory()
	if err != nil {
		return 0, err
	}
	used := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(used)
	return max(0, limit-int64(used[0].Value.Uint64()-used[1].Value.Uint64())), nil
}
