package dataset

import (
	"errors"
	"fmt"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// Restore decodes a payload of DUMP into a key, whatever that holds, with an expiry
// time in unix milliseconds or 0; one that has passed deletes the key. If it fails,
// the key is as before: rdb.ErrFooter, rdb.ErrFormat and rdb.ErrEmpty say that the
// payload is bad.
func Restore(run *keyspace.Run, k *keyspace.Key, payload []byte, expire int64) error {
	if len(k.Name()) > keyspace.MaxKey {
		return keyspace.ErrKeyTooLong
	}
	v := storing{run: run, key: k, expire: expire, build: run.BuildOrDrop}
	err := rdb.Decode(payload, &v)
	gone := expire != 0 && run.Past(expire)
	if err == nil && !gone {
		err = v.link()
	}
	if (err != nil || gone) && v.made != nil {
		v.made.Drop()
	}
	if err == nil && gone {
		return k.Delete()
	}
	return err
}

// errTwice says that a value has something twice that cannot be.
var errTwice = fmt.Errorf("%w: a member twice", rdb.ErrFormat)

// storing makes a value of what is decoded.
type storing struct {
	run    *keyspace.Run
	key    *keyspace.Key
	expire int64
	build  func(key []byte, t keyspace.Type) (*keyspace.Building, error)
	// spill has a collection stored bit by bit, whenever the run is full.
	spill bool

	value    []byte
	made     *keyspace.Building // nil: value is a string
	kind     rdb.Kind
	group    *keyspace.Group
	consumer *keyspace.Consumer
}

var _ rdb.Receiver = (*storing)(nil)

// String is rdb.Receiver's, as are the methods below.
func (v *storing) String(value []byte) error {
	v.value = value
	return nil
}

// types are the keyspace's names of kinds.
var types = [...]keyspace.Type{
	rdb.String: keyspace.TypeString, rdb.List: keyspace.TypeList, rdb.Set: keyspace.TypeSet,
	rdb.ZSet: keyspace.TypeZSet, rdb.Hash: keyspace.TypeHash, rdb.Stream: keyspace.TypeStream,
}

func (v *storing) Begin(k rdb.Kind) (err error) {
	v.kind = k
	v.made, err = v.build(v.key.Name(), types[k])
	return err
}

func (v *storing) Element(b []byte) error {
	if v.kind == rdb.List {
		if err := v.made.List.PushBack(b); err != nil {
			return err
		}
		return v.added(true)
	}
	n, err := v.made.Set.Add(b)
	if err != nil {
		return err
	}
	return v.added(n == 1)
}

func (v *storing) Field(field, value []byte, expire int64) error {
	fresh, err := v.made.Hash.Set(field, value)
	if err == nil && expire != 0 {
		err = v.made.Hash.LoadTTL(field, expire)
	}
	if err != nil {
		return err
	}
	return v.added(fresh)
}

func (v *storing) Member(member []byte, score float64) error {
	fresh, err := v.made.ZSet.Add(member, score)
	if err != nil {
		return err
	}
	return v.added(fresh)
}

// added goes on after a part was added, unless it was there already.
func (v *storing) added(fresh bool) error {
	if !fresh {
		return errTwice
	}
	if !v.spill || !v.run.Full() {
		return nil
	}
	return v.made.Spill(v.key, v.expire)
}

func (v *storing) Entry(id rdb.ID, pairs [][]byte, begins bool) error {
	var limits keyspace.NodeLimits
	if begins {
		limits.Entries = 1 // whatever the node before has, it is full
	}
	if err := v.made.Stream.Append(keyspace.StreamID(id), pairs, limits); err != nil {
		return err
	}
	return v.added(true)
}

func (v *storing) Info(i rdb.StreamInfo) error {
	return v.made.Stream.SetLast(keyspace.StreamID(i.Last), i.Added, keyspace.StreamID(i.MaxDeleted))
}

func (v *storing) Group(name []byte, last rdb.ID, read int64) error {
	if err := v.saveGroup(); err != nil {
		return err
	}
	s := &v.made.Stream
	ok, err := s.CreateGroup(name, keyspace.StreamID(last), read)
	if err != nil || !ok {
		return errors.Join(err, errTwice)
	}
	v.group, _, err = s.Group(name)
	return err
}

func (v *storing) saveGroup() error {
	if v.group == nil {
		return nil
	}
	g := v.group
	v.group = nil
	return g.Save()
}

func (v *storing) Consumer(name []byte, seen int64) error {
	c, created, err := v.group.Use(name, seen)
	if err == nil && !created {
		err = errTwice
	}
	v.consumer = c
	return err
}

func (v *storing) Pending(id rdb.ID, delivered, count int64) error {
	if err := v.group.Assign(keyspace.StreamID(id), v.consumer, delivered, count); err != nil {
		return err
	}
	return v.added(true)
}

// link gives the key the value.
func (v *storing) link() error {
	if v.made == nil {
		return v.key.SetString(v.value, v.expire)
	}
	if err := v.saveGroup(); err != nil {
		return err
	}
	return v.made.Link(v.key, v.expire)
}
