package keyspace

// Key is an open key of any type: what the generic commands work on, and
// SET, which overwrites every type.
type Key struct{ object }

// Key opens a key for reading and changing. Open it once per command.
func (r *Run) Key(db int, key []byte) (Key, error) {
	o, err := r.openAny(db, key)
	if err == nil {
		r.touch(key)
	}
	return Key{o}, err
}

// Peek is Key without counting as an access (OBJECT IDLETIME).
func (r *Run) Peek(db int, key []byte) (Key, error) {
	o, err := r.openAny(db, key)
	return Key{o}, err
}

// String opens a key for a command on strings: WRONGTYPE if it is another type.
func (r *Run) String(db int, key []byte) (Key, error) {
	o, err := r.open(db, key, TypeString)
	return Key{o}, err
}

func (r *Run) openAny(db int, key []byte) (object, error) {
	id, err := r.dbid(db)
	if err != nil {
		return object{}, err
	}
	stored, err := r.read(id, key)
	if err != nil {
		return object{}, err
	}
	m, err := r.visible(id, key, &stored)
	return object{r: r, id: id, key: key, stored: stored, Meta: m}, err
}

// SetExpire gives an existing key an expiry time in unix milliseconds. A time
// that has passed deletes the key.
func (k *Key) SetExpire(ms int64) error {
	if k.r.Past(ms) {
		return k.Delete()
	}
	m := k.Meta
	m.Expire = max(ms, 1)
	return k.replace(&m)
}

// Persist takes an existing key's expiry time away.
func (k *Key) Persist() error {
	m := k.Meta
	m.Expire = 0
	return k.replace(&m)
}

// MoveTo gives the value, with its TTL, to the key dst of database db, whatever
// that held, at a cost that does not depend on its size. RENAME and MOVE.
func (k *Key) MoveTo(db int, dst []byte) error {
	to, err := k.r.openAny(db, dst)
	if err != nil {
		return err
	}
	if to.id == k.id && string(to.key) == string(k.key) {
		return nil
	}
	if len(dst) > MaxKey {
		return ErrKeyTooLong
	}
	if err := k.r.forget(k.id, k.key, &k.stored); err != nil {
		return err
	}
	m := k.Meta
	k.Meta, k.stored = Meta{}, Meta{}
	if err := to.replace(&m); err != nil {
		return err
	}
	k.r.ks.access.move(k.key, dst)
	return nil
}

// Stored says whether the store has the key, though its time may be over.
func (k *Key) Stored() bool { return k.stored.Type != TypeNone }

// CopyTo gives dst of database db a copy of the value and the TTL, whatever it
// held. The cost is the size of the value.
func (k *Key) CopyTo(db int, dst []byte) error {
	to, err := k.r.openAny(db, dst)
	if err != nil {
		return err
	}
	if len(dst) > MaxKey {
		return ErrKeyTooLong
	}
	m := k.Meta
	if !m.subkeys() {
		return to.replace(&m)
	}
	if m.version, err = k.r.ks.newVersion(dst); err != nil {
		return err
	}
	return k.r.fill(&Key{to}, &m, m.bytes, func(set setter) error { return k.r.copySubkeys(k.version, m.version, set) })
}

func (r *Run) copySubkeys(from, to uint64, set setter) error {
	lower, upper := versionBounds(from)
	prefix, _ := versionBounds(to)
	return r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		copyKey := append(prefix[:len(prefix):len(prefix)], key[len(prefix):]...)
		return true, set(copyKey, value)
	})
}

// replace puts m in the place of what is stored.
func (o *object) replace(m *Meta) error {
	if err := o.r.put(o.id, o.key, &o.stored, m); err != nil {
		return err
	}
	o.Meta, o.stored = *m, *m
	return nil
}

// Exists says whether the key exists.
func (r *Run) Exists(db int, key []byte) (bool, error) {
	k, err := r.Peek(db, key)
	return k.Exists(), err
}

// Type is the type of what the key holds, TypeNone if it does not exist.
func (r *Run) Type(db int, key []byte) (Type, error) {
	k, err := r.Peek(db, key)
	return k.Type, err
}

// Delete removes a key, and says whether it existed.
func (r *Run) Delete(db int, key []byte) (bool, error) {
	k, err := r.Peek(db, key)
	if err != nil || k.stored.Type == TypeNone {
		return false, err
	}
	existed := k.Exists()
	return existed, k.Delete()
}

// GetString is a string's value; ok is false if the key does not exist.
func (r *Run) GetString(db int, key []byte) (value []byte, ok bool, err error) {
	o, err := r.open(db, key, TypeString)
	if err != nil || o.Type == TypeNone {
		return nil, false, err
	}
	if o.subkeys() {
		value, err = (&Key{o}).Value()
		return value, err == nil, err
	}
	return o.value, true, nil
}

// SetString makes the key a string without a TTL, whatever it was.
func (r *Run) SetString(db int, key, value []byte) error {
	k, err := r.Key(db, key)
	if err != nil {
		return err
	}
	return k.SetString(value, 0)
}
