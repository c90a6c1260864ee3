package keyspace

import (
	"errors"
	"slices"
)

// SetString makes the key a string with this expiry time (unix milliseconds,
// 0 for none), whatever it was before. Pass k.Expire to keep the TTL. A time
// that has passed deletes the key.
func (k *Key) SetString(value []byte, expire int64) error { return k.set(value, expire, false) }

// Edit is SetString for a value that came about by editing the old one. The key
// remembers that: Turned.
func (k *Key) Edit(value []byte, expire int64) error { return k.set(value, expire, true) }

// Turned reports whether a string was edited in place, or whether a set ever had a
// member that is no integer, so far as is known. redis-server keeps such values in
// another form from then on.
func (k *Key) Turned() bool { return k.turned }

func (k *Key) set(value []byte, expire int64, turned bool) error {
	if len(value) > MaxString {
		return ErrTooLarge
	}
	if expire != 0 && k.r.Past(expire) {
		return k.Delete()
	}
	m := Meta{Type: TypeString, Expire: expire, Size: int64(len(value)), turned: turned}
	if len(value) > k.r.ks.short {
		return k.setLong(&m, value)
	}
	m.value = value
	return k.replace(&m)
}

// setLong is set's for a value in chunks.
func (k *Key) setLong(m *Meta, value []byte) error {
	m.chunk = int64(k.r.ks.chunk)
	m.sizeChunks()
	if old := &k.stored; old.chunked() && old.chunk == m.chunk && max(old.Size, m.Size) < int64(k.r.ks.aheadFrom) && k.r.bulk == nil {
		// The chunks take the places of the old ones: nothing becomes garbage.
		m.version = old.version
		if err := k.r.deleteChunks(old); err != nil {
			return err
		}
		if err := k.putChunks(m, 0, value, new(Meta), k.r.w.Set); err != nil {
			return err
		}
		return k.replace(m)
	}
	return k.anew(m, m.Size, func(set setter) error { return k.putChunks(m, 0, value, new(Meta), set) })
}

// WriteAt puts data at an offset of a string, which is filled up with zeros to there
// if it is shorter. A key that does not exist becomes a string; the TTL stays. Of a
// long string the chunks that data touches are written.
func (k *Key) WriteAt(offset int64, data []byte) error {
	if offset > MaxString-int64(len(data)) {
		return ErrTooLarge
	}
	m := Meta{Type: TypeString, Expire: k.Expire, Size: max(k.Size, offset+int64(len(data))), turned: true}
	if !k.subkeys() && m.Size <= int64(k.r.ks.short) {
		m.value = make([]byte, m.Size)
		copy(m.value, k.value)
		copy(m.value[offset:], data)
		return k.replace(&m)
	}
	m.version, m.chunk = k.version, k.chunk
	if !k.subkeys() {
		m.chunk = int64(k.r.ks.chunk)
	}
	m.sizeChunks()
	if k.subkeys() && !k.worthRewriting(len(data)) {
		if err := k.putChunks(&m, offset, data, &k.Meta, k.r.w.Set); err != nil {
			return err
		}
		return k.replace(&m)
	}
	return k.anew(&m, k.Size+int64(len(data)), func(set setter) error {
		if err := k.copyChunks(&m, offset, offset+int64(len(data)), set); err != nil {
			return err
		}
		return k.putChunks(&m, offset, data, &k.Meta, set)
	})
}

// worthRewriting says that so many bytes should not be written into a long string,
// with the run's batch: copying the string as well costs little more, and can be done
// ahead.
func (k *Key) worthRewriting(length int) bool {
	return length > k.r.ks.aheadFrom && int64(length) > k.Size/8
}

// setter writes a subkey.
type setter = func(key, value []byte) error

// anew gives the string a new version, which write fills with about so many bytes.
func (k *Key) anew(m *Meta, size int64, write func(set setter) error) (err error) {
	if len(k.key) > MaxKey {
		return ErrKeyTooLong
	}
	if m.version, err = k.r.ks.newVersion(k.key); err != nil {
		return err
	}
	return k.r.fill(k, m, size, write)
}

// fill has write fill m's version, which is new, with about so many bytes, and then
// makes it the value of k. What is large is written ahead.
func (r *Run) fill(k *Key, m *Meta, size int64, write func(set setter) error) error {
	if r.bulk != nil || size < int64(r.ks.aheadFrom) {
		set := r.w.Set
		if r.bulk != nil {
			set = r.setBulk
		}
		if err := write(set); err != nil {
			return err
		}
		return k.replace(m)
	}
	a, err := r.writeAhead(m.version, m.entries(), m.collection())
	if err == nil {
		err = write(a.set)
	}
	if err == nil {
		err = a.finish()
	}
	if err = errors.Join(err, a.close()); err != nil {
		return err
	}
	if err := k.replace(m); err != nil {
		return err
	}
	return a.link()
}

// setBulk writes a subkey of a replacement, and what was written so far if that is
// much.
func (r *Run) setBulk(key, value []byte) error {
	if r.bulk.to.Size() >= bulkFullSize {
		if err := r.bulk.apply(); err != nil {
			return err
		}
	}
	return r.setNew(key, value)
}

// putChunks writes data at an offset of m. old is what the string was before, and empty
// if nothing of that counts.
func (k *Key) putChunks(m *Meta, offset int64, data []byte, old *Meta, set setter) error {
	for len(data) > 0 {
		i, within := offset/m.chunk, offset%m.chunk
		part := data[:min(int64(len(data)), m.chunk-within)]
		value := part
		if end := min((i+1)*m.chunk, m.Size); within > 0 || offset+int64(len(part)) < end {
			was, err := k.oldChunk(old, m.chunk, i)
			if err != nil {
				return err
			}
			value = make([]byte, max(len(was), int(within)+len(part)))
			copy(value, was)
			copy(value[within:], part)
		}
		if err := set(k.r.chunkKey(m.version, i), value); err != nil {
			return err
		}
		offset += int64(len(part))
		data = data[len(part):]
	}
	return nil
}

// copyChunks writes the chunks of the string as it is, those that are touched from
// start up to and without end left out.
func (k *Key) copyChunks(m *Meta, start, end int64, set setter) error {
	first, last := start/m.chunk, (end-1)/m.chunk
	write := func(i int64, chunk []byte) (bool, error) {
		if start < end && i >= first && i <= last {
			return true, nil
		}
		return true, set(k.r.chunkKey(m.version, i), chunk)
	}
	if k.subkeys() {
		return k.r.eachChunk(&k.Meta, 0, k.chunks(k.Size), write)
	}
	for i, chunk := range slices.Collect(slices.Chunk(k.value, int(m.chunk))) {
		if _, err := write(int64(i), chunk); err != nil {
			return err
		}
	}
	return nil
}

// oldChunk is what old has where a chunk of this length begins, nil if nothing.
func (k *Key) oldChunk(old *Meta, length, index int64) ([]byte, error) {
	at := index * length
	switch {
	case at >= old.Size:
		return nil, nil
	case !old.subkeys():
		return cut(old.value, at, at+length), nil
	}
	return k.r.getChunk(old.version, index)
}

// deleteChunks removes all chunks of a string that is not large.
func (r *Run) deleteChunks(m *Meta) error {
	for i := range m.chunks(m.Size) {
		if err := r.w.Delete(r.chunkKey(m.version, i)); err != nil {
			return err
		}
	}
	return nil
}
