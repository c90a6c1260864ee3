package server

import "runtime/debug"

// giveBackFrom is by how much what clients hold must fall for the memory to be given
// back to the system at once: the garbage collector would keep as much again, for
// minutes.
const giveBackFrom = 64 << 20

// giveBack is told with every round of housekeeping. everySecond it acts on what it saw.
func (s *Server) giveBack(everySecond bool) {
	m := &s.memory
	held := m.input.Load() + m.queued.Load() + m.output.Load()
	m.heldMost = max(m.heldMost, held)
	if !everySecond {
		return
	}
	if m.heldMost-held >= giveBackFrom {
		go debug.FreeOSMemory()
	}
	m.heldMost = held
}
