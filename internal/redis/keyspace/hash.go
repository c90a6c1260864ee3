package keyspace

// Hash is an open hash. A method that leaves it without fields removes the key.
type Hash struct{ object }

// Hash opens a key for a command on hashes: WRONGTYPE if it is another type. A
// key that does not exist is an empty hash, created by the first Set.
func (r *Run) Hash(db int, key []byte) (Hash, error) {
	o, err := r.open(db, key, TypeHash)
	return Hash{o}, err
}

// Get is the value of a field. O(1).
func (h *Hash) Get(field []byte) (value []byte, ok bool, err error) {
	value, ok, err = h.member(field)
	if err != nil || !ok || !h.HasDue() {
		return value, ok, err
	}
	if gone, err := h.hidden(field); err != nil || gone {
		return nil, false, err
	}
	return value, true, nil
}

// Set gives a field a value and no TTL, and says whether the field is new. O(1).
func (h *Hash) Set(field, value []byte) (created bool, err error) {
	return h.set(field, value, false)
}

// Update is Set that lets the field keep its TTL.
func (h *Hash) Update(field, value []byte) (created bool, err error) {
	return h.set(field, value, true)
}

func (h *Hash) set(field, value []byte, keepTTL bool) (created bool, err error) {
	if len(field) > MaxKey {
		return false, ErrKeyTooLong
	}
	if len(value) > MaxString {
		return false, ErrTooLarge
	}
	old, had, err := h.member(field)
	if err != nil {
		return false, err
	}
	gone := false
	if had && h.due != 0 {
		if gone, err = h.hidden(field); err != nil {
			return false, err
		}
		if gone {
			h.r.removedFields(h.id, h.key, field) // a follower's may still be there
		}
		if gone || !keepTTL {
			if err := h.moveTTL(field, 0); err != nil {
				return false, err
			}
		}
	}
	if err := h.create(TypeHash); err != nil {
		return false, err
	}
	place := h.memberKey(field)
	if had {
		err = h.r.w.Set(place, value)
	} else {
		err = h.r.setNew(place, value)
	}
	if err != nil {
		return false, err
	}
	if !had {
		h.Size++
		h.bytes += entryBytes(len(place), len(value))
		return true, h.save()
	}
	h.bytes += int64(len(value) - len(old))
	return gone, h.saveTTLs()
}

// Del removes fields and returns how many existed. O(1) each.
func (h *Hash) Del(fields ...[]byte) (int, error) {
	if h.due == 0 {
		return h.removeMembers(fields)
	}
	existing := make([][]byte, 0, len(fields))
	for _, field := range fields {
		_, ok, err := h.Get(field)
		if err == nil && ok {
			existing = append(existing, field)
			err = h.moveTTL(field, 0)
		}
		if err != nil {
			return 0, err
		}
	}
	return h.removeMembers(existing)
}

// Each calls fn for every field, in no particular order, until it returns
// false. The slices are valid during the call only; fn may change the hash.
// O(N).
func (h *Hash) Each(fn func(field, value []byte) (more bool, err error)) error {
	if !h.HasDue() {
		return h.eachMember(fn)
	}
	return h.eachMember(func(field, value []byte) (bool, error) {
		if gone, err := h.hidden(field); err != nil || gone {
			return true, err
		}
		return fn(field, value)
	})
}

// Scan calls fn for about count fields from cursor on and returns the next
// cursor, 0 at the end. A field that exists through the whole scan is given at
// least once. The slices are valid during the call only.
func (h *Hash) Scan(cursor uint64, count int, fn func(field, value []byte) error) (next uint64, err error) {
	return h.scanMembers(cursor, count, func(field, value []byte) error {
		if gone, err := h.hidden(field); err != nil || gone {
			return err
		}
		return fn(field, value)
	})
}

// randomVisible is how often a random field is looked for among fields that are
// not visible any more, before all are read.
const randomVisible = 32

// Random is a random field with its value; nil if there is none.
func (h *Hash) Random() (field, value []byte, err error) {
	for range randomVisible {
		field, value, err = h.randomMember()
		if err != nil || field == nil {
			return nil, nil, err
		}
		if gone, err := h.hidden(field); err != nil || !gone {
			return field, value, err
		}
	}
	chosen, err := sample(h.Each, 1)
	if err != nil || len(chosen) == 0 {
		return nil, nil, err
	}
	return chosen[0].name, chosen[0].value, nil
}

// RandomDistinct calls fn for count different random fields, or all if there
// are fewer.
func (h *Hash) RandomDistinct(count int64, fn func(field, value []byte) error) error {
	var chosen []pair
	var err error
	if h.HasDue() {
		chosen, err = sample(h.Each, count)
	} else {
		chosen, err = h.distinctMembers(count)
	}
	if err != nil {
		return err
	}
	for _, p := range chosen {
		if err := fn(p.name, p.value); err != nil {
			return err
		}
	}
	return nil
}

// removeMembers removes members of a hash or set.
func (o *object) removeMembers(names [][]byte) (int, error) {
	removed := 0
	for _, name := range names {
		value, ok, err := o.member(name)
		if err != nil {
			return removed, err
		}
		if !ok {
			continue
		}
		place := o.memberKey(name)
		if err := o.r.w.Delete(place); err != nil {
			return removed, err
		}
		o.bytes -= entryBytes(len(place), len(value))
		removed++
		o.Size--
		if o.Size == 0 {
			return removed, o.save()
		}
	}
	if removed == 0 {
		return 0, nil
	}
	if err := o.save(); err != nil {
		return removed, err
	}
	return removed, o.removed(removed)
}
