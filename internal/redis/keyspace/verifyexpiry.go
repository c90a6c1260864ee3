package keyspace

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

// expiry compares the indexes of what expires with the metadata, and looks for the
// entries that differ if they do.
func (v *verifier) expiry() error {
	for i, tag := range expiryTags {
		err := v.each([]byte{tag}, []byte{tag + 1}, func(key, value []byte) error {
			_, id, _, err := splitExpiryKey(key)
			if err != nil || len(value) > 0 {
				return v.unknown(key, value)
			}
			if !v.passing[id] {
				v.indexed[i].add(key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if v.wanted[i] == v.indexed[i] {
			continue
		}
		if err := v.stale(i); err != nil {
			return err
		}
		if err := v.missing(i); err != nil {
			return err
		}
	}
	return nil
}

// times are when metadata says that it should be in each of the indexes.
func (m *Meta) times() [2]int64 { return [2]int64{m.Expire, m.due} }

// stale reports the entries of an index that no key's metadata agrees with, and that the
// search for what is due will not find soon.
func (v *verifier) stale(i int) error {
	tag := expiryTags[i]
	return v.each([]byte{tag}, []byte{tag + 1}, func(key, value []byte) error {
		ms, id, name, err := splitExpiryKey(key)
		if err != nil || len(value) > 0 || v.passing[id] || ms <= v.o.Now {
			return nil //nolint:nilerr // reported, or none of ours
		}
		raw, err := v.get(appendMetaKey(nil, id, name))
		if err != nil {
			return err
		}
		want := "no entry: there is no such key"
		if raw != nil {
			m, err := decodeMeta(raw)
			if err != nil {
				return nil //nolint:nilerr // reported: nobody knows when it expires
			}
			at := m.times()[i]
			if at == ms {
				return nil
			}
			want = "an entry at " + timeText(at)
		}
		entry := slices.Clone(key)
		return v.report(Fault{
			Code: FaultExpiryStale, DB: v.number(id), Key: slices.Clone(name), Expected: want, Found: "one at " + timeText(ms),
			Mend: func(w storage.Writer) error { return w.Delete(entry) },
		})
	})
}

// missing reports the keys that an index lacks.
func (v *verifier) missing(i int) error {
	return v.each([]byte{tagMeta}, []byte{tagMeta + 1}, func(key, value []byte) error {
		m, ok, err := v.metadata(key, value, false)
		if err != nil || !ok {
			return err
		}
		id, name, ms := binary.BigEndian.Uint32(key[1:]), key[metaKeyLen:], m.times()[i]
		if ms == 0 || v.passing[id] {
			return nil
		}
		entry := appendExpiryKey(nil, expiryTags[i], ms, id, name)
		if raw, err := v.get(entry); err != nil || raw != nil {
			return err
		}
		return v.report(Fault{
			Code: FaultExpiryLacks, DB: v.number(id), Key: slices.Clone(name), Expected: "an entry at " + timeText(ms), Found: "none",
			Mend: func(w storage.Writer) error { return w.Set(entry, nil) },
		})
	})
}

// timeText is a time in unix milliseconds as messages show it.
func timeText(ms int64) string {
	if ms == 0 {
		return "no time"
	}
	return fmt.Sprintf("%d (%s)", ms, time.UnixMilli(ms).UTC().Format(time.RFC3339))
}
