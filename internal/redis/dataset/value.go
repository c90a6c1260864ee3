package dataset

import (
	"fmt"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// Dump is the payload of the key's value, as DUMP gives it.
func Dump(k *keyspace.Key, l rdb.Limits) ([]byte, error) {
	e := rdb.NewEncoder(l)
	if err := encode(e, k); err != nil {
		return nil, err
	}
	return e.Payload()
}

// encode writes the key's value.
func encode(e *rdb.Encoder, k *keyspace.Key) error {
	switch k.Type {
	case keyspace.TypeString:
		value, err := k.Value()
		if err != nil {
			return err
		}
		e.String(value)
		return e.Err()
	case keyspace.TypeList:
		return encodeList(e, k.List())
	case keyspace.TypeSet:
		return encodeSet(e, k.Set())
	case keyspace.TypeHash:
		return encodeHash(e, k.Hash())
	case keyspace.TypeZSet:
		return encodeSortedSet(e, k.ZSet())
	case keyspace.TypeStream:
		s, err := k.Stream()
		if err != nil {
			return err
		}
		return encodeStream(e, &s)
	}
	return fmt.Errorf("dataset: a key holds a %s", k.Type)
}

func encodeList(e *rdb.Encoder, l keyspace.List) error {
	e.Begin(rdb.List, l.Len())
	err := l.Range(0, l.Len()-1, func(_ int64, value []byte) (bool, error) {
		e.Item(value)
		return true, e.Err()
	})
	return end(e, err)
}

func encodeSet(e *rdb.Encoder, s keyspace.Set) error {
	e.Begin(rdb.Set, s.Len())
	err := s.Each(func(member []byte) (bool, error) {
		e.Item(member)
		return true, e.Err()
	})
	return end(e, err)
}

func encodeHash(e *rdb.Encoder, h keyspace.Hash) error {
	if h.HasTTLs() {
		return encodeExpiring(e, h)
	}
	e.Begin(rdb.Hash, h.Len())
	err := h.Each(func(field, value []byte) (bool, error) {
		e.Item(field)
		e.Item(value)
		return true, e.Err()
	})
	return end(e, err)
}

// encodeExpiring writes a hash whose fields have TTLs, those included whose time is
// over and which are not removed yet: without any the hash would not exist.
func encodeExpiring(e *rdb.Encoder, h keyspace.Hash) error {
	e.BeginExpiring(h.Len(), h.FirstDue())
	err := h.EachWithTTL(func(field, value []byte, expire int64) (bool, error) {
		e.Field(field, value, expire)
		return true, e.Err()
	})
	return end(e, err)
}

func encodeSortedSet(e *rdb.Encoder, z keyspace.ZSet) error {
	e.Begin(rdb.ZSet, z.Len())
	err := z.Each(func(member []byte, score float64) (bool, error) {
		e.Item(member)
		e.Score(score)
		return true, e.Err()
	})
	return end(e, err)
}

func end(e *rdb.Encoder, err error) error {
	if err != nil {
		return err
	}
	e.End()
	return e.Err()
}
