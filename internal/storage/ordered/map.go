package ordered

import "slices"

const (
	// leafMax is the most entries of a leaf, branchMax the most children of a branch.
	leafMax   = 64
	branchMax = 64
)

// Map is an ordered map whose copies share what they have in common. It may be read
// from many goroutines, but not while one writes. The zero Map is empty.
//
// Nodes are split when they are full, but never joined, so taking a stretch out touches
// the nodes at its ends alone. One that is left without entries goes.
type Map[V any] struct {
	root *node[V] // nil if the map is empty
	// own marks the nodes that no other map has, which may be changed in place.
	own *owner
}

// owner is compared by its address, so it must have a size.
type owner struct{ _ byte }

// node is a leaf, which has entries, or a branch, which has children.
type node[V any] struct {
	own     *owner
	entries []entry[V]
	// Keys of children[i] are not below starts[i], and below starts[i+1]. What starts[0]
	// says does not count: the first child has everything below the second one.
	starts   []string
	children []*node[V]
}

type entry[V any] struct {
	key   string
	value V
}

func (n *node[V]) leaf() bool { return n.children == nil }

func (n *node[V]) full() bool {
	return len(n.entries) == leafMax || len(n.children) == branchMax
}

// search returns where the key stands in a leaf, or where it would.
func (n *node[V]) search(key string) (int, bool) {
	lo, hi := 0, len(n.entries)
	if hi > 0 && n.entries[hi-1].key < key { // writes often come in order
		return hi, false
	}
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if n.entries[mid].key < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(n.entries) && n.entries[lo].key == key
}

// child is the number of the child that has the key if any has.
func (n *node[V]) child(key string) int {
	lo, hi := 1, len(n.starts) // the first one whose start is above key
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if n.starts[mid] <= key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}

// Copy returns a map with the same entries.
func (m *Map[V]) Copy() *Map[V] {
	m.own = nil
	return &Map[V]{root: m.root}
}

// Get returns the value of key.
func (m *Map[V]) Get(key string) (value V, ok bool) {
	n := m.root
	if n == nil {
		return value, false
	}
	for !n.leaf() {
		n = n.children[n.child(key)]
	}
	if i, found := n.search(key); found {
		return n.entries[i].value, true
	}
	return value, false
}

// Set gives key a value, and returns the one it had.
func (m *Map[V]) Set(key string, value V) (old V, replaced bool) {
	if m.own == nil {
		m.own = new(owner)
	}
	if m.root == nil {
		m.root = &node[V]{own: m.own, entries: []entry[V]{{key, value}}}
		return old, false
	}
	if m.root.full() {
		left := m.writable(m.root)
		right, start := m.split(left, key)
		m.root = &node[V]{own: m.own, starts: []string{"", start}, children: []*node[V]{left, right}}
	}
	m.root = m.writable(m.root)
	n := m.root
	for !n.leaf() {
		i := n.child(key)
		c := m.writable(n.children[i])
		n.children[i] = c
		if c.full() {
			right, start := m.split(c, key)
			n.starts = slices.Insert(n.starts, i+1, start)
			n.children = slices.Insert(n.children, i+1, right)
			if start <= key {
				c = right
			}
		}
		n = c
	}
	i, found := n.search(key)
	if found {
		old, n.entries[i].value = n.entries[i].value, value
		return old, true
	}
	n.entries = slices.Insert(n.entries, i, entry[V]{key, value})
	return old, false
}

// writable is the node if it is the map's own, or else a copy that is.
func (m *Map[V]) writable(n *node[V]) *node[V] {
	if n.own == m.own {
		return n
	}
	return &node[V]{own: m.own, entries: slices.Clone(n.entries), starts: slices.Clone(n.starts), children: slices.Clone(n.children)}
}

// split moves the second half of a full node to a new one, and returns where that
// begins. If key is to come last, nothing but it will be in the new one: keys that come
// in order fill nodes.
func (m *Map[V]) split(n *node[V], key string) (right *node[V], start string) {
	right = &node[V]{own: m.own}
	if n.leaf() {
		at := leafMax / 2
		if n.entries[leafMax-1].key < key {
			return right, key
		}
		right.entries = append(make([]entry[V], 0, leafMax), n.entries[at:]...)
		clear(n.entries[at:])
		n.entries = n.entries[:at]
		return right, right.entries[0].key
	}
	at := branchMax / 2
	if n.starts[branchMax-1] <= key {
		at = branchMax - 1
	}
	right.starts = append(make([]string, 0, branchMax), n.starts[at:]...)
	right.children = append(make([]*node[V], 0, branchMax), n.children[at:]...)
	clear(n.starts[at:])
	clear(n.children[at:])
	n.starts, n.children = n.starts[:at], n.children[:at]
	return right, right.starts[0]
}

// DeleteRange removes the keys of [lower, upper). If visit is not nil, it is called for
// each of them before, in order.
func (m *Map[V]) DeleteRange(lower, upper string, visit func(key string, value V)) {
	if lower >= upper || m.root == nil {
		return
	}
	if visit != nil {
		m.Ascend(lower, func(key string, value V) bool {
			if key >= upper {
				return false
			}
			visit(key, value)
			return true
		})
	}
	if m.own == nil {
		m.own = new(owner)
	}
	m.root = m.cut(m.root, lower, upper)
	for m.root != nil && len(m.root.children) == 1 {
		m.root = m.root.children[0]
	}
}

// cut returns the node without the keys of [lower, upper), nil if it has no others.
func (m *Map[V]) cut(n *node[V], lower, upper string) *node[V] {
	if n.leaf() {
		from, _ := n.search(lower)
		to, _ := n.search(upper)
		switch left := len(n.entries) - (to - from); {
		case from == to:
			return n
		case left == 0:
			return nil
		case left <= leafMax/4: // and give the memory back
			kept := append(make([]entry[V], 0, left+1), n.entries[:from]...)
			return &node[V]{own: m.own, entries: append(kept, n.entries[to:]...)}
		}
		n = m.writable(n)
		n.entries = slices.Delete(n.entries, from, to)
		return n
	}
	first, last := n.child(lower), n.child(upper)
	if last > first && n.starts[last] == upper { // it has nothing below
		last--
	}
	left := m.cut(n.children[first], lower, upper)
	if first == last && left == n.children[first] {
		return n
	}
	n = m.writable(n)
	from := first
	if left != nil {
		n.children[first] = left
		from++
	}
	to := last + 1
	if first < last {
		if right := m.cut(n.children[last], lower, upper); right != nil {
			n.children[last] = right
			to--
		}
	}
	n.children = slices.Delete(n.children, from, to)
	n.starts = slices.Delete(n.starts, from, to)
	if len(n.children) == 0 {
		return nil
	}
	return n
}

// Ascend calls f for the keys from lower on, in order, until it returns false. f must
// not write to the map.
func (m *Map[V]) Ascend(lower string, f func(key string, value V) bool) {
	it := m.Iter()
	for ok := it.Seek(lower); ok; ok = it.Next() {
		if !f(it.Key(), it.Value()) {
			return
		}
	}
}
