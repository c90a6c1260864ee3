package keyspace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

// VerifyOptions say what to do with what Verify finds.
type VerifyOptions struct {
	// Report is called for each fault; an error of it ends the check.
	Report func(f Fault) error
	// Step is called now and then with the entries read since the last call; an error
	// of it ends the check. May be nil.
	Step func(entries int) error
	// Now is the time up to which an entry in an index of what expires may be of no
	// key: many are removed after their keys, and by the next start if a crash came
	// between. Unix ms; the present when 0.
	Now int64

	memory int // for owners; 0 is ownersMemory
}

// Verify reads all that a store has of a keyspace, as of one moment, and reports what
// does not agree: keys and their subkeys, the indexes of what expires, counts, garbage.
// Memory is bounded, whatever the store holds. An error is one of reading.
//
// Sets of records that must be the same are compared by fingerprints, in whatever order
// they come; only if those differ are records looked up one by one.
func Verify(r storage.Reader, o VerifyOptions) error {
	if o.memory == 0 {
		o.memory = ownersMemory
	}
	if o.Now == 0 {
		o.Now = time.Now().UnixMilli()
	}
	v := &verifier{r: r, o: o, tallies: map[uint32]tally{}}
	for _, step := range []func() error{v.system, v.collections, v.expiry, v.counts} {
		if err := step(); err != nil {
			return err
		}
	}
	if v.o.Step != nil {
		return v.o.Step(v.unreported)
	}
	return nil
}

type verifier struct {
	r          storage.Reader
	o          VerifyOptions
	unreported int // entries

	dbs *databaseMap
	// passing are dbids whose keys come or go: of flushed databases and of data sets
	// that are being loaded. What belongs to them need not agree.
	passing map[uint32]bool
	loading bool   // a data set is
	below   uint64 // subkeys of versions below it are garbage

	newest  uint64           // version in use
	tallies map[uint32]tally // as they should be
	// The entries that the expiry indexes should have and have.
	wanted, indexed [2]fingerprint
	undecoded       bool // some metadata is: what it is about is not known
	queued          tally
}

// expiryTags are the indexes that wanted and indexed are of.
var expiryTags = [2]byte{tagExpiry, tagFields}

func (v *verifier) report(f Fault) error { return v.o.Report(f) }

// each calls fn for the entries of a range. The slices are valid during the call only.
func (v *verifier) each(lower, upper []byte, fn func(key, value []byte) error) error {
	return storage.Each(v.r, lower, upper, func(key, value []byte) error {
		if err := fn(key, value); err != nil {
			return err
		}
		return v.step()
	})
}

// verifyStep is after how many entries Step is called.
const verifyStep = 1024

func (v *verifier) step() error {
	if v.unreported++; v.unreported < verifyStep || v.o.Step == nil {
		return nil
	}
	n := v.unreported
	v.unreported = 0
	return v.o.Step(n)
}

// number is the database with a dbid, -1 if there is none.
func (v *verifier) number(id uint32) int { return slices.Index(v.dbs.ids, id) }

// get is a value, nil if there is none.
func (v *verifier) get(key []byte) ([]byte, error) {
	raw, err := v.r.Get(key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if raw == nil && err == nil {
		raw = []byte{}
	}
	return raw, err
}

// system reads the keyspace's own records and the queue of garbage.
func (v *verifier) system() error {
	raw, err := v.r.Get(systemDatabases)
	if err != nil {
		return fmt.Errorf("keyspace: the map of databases: %w", err)
	}
	if v.dbs, err = decodeDatabaseMap(raw); err != nil {
		return err
	}
	v.passing = map[uint32]bool{}
	if raw, err = v.get(systemReplacement); err != nil {
		return err
	}
	for v.loading = len(raw) > 0; len(raw) >= 4; raw = raw[4:] {
		v.passing[binary.BigEndian.Uint32(raw)] = true
	}
	for db, id := range v.dbs.ids {
		if id >= v.dbs.next || id == garbageID || v.number(id) != db {
			err := v.report(Fault{
				Code: FaultRecord, DB: db, Expected: fmt.Sprintf("an id of its own below %d", v.dbs.next), Found: fmt.Sprintf("id %d", id),
			})
			if err != nil {
				return err
			}
		}
	}
	if err := v.gaps(); err != nil {
		return err
	}
	return v.garbage()
}

// gaps looks for keys that nothing writes.
func (v *verifier) gaps() error {
	tags := []byte{tagSystem, tagCounts, tagGarbage, tagMeta, tagSub, tagExpiry, tagFields}
	slices.Sort(tags)
	var lower []byte
	for i := 0; i <= len(tags); i++ {
		var upper []byte
		if i < len(tags) {
			upper = []byte{tags[i]}
		}
		if lower == nil || upper == nil || !bytes.Equal(lower, upper) {
			if err := v.each(lower, upper, v.unknown); err != nil {
				return err
			}
		}
		if i < len(tags) {
			lower = []byte{tags[i] + 1}
		}
	}
	known := [][]byte{systemFormat, systemDatabases, systemVersions, systemReplacement}
	return v.each([]byte{tagSystem}, []byte{tagSystem + 1}, func(key, value []byte) error {
		if bytes.HasPrefix(key, systemBlobs) || slices.ContainsFunc(known, func(k []byte) bool { return bytes.Equal(k, key) }) {
			return nil
		}
		return v.unknown(key, value)
	})
}

func (v *verifier) unknown(key, _ []byte) error {
	return v.report(Fault{Code: FaultRecord, DB: -1, Expected: "no such entry", Found: fmt.Sprintf("an entry under %x", key)})
}

// garbage reads the queue of the collector.
func (v *verifier) garbage() error {
	return v.each([]byte{tagGarbage}, []byte{tagGarbage + 1}, func(key, value []byte) error {
		bad := false
		switch {
		case len(key) == 10 && key[1] == garbageVersion:
			_, counted, err := decodeSizes(value)
			bad = err != nil
			v.queued.add(counted)
		case len(key) == 6 && key[1] == garbageDatabase:
			_, err := decodeDatabaseGarbage(value)
			bad = err != nil
			v.passing[binary.BigEndian.Uint32(key[2:])] = true
		case bytes.Equal(key, garbageBelowKey) && len(value) >= 8:
			v.below = binary.BigEndian.Uint64(value)
		default:
			bad = true
		}
		if !bad {
			return nil
		}
		return v.report(Fault{
			Code: FaultRecord, DB: -1, Expected: "a record of garbage", Found: fmt.Sprintf("%x under %x", value[:min(len(value), 64)], key),
		})
	})
}

// counts compares the tallies with what was found.
func (v *verifier) counts() error {
	v.tallies[garbageID] = v.queued
	stored := map[uint32]tally{}
	err := v.each([]byte{tagCounts}, []byte{tagCounts + 1}, func(key, value []byte) error {
		t, err := decodeTally(value)
		if err != nil || len(key) != 5 {
			return v.report(Fault{Code: FaultRecord, DB: -1, Expected: "counts of a database", Found: fmt.Sprintf("%x under %x", value, key)})
		}
		stored[binary.BigEndian.Uint32(key[1:])] = t
		return nil
	})
	if err != nil {
		return err
	}
	for id := range stored {
		if _, ok := v.tallies[id]; !ok {
			v.tallies[id] = tally{}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.tallies)) {
		want, found := v.tallies[id], stored[id]
		if want == found || v.passing[id] || v.loading && id == garbageID {
			continue
		}
		f := Fault{Code: FaultTally, DB: v.number(id), Expected: want.text(), Found: found.text()}
		if !v.undecoded {
			f.Mend = func(w storage.Writer) error {
				if want.zero() {
					return w.Delete(countsKey(id))
				}
				return w.Set(countsKey(id), want.append(nil))
			}
		}
		if err := v.report(f); err != nil {
			return err
		}
	}
	return v.reserved()
}

func (t *tally) text() string {
	return fmt.Sprintf("%d keys, %d with a TTL (sum %d), %d bytes, %d hashes with field TTLs", t.keys, t.expires, t.expirySum, t.bytes, t.timed)
}

// reserved sees that no version in use will be given out again.
func (v *verifier) reserved() error {
	raw, err := v.get(systemVersions)
	if err != nil {
		return err
	}
	limit := uint64(0)
	if len(raw) == 8 {
		limit = binary.BigEndian.Uint64(raw)
	}
	if v.newest == 0 || v.newest < limit {
		return nil
	}
	above := (v.newest>>placeBits + 1) << placeBits
	return v.report(Fault{
		Code: FaultVersions, DB: -1, Expected: fmt.Sprintf("versions reserved up to %d at least", above), Found: fmt.Sprintf("up to %d", limit),
		Mend: func(w storage.Writer) error {
			return w.Set(systemVersions, binary.BigEndian.AppendUint64(nil, above))
		},
	})
}
