package keyspace

import (
	"errors"
	"math/rand/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// The members of a hash, set or sorted set: section m, in the order of the
// hash of their names.

// memberKey builds the subkey of a member in the run's buffer.
func (o *object) memberKey(name []byte) []byte {
	return o.fieldKey(sectionMember, name)
}

// member returns a member's value. A collection that does not exist has none.
func (o *object) member(name []byte) (value []byte, ok bool, err error) {
	if o.Type == TypeNone || len(name) > MaxKey {
		return nil, false, nil
	}
	if o.fresh {
		value, deleted, ok := o.r.w.Pending(o.memberKey(name))
		return value, ok && !deleted, nil
	}
	value, err = o.r.w.Get(o.memberKey(name))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// eachMember calls fn for every member, until it returns false. The slices are
// valid during the call only; fn may change the collection.
func (o *object) eachMember(fn func(name, value []byte) (bool, error)) error {
	if o.Type == TypeNone {
		return nil
	}
	lower, upper := o.section(sectionMember)
	return o.r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		return fn(key[subPrefixLen+memberHashLen:], value)
	})
}

// scanMembers calls fn for about count members from cursor on, and returns the
// cursor for the rest, 0 if there is none. The cursor is the hash to go on at:
// members with one hash are never parted.
func (o *object) scanMembers(cursor uint64, count int, fn func(name, value []byte) error) (next uint64, err error) {
	if o.Type == TypeNone || cursor > memberHashMax {
		return 0, nil
	}
	start, upper := o.section(sectionMember)
	lower := appendUint48(start, cursor)
	var last uint64
	seen := 0
	err = o.r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		hash := uint48(key[subPrefixLen:])
		if seen >= count && hash != last {
			next = hash
			return false, nil
		}
		seen++
		last = hash
		return true, fn(key[subPrefixLen+memberHashLen:], value)
	})
	return next, err
}

// Up to this size a random member is chosen by its exact place; beyond, by a
// seek to a random hash and a random number of steps from there. The latter
// favours members after a gap a little, as redis-server's buckets do.
const (
	exactRandomSize = 64
	randomSteps     = 16
)

// randomMember returns a random member as copies.
func (o *object) randomMember() (name, value []byte, err error) {
	if o.Size == 0 {
		return nil, nil, nil
	}
	err = o.randomMembers(func(n, v []byte) bool {
		name, value = append([]byte{}, n...), append([]byte{}, v...)
		return false
	})
	return name, value, err
}

// randomMembers calls fn for one random member after another, until it returns false. The
// slices are valid during the call only. The collection has members.
func (o *object) randomMembers(fn func(name, value []byte) (more bool)) (err error) {
	lower, upper := o.section(sectionMember)
	it, err := o.r.w.NewIter(storage.IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	seek := append([]byte(nil), lower...)
	for more := true; more; {
		if err := o.goToRandom(it, seek); err != nil {
			return err
		}
		value, err := it.Value()
		if err != nil {
			return err
		}
		more = fn(it.Key()[subPrefixLen+memberHashLen:], value)
	}
	return nil
}

// goToRandom moves an iterator over the members to a random one. lower is where they
// begin.
func (o *object) goToRandom(it storage.Iterator, lower []byte) error {
	var ok bool
	var steps int
	if o.Size <= exactRandomSize {
		ok, steps = it.First(), rand.IntN(int(o.Size))
	} else {
		ok, steps = it.SeekGE(appendUint48(lower, rand.Uint64()>>16)), rand.IntN(randomSteps)
	}
	for ; steps > 0 || !ok; steps-- {
		if ok {
			ok = it.Next()
		}
		if !ok {
			if err := it.Error(); err != nil {
				return err
			}
			if !it.First() {
				return corrupt(errors.New("a collection lacks its members"))
			}
			ok = true
		}
	}
	return nil
}

// pair is a hash's field and value, or a member and its encoded score.
type pair struct{ name, value []byte }

// distinctMembers returns min(count, size) different random members.
func (o *object) distinctMembers(count int64) ([]pair, error) {
	if count <= 0 || o.Size == 0 {
		return nil, nil
	}
	if count*16 >= o.Size {
		return sample(o.eachMember, count)
	}
	chosen := make([]pair, 0, count)
	seen := make(map[string]bool, count)
	err := o.randomMembers(func(name, value []byte) bool {
		if !seen[string(name)] {
			name = append([]byte{}, name...)
			seen[string(name)] = true
			chosen = append(chosen, pair{name, append([]byte{}, value...)})
		}
		return int64(len(chosen)) < count
	})
	if err != nil {
		return nil, err
	}
	return chosen, nil
}

// sample reads all members there are and keeps a uniform sample (algorithm R).
func sample(each func(func(name, value []byte) (bool, error)) error, count int64) ([]pair, error) {
	var chosen []pair
	n := int64(0)
	err := each(func(name, value []byte) (bool, error) {
		n++
		at := int64(len(chosen))
		if at < count {
			chosen = append(chosen, pair{})
		} else if at = rand.Int64N(n); at >= count {
			return true, nil
		}
		chosen[at] = pair{append([]byte{}, name...), append([]byte{}, value...)}
		return true, nil
	})
	return chosen, err
}
