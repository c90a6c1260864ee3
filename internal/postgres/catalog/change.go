package catalog

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// ObjectKind says which kind of object a Change is about.
type ObjectKind byte

// Object kinds, as they stand in keys.
const (
	ObjectDatabase ObjectKind = 'd'
	ObjectRole     ObjectKind = 'u'
	ObjectSchema   ObjectKind = 'n'
	ObjectRelation ObjectKind = 'r'
	ObjectType     ObjectKind = 't'
)

// KeyPrefix begins the store's keys of catalog objects.
const KeyPrefix = 0x02

// formatVersion is the first byte of a stored object. What follows is JSON, in
// which new fields may appear without a new version.
const formatVersion = 1

// Change puts or drops one object. Database is 0 for databases and roles.
type Change struct {
	Kind     ObjectKind
	Database types.OID
	OID      types.OID
	Object   any // *Database, *Role, *Schema, *Relation or *CustomType; nil drops
}

// Apply makes the change in s, which must not be shared yet.
func (s *State) Apply(c Change) {
	switch o := c.Object.(type) {
	case *Database:
		s.PutDatabase(o)
	case *Role:
		s.PutRole(o)
	case *Schema:
		s.PutSchema(c.Database, o)
	case *Relation:
		s.PutRelation(c.Database, o)
	case *CustomType:
		s.PutType(c.Database, o)
	default:
		s.drop(c)
	}
}

func (s *State) drop(c Change) {
	switch c.Kind {
	case ObjectDatabase:
		s.DropDatabase(c.OID)
	case ObjectRole:
		s.DropRole(c.OID)
	case ObjectSchema:
		s.DropSchema(c.Database, c.OID)
	case ObjectRelation:
		s.DropRelation(c.Database, c.OID)
	case ObjectType:
		s.DropType(c.Database, c.OID)
	}
}

// VersionOf is the version of the object that c is about, as s has it; ok is
// false if it has none.
func (s *State) VersionOf(c Change) (version uint64, ok bool) {
	k := key(c.Database, c.OID)
	switch c.Kind {
	case ObjectDatabase:
		if o, ok := s.databases.Get(k); ok {
			return o.Version, true
		}
	case ObjectRole:
		if o, ok := s.roles.Get(k); ok {
			return o.Version, true
		}
	case ObjectSchema:
		if o, ok := s.schemas.Get(k); ok {
			return o.Version, true
		}
	case ObjectRelation:
		if o, ok := s.relations.Get(k); ok {
			return o.Version, true
		}
	case ObjectType:
		if o, ok := s.customs.Get(k); ok {
			return o.Version, true
		}
	}
	return 0, false
}

// Key is the key under which the store has the object.
func (c Change) Key() []byte {
	b := make([]byte, 0, 10)
	b = append(b, KeyPrefix, byte(c.Kind))
	b = binary.BigEndian.AppendUint32(b, uint32(c.Database))
	return binary.BigEndian.AppendUint32(b, uint32(c.OID))
}

// Write hands the change to w.
func (c Change) Write(w storage.Writer) error {
	if c.Object == nil {
		return w.Delete(c.Key())
	}
	var buf bytes.Buffer
	buf.WriteByte(formatVersion)
	if err := json.NewEncoder(&buf).Encode(c.Object); err != nil {
		return fmt.Errorf("catalog: encode object %d: %w", c.OID, err)
	}
	return w.Set(c.Key(), buf.Bytes())
}

// All lists the changes that would make s out of nothing.
func (s *State) All() []Change {
	var out []Change
	for _, d := range s.databases.Values() {
		out = append(out, Change{ObjectDatabase, 0, d.OID, d})
		v := s.View(d.OID)
		for _, n := range v.Schemas() {
			out = append(out, Change{ObjectSchema, d.OID, n.OID, n})
		}
		for _, r := range v.AllRelations() {
			out = append(out, Change{ObjectRelation, d.OID, r.OID, r})
		}
		for _, t := range v.CustomTypes() {
			out = append(out, Change{ObjectType, d.OID, t.OID, t})
		}
	}
	for _, r := range s.roles.Values() {
		out = append(out, Change{ObjectRole, 0, r.OID, r})
	}
	return out
}

// Load reads the catalog from a store. A store without one gives nil.
func Load(r storage.Reader) (s *State, err error) {
	it, err := r.NewIter(storage.IterOptions{Lower: []byte{KeyPrefix}, Upper: []byte{KeyPrefix + 1}})
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			return nil, err
		}
		c, err := decode(it.Key(), value)
		if err != nil {
			return nil, err
		}
		if s == nil {
			s = NewState()
		}
		s.Apply(c)
	}
	return s, it.Error()
}

// decode reads a stored object.
func decode(k, value []byte) (Change, error) {
	if len(k) != 10 || len(value) == 0 {
		return Change{}, fmt.Errorf("catalog: object under %x: %w", k, storage.ErrCorrupt)
	}
	c := Change{
		Kind:     ObjectKind(k[1]),
		Database: types.OID(binary.BigEndian.Uint32(k[2:])),
		OID:      types.OID(binary.BigEndian.Uint32(k[6:])),
	}
	if value[0] > formatVersion {
		return Change{}, fmt.Errorf("catalog: object %d: %w", c.OID, storage.ErrNewerFormat)
	}
	switch c.Kind {
	case ObjectDatabase:
		c.Object = new(Database)
	case ObjectRole:
		c.Object = new(Role)
	case ObjectSchema:
		c.Object = new(Schema)
	case ObjectRelation:
		c.Object = new(Relation)
	case ObjectType:
		c.Object = new(CustomType)
	default:
		return Change{}, fmt.Errorf("catalog: object under %x: %w", k, storage.ErrCorrupt)
	}
	if err := json.Unmarshal(value[1:], c.Object); err != nil {
		return Change{}, fmt.Errorf("catalog: object %d: %w: %w", c.OID, storage.ErrCorrupt, err)
	}
	return c, nil
}
