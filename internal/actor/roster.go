package actor

// roster is the partitions of a store by number. Every read and every write looks one
// up; the numbers of the Redis keys' partitions are low.
type roster struct {
	all map[uint64]*partition
	low [lowNumbers]*partition
}

// lowNumbers is the most partitions that the Redis keys are cut into.
const lowNumbers = 1024

func newRoster() *roster { return &roster{all: make(map[uint64]*partition)} }

// at is the partition of a number, nil if there is none.
func (r *roster) at(number uint64) *partition {
	if number < lowNumbers {
		return r.low[number]
	}
	return r.all[number]
}

func (r *roster) add(p *partition) {
	r.all[p.number] = p
	if p.number < lowNumbers {
		r.low[p.number] = p
	}
}

func (r *roster) remove(number uint64) {
	delete(r.all, number)
	if number < lowNumbers {
		r.low[number] = nil
	}
}
