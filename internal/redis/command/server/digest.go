package server

import (
	"crypto/sha1" //nolint:gosec // a digest that says whether two datasets are alike, as redis-server makes it
	"encoding/binary"
	"encoding/hex"
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// digest tells datasets and values apart: 20 bytes, the same for the same
// content whatever its order in storage.
type digest [sha1.Size]byte

// xor adds a part whose order among the others does not matter.
func (d *digest) xor(parts ...[]byte) {
	h := sha1.New() //nolint:gosec // see above
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	for i, b := range h.Sum(nil) {
		d[i] ^= b
	}
}

// mix adds a part at its place in a sequence.
func (d *digest) mix(part []byte) {
	before := *d
	*d = digest{}
	d.xor(before[:], part)
}

// debugDigestValue is DEBUG DIGEST-VALUE key [key …].
func debugDigestValue(c *command.Ctx) error {
	c.Out.Array(len(c.Args) - 2)
	for _, key := range c.Args[2:] {
		d, err := valueDigest(c.Keys, c.DB, key)
		if err != nil {
			return err
		}
		c.Out.BulkString(hex.EncodeToString(d[:]))
	}
	return nil
}

// debugDigest is DEBUG DIGEST: of all keys in all databases.
func debugDigest(c *command.Ctx) error {
	var all digest
	for db := range c.Server.Keyspace().Databases() {
		err := c.Keys.EachKey(db, nil, func(key []byte, _ keyspace.Meta) (bool, error) {
			value, err := valueDigest(c.Keys, db, key)
			if err != nil {
				return false, err
			}
			all.xor(binary.BigEndian.AppendUint32(nil, uint32(db)), key, value[:])
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	c.Out.Simple(hex.EncodeToString(all[:]))
	return nil
}

func valueDigest(run *keyspace.Run, db int, key []byte) (d digest, err error) {
	k, err := run.Peek(db, key)
	if err != nil || !k.Exists() {
		return d, err
	}
	switch k.Type {
	case keyspace.TypeString:
		value, err := k.Value()
		if err != nil {
			return d, err
		}
		d.mix(value)
	case keyspace.TypeList:
		l, err := run.List(db, key)
		if err != nil {
			return d, err
		}
		err = l.Range(0, l.Len()-1, func(_ int64, value []byte) (bool, error) {
			d.mix(value)
			return true, nil
		})
		if err != nil {
			return d, err
		}
	case keyspace.TypeSet:
		s, err := run.Set(db, key)
		if err == nil {
			err = s.Each(func(member []byte) (bool, error) { d.xor(member); return true, nil })
		}
		if err != nil {
			return d, err
		}
	case keyspace.TypeHash:
		h, err := run.Hash(db, key)
		if err == nil {
			err = h.Each(func(field, value []byte) (bool, error) { d.xor(field, value); return true, nil })
		}
		if err != nil {
			return d, err
		}
	case keyspace.TypeZSet:
		z, err := run.ZSet(db, key)
		if err == nil {
			err = z.Each(func(member []byte, score float64) (bool, error) {
				d.xor(member, binary.BigEndian.AppendUint64(nil, math.Float64bits(score)))
				return true, nil
			})
		}
		if err != nil {
			return d, err
		}
	case keyspace.TypeStream:
		s, err := run.Stream(db, key)
		if err != nil {
			return d, err
		}
		err = s.Range(keyspace.StreamID{}, keyspace.MaxStreamID, false, func(id keyspace.StreamID, pairs [][]byte) (bool, error) {
			d.mix(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, id.Ms), id.Seq))
			for _, p := range pairs {
				d.mix(p)
			}
			return true, nil
		})
		if err != nil {
			return d, err
		}
	default:
		return d, command.Errorf("ERR the digest of a %s is not supported", k.Type)
	}
	if k.Expire != 0 {
		d.xor([]byte("!!expire!!"))
	}
	return d, nil
}
