package keyspace

import "runtime/debug"

// reclaimBytes is the size of a value from which on its space is to come back as soon
// as it is collected. The store gives back that of others with what is written later.
const reclaimBytes = 64 << 20

// reclaimQueue is how many values may wait for that; the others do without.
const reclaimQueue = 64

// reclaimLater has reclaimLoop compact what was collected of large values.
func (ks *Keyspace) reclaimLater(versions []uint64) {
	for _, version := range versions {
		select {
		case ks.reclaim <- version:
		default:
		}
	}
}

func (ks *Keyspace) reclaimLoop() {
	defer ks.workers.Done()
	for {
		select {
		case <-ks.stop:
			return
		case version := <-ks.reclaim:
			if err := ks.store.Compact(versionBounds(version)); err != nil {
				ks.log.Error("reclaiming the space of a deleted value", "err", err)
			}
			debug.FreeOSMemory() // what the value passed through, or else the collector keeps it for minutes
		}
	}
}
