package ordered

// Iter walks over a map, which must not be written to meanwhile; its copies may be. It
// stands on no key until a method says that it does.
type Iter[V any] struct {
	root *node[V]
	// leaf is where it stands, at the entry at; path leads to it from the root.
	leaf  *node[V]
	at    int
	path  [maxDepth]step[V]
	depth int
}

// maxDepth is more than trees have: they grow when a root has been filled.
const maxDepth = 12

// step is a branch with the number of the child that was gone into.
type step[V any] struct {
	branch *node[V]
	child  int
}

// Iter returns an iterator over the map as it is.
func (m *Map[V]) Iter() Iter[V] { return Iter[V]{root: m.root} }

// Key is that of the entry on which the iterator stands.
func (it *Iter[V]) Key() string { return it.leaf.entries[it.at].key }

// Value is that entry's.
func (it *Iter[V]) Value() V { return it.leaf.entries[it.at].value }

// Seek goes to the first key that is not below key.
func (it *Iter[V]) Seek(key string) bool {
	if !it.descend(func(n *node[V]) int { return n.child(key) }) {
		return false
	}
	it.at, _ = it.leaf.search(key)
	return it.at < len(it.leaf.entries) || it.nextLeaf()
}

// First goes to the first key.
func (it *Iter[V]) First() bool {
	it.at = 0
	return it.descend(func(*node[V]) int { return 0 })
}

// Last goes to the last key.
func (it *Iter[V]) Last() bool {
	if !it.descend(func(n *node[V]) int { return len(n.children) - 1 }) {
		return false
	}
	it.at = len(it.leaf.entries) - 1
	return true
}

// Next goes to the key after that on which the iterator stands. At the end it stays.
func (it *Iter[V]) Next() bool {
	if it.at+1 < len(it.leaf.entries) {
		it.at++
		return true
	}
	return it.nextLeaf()
}

// Prev goes to the key before.
func (it *Iter[V]) Prev() bool {
	if it.at > 0 {
		it.at--
		return true
	}
	if !it.turn(-1) {
		return false
	}
	it.at = len(it.leaf.entries) - 1
	return true
}

func (it *Iter[V]) nextLeaf() bool {
	if !it.turn(1) {
		return false
	}
	it.at = 0
	return true
}

// descend goes from the root to a leaf by way of the children that choose says.
func (it *Iter[V]) descend(choose func(n *node[V]) int) bool {
	it.depth = 0
	n := it.root
	if n == nil {
		return false
	}
	for !n.leaf() {
		n = it.into(n, choose(n))
	}
	it.leaf = n
	return true
}

// into goes into a child.
func (it *Iter[V]) into(n *node[V], child int) *node[V] {
	it.path[it.depth] = step[V]{n, child}
	it.depth++
	return n.children[child]
}

// turn goes to the leaf after or before.
func (it *Iter[V]) turn(by int) bool {
	depth := it.depth - 1
	for depth >= 0 {
		s := &it.path[depth]
		if next := s.child + by; next >= 0 && next < len(s.branch.children) {
			break
		}
		depth--
	}
	if depth < 0 {
		return false
	}
	it.depth = depth
	n := it.into(it.path[depth].branch, it.path[depth].child+by)
	for !n.leaf() {
		i := 0
		if by < 0 {
			i = len(n.children) - 1
		}
		n = it.into(n, i)
	}
	it.leaf = n
	return true
}
