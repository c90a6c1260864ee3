package keyspace

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// damaged is a store that something is done to behind the keyspace's back.
type damaged struct {
	t     *testing.T
	store storage.Store
	ks    *Keyspace
}

func (d *damaged) set(key, value []byte) {
	d.t.Helper()
	d.write(func(w storage.Writer) error { return w.Set(key, value) })
}

func (d *damaged) delete(key []byte) {
	d.t.Helper()
	if _, err := d.store.Get(key); err != nil {
		d.t.Fatalf("nothing under %x to damage: %v", key, err)
	}
	d.write(func(w storage.Writer) error { return w.Delete(key) })
}

func (d *damaged) write(fn func(w storage.Writer) error) {
	d.t.Helper()
	b := d.store.NewBatch()
	check(d.t, fn(b))
	p, err := d.store.Apply(b)
	check(d.t, err)
	check(d.t, p.Wait())
	check(d.t, b.Close())
}

// meta changes the metadata of a key of database 0.
func (d *damaged) meta(key string, change func(m *Meta)) {
	d.t.Helper()
	place := appendMetaKey(nil, d.ks.dbs.Load().ids[0], []byte(key))
	raw, err := d.store.Get(place)
	check(d.t, err)
	m, err := decodeMeta(raw)
	check(d.t, err)
	change(&m)
	d.set(place, appendMeta(nil, &m))
}

// sub is a subkey of a key of database 0.
func (d *damaged) sub(key string, section byte, rest ...byte) []byte {
	d.t.Helper()
	raw, err := d.store.Get(appendMetaKey(nil, d.ks.dbs.Load().ids[0], []byte(key)))
	check(d.t, err)
	m, err := decodeMeta(raw)
	check(d.t, err)
	return append(appendSubPrefix(nil, m.version, section), rest...)
}

func member(name string) []byte { return append(appendUint48(nil, memberHash([]byte(name))), name...) }

// faults verifies the store. With mend set it mends what can be, until nothing can.
func (d *damaged) faults(mend bool) (codes []string) {
	d.t.Helper()
	for range 6 {
		codes = nil
		var mends []func(w storage.Writer) error
		check(d.t, Verify(d.store, VerifyOptions{Now: 1, Report: func(f Fault) error {
			codes = append(codes, f.Code)
			if f.Mend != nil {
				mends = append(mends, f.Mend)
			}
			return nil
		}}))
		slices.Sort(codes)
		codes = slices.Compact(codes)
		if !mend || len(mends) == 0 {
			return codes
		}
		for _, fn := range mends {
			d.write(fn)
		}
	}
	d.t.Fatalf("mending does not end: %v", codes)
	return nil
}

func TestVerifyNamesAndMendsDamage(t *testing.T) {
	id := func(d *damaged) uint32 { return d.ks.dbs.Load().ids[0] }
	for _, c := range []struct {
		name   string
		damage func(d *damaged)
		found  string // codes, of one pass
		left   string // after mending
	}{
		{"nothing", func(*damaged) {}, "[]", "[]"},
		{"wrong tally", func(d *damaged) {
			d.set(countsKey(id(d)), (&tally{keys: 99}).append(nil))
		}, "[tally]", "[]"},
		{"lost tally", func(d *damaged) { d.delete(countsKey(id(d))) }, "[tally]", "[]"},
		{"counts of no database", func(d *damaged) { d.set(countsKey(77), (&tally{keys: 1}).append(nil)) }, "[tally]", "[]"},
		{"lost expiry entry", func(d *damaged) {
			d.delete(appendExpiryKey(nil, tagExpiry, 2_000_000, id(d), []byte("string")))
		}, "[expiry_missing]", "[]"},
		{"stale expiry entry", func(d *damaged) {
			d.set(appendExpiryKey(nil, tagExpiry, 1_500_000, id(d), []byte("string")), nil)
			d.set(appendExpiryKey(nil, tagExpiry, 1_500_000, id(d), []byte("none")), nil)
		}, "[expiry_stale]", "[]"},
		{"hash not in the index of field TTLs", func(d *damaged) {
			d.delete(appendExpiryKey(nil, tagFields, 3_000_000, id(d), []byte("timed")))
		}, "[expiry_missing]", "[]"},
		{"orphan subkeys", func(d *damaged) {
			d.set(append(appendSubPrefix(nil, 3<<placeBits, sectionMember), member("m")...), nil)
		}, "[orphan_subkeys]", "[]"},
		{"lost metadata", func(d *damaged) {
			d.delete(appendMetaKey(nil, id(d), []byte("hash")))
		}, "[orphan_subkeys tally]", "[]"},
		{"metadata that does not decode", func(d *damaged) {
			d.set(appendMetaKey(nil, id(d), []byte("hash")), []byte{byte(TypeHash)})
		}, "[metadata_undecoded orphan_subkeys tally]", "[metadata_undecoded orphan_subkeys tally]"},
		{"wrong size of a hash", func(d *damaged) { d.meta("hash", func(m *Meta) { m.Size = 5 }) }, "[element_count]", "[]"},
		{"wrong bytes of a set", func(d *damaged) { d.meta("set", func(m *Meta) { m.bytes += 9 }) }, "[element_bytes tally]", "[]"},
		{"a lost field", func(d *damaged) { d.delete(d.sub("hash", sectionMember, member("7")...)) }, "[element_bytes element_count]", "[]"},
		{"a set without members", func(d *damaged) {
			d.write(func(w storage.Writer) error {
				lower := d.sub("set", sectionMember)
				return w.DeleteRange(lower, storage.PrefixEnd(lower))
			})
		}, "[elements_lost]", "[elements_lost]"},
		{"a member under another's hash", func(d *damaged) {
			d.set(d.sub("set", sectionMember, append(appendUint48(nil, 7), "x"...)...), nil)
		}, "[element_count member_misplaced]", "[element_count member_misplaced]"},
		{"a member missing in order", func(d *damaged) {
			d.delete(d.sub("zset", sectionOrdered, appendOrdered(nil, 7, []byte("7"))...))
		}, "[zset_order]", "[]"},
		{"a member missing by name", func(d *damaged) {
			d.delete(d.sub("zset", sectionMember, member("7")...))
		}, "[element_count zset_order]", "[]"},
		{"a member with two scores", func(d *damaged) {
			d.set(d.sub("zset", sectionOrdered, appendOrdered(nil, 9000, []byte("7"))...), nil)
		}, "[zset_order]", "[]"},
		{"a wrong rank count", func(d *damaged) { d.set(d.sub("zset", sectionRanks), []byte{3}) }, "[zset_ranks]", "[]"},
		{"lost rank counts", func(d *damaged) {
			d.write(func(w storage.Writer) error {
				lower := d.sub("zset", sectionRanks)
				return w.DeleteRange(lower, storage.PrefixEnd(lower))
			})
		}, "[zset_ranks]", "[]"},
		{"a list that begins elsewhere", func(d *damaged) { d.meta("list", func(m *Meta) { m.head = 40 }) }, "[list_positions]", "[]"},
		{"a hole in a list", func(d *damaged) { d.delete(d.sub("list", sectionList, appendListIndex(nil, 7)...)) }, "[list_positions]", "[list_positions]"},
		{"the end of a list", func(d *damaged) { d.delete(d.sub("list", sectionList, appendListIndex(nil, 599)...)) }, "[element_bytes element_count]", "[]"},
		{"a field's TTL by name alone", func(d *damaged) {
			d.delete(d.sub("timed", sectionDue, append(binary.BigEndian.AppendUint64(nil, 3_000_000), "a"...)...))
		}, "[field_ttl]", "[]"},
		{"a field's TTL by time alone", func(d *damaged) { d.delete(d.sub("timed", sectionTTL, member("a")...)) }, "[field_ttl]", "[]"},
		{"a TTL of no field", func(d *damaged) {
			d.delete(d.sub("timed", sectionMember, member("a")...))
		}, "[element_count field_ttl]", "[]"},
		{"a wrong due time", func(d *damaged) { d.meta("timed", func(m *Meta) { m.due = 2_500_000 }) }, "[expiry_missing expiry_stale field_ttl]", "[]"},
		{"an entry of a stream", func(d *damaged) {
			d.delete(d.sub("stream", sectionEntry, appendStreamID(nil, StreamID{7, 0})...))
		}, "[element_bytes element_count stream_nodes]", "[]"},
		{"the first entry of a stream", func(d *damaged) {
			d.delete(d.sub("stream", sectionEntry, appendStreamID(nil, StreamID{1, 0})...))
		}, "[element_bytes element_count stream_info stream_nodes]", "[]"},
		{"a node of a stream", func(d *damaged) {
			d.delete(d.sub("stream", sectionNode, appendStreamID(nil, StreamID{101, 0})...))
		}, "[stream_nodes]", "[]"},
		{"a group", func(d *damaged) { d.delete(d.sub("stream", sectionGroup, []byte("group")...)) }, "[stream_groups stream_info]", "[stream_groups stream_info]"},
		{"a consumer", func(d *damaged) {
			d.delete(d.sub("stream", sectionConsumer, append(binary.BigEndian.AppendUint64(nil, 1), "bob"...)...))
		}, "[stream_groups stream_pending]", "[stream_pending]"},
		{"a pending entry by id", func(d *damaged) {
			d.delete(d.sub("stream", sectionPending, appendStreamID(binary.BigEndian.AppendUint64(nil, 1), StreamID{7, 0})...))
		}, "[stream_groups stream_pending]", "[]"},
		{"a pending entry by consumer", func(d *damaged) {
			key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, 1), 2)
			d.delete(d.sub("stream", sectionConsumerPending, appendStreamID(key, StreamID{7, 0})...))
		}, "[stream_pending]", "[]"},
		{"a subkey of another type", func(d *damaged) { d.set(d.sub("set", sectionList, appendListIndex(nil, 0)...), nil) }, "[subkey_of_no_type]", "[subkey_of_no_type]"},
		{"two keys with the same subkeys", func(d *damaged) {
			raw, err := d.store.Get(appendMetaKey(nil, id(d), []byte("set")))
			check(d.t, err)
			d.set(appendMetaKey(nil, id(d), []byte("twin")), raw)
		}, "[tally version_shared]", "[version_shared]"},
		{"keys of no database", func(d *damaged) { d.set(appendMetaKey(nil, 99, []byte("k")), []byte{byte(TypeString)}) }, "[database_unknown tally]", "[database_unknown]"},
		{"a chunk beyond the end of its string", func(d *damaged) {
			d.set(d.sub("long", sectionChunk, 0, 0, 0, 9), []byte("x"))
		}, "[string_chunk]", "[string_chunk]"},
		{"versions given out twice", func(d *damaged) { d.set(systemVersions, binary.BigEndian.AppendUint64(nil, 2<<placeBits)) }, "[versions]", "[]"},
		{"entries that nothing writes", func(d *damaged) {
			d.set([]byte{tagSystem, '?'}, nil)
			d.set([]byte("zzz"), nil)
			d.set([]byte{0}, nil)
		}, "[record]", "[record]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := memstore.New()
			ks, err := Open(store, Options{Clock: func() time.Time { return time.UnixMilli(1_000_000) }})
			check(t, err)
			r := ks.NewRun()
			fill(t, r, 0)
			h, err := r.Hash(0, []byte("timed"))
			check(t, err)
			for i, field := range []string{"a", "b", "c"} {
				_, err := h.Set([]byte(field), []byte("v"))
				check(t, err)
				check(t, h.ExpireField([]byte(field), int64(3_000_000+i)))
			}
			s, err := r.Set(0, []byte("set"))
			check(t, err)
			_, err = s.Add([]byte("one"), []byte("two"))
			check(t, err)
			k, err := r.Key(0, []byte("long"))
			check(t, err)
			check(t, k.SetString(make([]byte, longString+1), 0))
			apply(t, r)
			d := &damaged{t, store, ks}
			c.damage(d)
			if got := fmt.Sprint(d.faults(false)); got != c.found {
				t.Errorf("found %s, want %s", got, c.found)
			}
			if got := fmt.Sprint(d.faults(true)); got != c.left {
				t.Errorf("after mending there is %s, want %s", got, c.left)
			}
		})
	}
}

func TestVerifyInLittleMemory(t *testing.T) {
	store := memstore.New()
	ks, err := Open(store, Options{})
	check(t, err)
	r := ks.NewRun()
	for i := range 300 {
		s, err := r.Set(0, fmt.Appendf(nil, "set:%d", i*7919%300))
		check(t, err)
		_, err = s.Add([]byte("one"), []byte("two"))
		check(t, err)
	}
	apply(t, r)
	d := &damaged{t, store, ks}
	d.meta("set:7", func(m *Meta) { m.Size = 3 })
	d.set(append(appendSubPrefix(nil, 150<<placeBits|1023, sectionMember), member("m")...), nil)
	d.delete(d.sub("set:299", sectionMember, member("one")...))
	for _, memory := range []int{1, ownerBytes * 3, ownerBytes * 100, 1 << 30} {
		found := []string{}
		check(t, Verify(store, VerifyOptions{memory: memory, Report: func(f Fault) error {
			found = append(found, f.Code+" "+string(f.Key))
			return nil
		}}))
		slices.Sort(found)
		want := "[element_bytes set:299 element_count set:299 element_count set:7 orphan_subkeys ]"
		if got := fmt.Sprint(found); got != want {
			t.Errorf("in %d bytes: found %s, want %s", memory, got, want)
		}
	}
}
