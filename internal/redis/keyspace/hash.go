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
func (h *Hash) Get(field []byte) (value []byte, ok bool, err error) { return h.member(field) }

// Set gives a field a value, and says whether the field is new. O(1).
func (h *Hash) Set(field, value []byte) (created bool, err error) {
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
	if err := h.create(TypeHash); err != nil {
		return false, err
	}
	place := h.memberKey(field)
	if err := h.r.w.Set(place, value); err != nil {
		return false, err
	}
	if !had {
		h.Size++
		h.bytes += entryBytes(len(place), len(value))
		return true, h.save()
	}
	if len(value) == len(old) {
		return false, nil
	}
	h.bytes += int64(len(value) - len(old))
	return false, h.save()
}

// Del removes fields and returns how many existed. O(1) each.
func (h *Hash) Del(fields ...[]byte) (int, error) { return h.removeMembers(fields) }

// Each calls fn for every field, in no particular order, until it returns
// false. The slices are valid during the call only; fn may change the hash.
// O(N).
func (h *Hash) Each(fn func(field, value []byte) (more bool, err error)) error {
	return h.eachMember(fn)
}

// Scan calls fn for about count fields from cursor on and returns the next
// cursor, 0 at the end. A field that exists through the whole scan is given at
// least once. The slices are valid during the call only.
func (h *Hash) Scan(cursor uint64, count int, fn func(field, value []byte) error) (next uint64, err error) {
	return h.scanMembers(cursor, count, fn)
}

// Random is a random field with its value; nil if the hash is empty.
func (h *Hash) Random() (field, value []byte, err error) { return h.randomMember() }

// RandomDistinct calls fn for count different random fields, or all if there
// are fewer.
func (h *Hash) RandomDistinct(count int64, fn func(field, value []byte) error) error {
	chosen, err := h.distinctMembers(count)
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
