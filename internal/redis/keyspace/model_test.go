package keyspace

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/storage"
)

// modelValue is what a key holds, in plain Go.
type modelValue struct {
	typ    Type
	expire int64
	str    string
	hash   map[string]string
	ttl    map[string]int64 // of fields
	list   []string
	set    map[string]bool
	zset   map[string]float64
}

func (v *modelValue) clone() *modelValue {
	c := *v
	c.hash, c.set, c.zset = maps.Clone(v.hash), maps.Clone(v.set), maps.Clone(v.zset)
	c.ttl = maps.Clone(v.ttl)
	c.list = slices.Clone(v.list)
	return &c
}

func (v *modelValue) len() int {
	switch v.typ {
	case TypeHash:
		return len(v.hash)
	case TypeList:
		return len(v.list)
	case TypeSet:
		return len(v.set)
	case TypeZSet:
		return len(v.zset)
	}
	return len(v.str)
}

const modelDatabases = 3

// machine drives a keyspace and its model side by side.
type machine struct {
	store storage.Store
	ks    *Keyspace
	run   *Run
	now   int64
	keys  *rapid.Generator[string]
	dbs   [modelDatabases]map[string]*modelValue
}

func newMachine(t *rapid.T, house *house) *machine {
	m := &machine{now: 1_000_000, keys: genKey}
	m.store = house.open(t)
	for i := range m.dbs {
		m.dbs[i] = map[string]*modelValue{}
	}
	m.open(t)
	return m
}

func (m *machine) open(t *rapid.T) {
	ks, err := Open(m.store, Options{
		Databases: modelDatabases,
		Clock:     func() time.Time { return time.UnixMilli(m.now) },
		// Strings of a few bytes are short, in chunks, or written ahead.
		LongString: 6, ChunkBytes: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	if rapid.Bool().Draw(t, "wide sweeps") {
		ks.sweep.sizes = sweepSizes{ahead: 5, wide: 1, each: 2}
	}
	ks.aheadFrom, ks.aheadBatch = 16, 64
	m.ks, m.run = ks, ks.NewRun()
}

// get is the live value of a key in the model. A hash of which no field is
// visible exists until its fields are removed.
func (m *machine) get(t *rapid.T, db int, key string) *modelValue {
	v := m.dbs[db][key]
	if v != nil && v.expire != 0 && v.expire <= m.now {
		return nil
	}
	if v != nil && v.typ == TypeHash && len(v.visible(m.now)) == 0 {
		exists, err := m.run.Exists(db, []byte(key))
		must(t, err)
		if !exists {
			delete(m.dbs[db], key)
			return nil
		}
	}
	return v
}

// visible are a hash's fields whose time has not come.
func (v *modelValue) visible(now int64) map[string]string {
	fields := maps.Clone(v.hash)
	for field, ms := range v.ttl {
		if ms <= now {
			delete(fields, field)
		}
	}
	return fields
}

// touch returns the value for a command on the type, making an empty one where
// the key does not exist; wrong says that the command must fail.
func (m *machine) touch(t *rapid.T, db int, key string, typ Type) (v *modelValue, wrong bool) {
	v = m.get(t, db, key)
	if v == nil {
		return &modelValue{
			typ: typ, hash: map[string]string{}, ttl: map[string]int64{}, set: map[string]bool{}, zset: map[string]float64{},
		}, false
	}
	return v, v.typ != typ
}

func (m *machine) store1(db int, key string, v *modelValue) {
	if v.typ != TypeString && v.len() == 0 {
		delete(m.dbs[db], key)
		return
	}
	m.dbs[db][key] = v
}

var (
	genKey    = rapid.SampledFrom([]string{"a", "b", "ab", "", "\x00\xff", "user:1"})
	genMember = rapid.SampledFrom([]string{"m", "n", "o", "", "\x00", "\xff\xff", "pp"})
	genString = rapid.SampledFrom([]string{"", "x", "\xff\x00", "short", "longer", "in chunks", "some chunks more", strings.Repeat("0123456", 5)})
	genDB     = rapid.IntRange(0, modelDatabases-1)
	genScore  = rapid.SampledFrom([]float64{-1.5, 0, 1, 2, 1e300, -1e300})
)

// place draws the key of a command and locks it.
func (m *machine) place(t *rapid.T) (int, string) {
	db, key := genDB.Draw(t, "db"), m.keys.Draw(t, "key")
	must(t, m.run.Lock(db, [][]byte{[]byte(key)}, true))
	return db, key
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wrongType(t *rapid.T, err error, wrong bool) bool {
	t.Helper()
	if wrong {
		if !errors.Is(err, ErrWrongType) {
			t.Fatalf("got %v, want WRONGTYPE", err)
		}
		return true
	}
	must(t, err)
	return false
}

func (m *machine) SetString(t *rapid.T) {
	db, key := m.place(t)
	value := genString.Draw(t, "value")
	keep := rapid.Bool().Draw(t, "keepttl")
	k, err := m.run.Key(db, []byte(key))
	must(t, err)
	expire := int64(0)
	if old := m.get(t, db, key); keep && old != nil {
		expire = old.expire
	}
	if k.Expire != expire && keep {
		t.Fatalf("expire %d, want %d", k.Expire, expire)
	}
	must(t, k.SetString([]byte(value), expire))
	m.dbs[db][key] = &modelValue{typ: TypeString, str: value, expire: expire}
}

// Write changes a part of a string, and looks at one.
func (m *machine) Write(t *rapid.T) {
	db, key := m.place(t)
	k, err := m.run.String(db, []byte(key))
	v, wrong := m.touch(t, db, key, TypeString)
	if wrongType(t, err, wrong) {
		return
	}
	for range rapid.IntRange(0, 3).Draw(t, "n") {
		at := rapid.IntRange(0, len(v.str)+9).Draw(t, "at")
		if rapid.Bool().Draw(t, "append") {
			at = len(v.str)
		}
		data := genString.Draw(t, "data")
		must(t, k.WriteAt(int64(at), []byte(data)))
		whole := append([]byte(v.str), make([]byte, max(0, at+len(data)-len(v.str)))...)
		copy(whole[at:], data)
		v.str = string(whole)
		m.store1(db, key, v)
	}
	start := rapid.IntRange(0, len(v.str)).Draw(t, "start")
	end := rapid.IntRange(start, len(v.str)).Draw(t, "end")
	part, err := k.Range(int64(start), int64(end))
	must(t, err)
	pieces := ""
	must(t, k.EachPart(int64(start), int64(end)+5, func(piece []byte) (bool, error) {
		pieces += string(piece)
		return len(pieces) < end-start, nil
	}))
	if string(part) != v.str[start:end] || !strings.HasPrefix(v.str[start:], pieces) || len(pieces) < end-start {
		t.Fatalf("%d to %d is %q, in pieces %q, of %q", start, end, part, pieces, v.str)
	}
}

func (m *machine) Delete(t *rapid.T) {
	db, key := m.place(t)
	existed, err := m.run.Delete(db, []byte(key))
	must(t, err)
	if existed != (m.get(t, db, key) != nil) {
		t.Fatalf("delete gave %v", existed)
	}
	delete(m.dbs[db], key)
}

func (m *machine) Expire(t *rapid.T) {
	db, key := m.place(t)
	ms := m.now + rapid.Int64Range(-5, 50).Draw(t, "in")
	k, err := m.run.Key(db, []byte(key))
	must(t, err)
	v := m.get(t, db, key)
	if k.Exists() != (v != nil) {
		t.Fatalf("exists %v", k.Exists())
	}
	if v == nil {
		return
	}
	if rapid.Bool().Draw(t, "persist") {
		must(t, k.Persist())
		v.expire = 0
		return
	}
	must(t, k.SetExpire(ms))
	v.expire = ms
	if ms <= m.now {
		delete(m.dbs[db], key)
	}
}

func (m *machine) Hash(t *rapid.T) {
	db, key := m.place(t)
	h, err := m.run.Hash(db, []byte(key))
	v, wrong := m.touch(t, db, key, TypeHash)
	if wrongType(t, err, wrong) {
		return
	}
	for range rapid.IntRange(0, 4).Draw(t, "n") {
		m.field(t, &h, v)
		if h.Exists() {
			continue
		}
		clear(v.hash)
		clear(v.ttl)
		v.expire = 0 // what comes next creates the key anew
	}
	m.store1(db, key, v)
}

// field does something to a field of a hash.
func (m *machine) field(t *rapid.T, h *Hash, v *modelValue) {
	field := genMember.Draw(t, "field")
	_, had := v.visible(m.now)[field]
	op := rapid.IntRange(0, 5).Draw(t, "op")
	switch {
	case op <= 1:
		created, err := h.Set([]byte(field), []byte("v"+field))
		must(t, err)
		if created == had {
			t.Fatalf("created %v", created)
		}
		v.hash[field] = "v" + field
		delete(v.ttl, field)
	case op == 2:
		created, err := h.Update([]byte(field), []byte("u"+field))
		must(t, err)
		if created == had {
			t.Fatalf("created %v", created)
		}
		v.hash[field] = "u" + field
		if !had {
			delete(v.ttl, field)
		}
	case op == 3:
		n, err := h.Del([]byte(field))
		must(t, err)
		if (n == 1) != had {
			t.Fatalf("deleted %d", n)
		}
		if had {
			delete(v.hash, field)
			delete(v.ttl, field)
		}
	case had:
		ms := m.now + rapid.Int64Range(-5, 50).Draw(t, "in")
		if rapid.IntRange(0, 4).Draw(t, "persist") == 0 {
			ms = 0
		}
		must(t, h.ExpireField([]byte(field), ms))
		delete(v.ttl, field)
		if ms != 0 && ms <= m.now {
			delete(v.hash, field)
		} else if ms != 0 {
			v.ttl[field] = ms
		}
	}
}

func (m *machine) Set(t *rapid.T) {
	db, key := m.place(t)
	s, err := m.run.Set(db, []byte(key))
	v, wrong := m.touch(t, db, key, TypeSet)
	if wrongType(t, err, wrong) {
		return
	}
	members := rapid.SliceOfN(genMember, 0, 4).Draw(t, "members")
	args := make([][]byte, len(members))
	for i := range members {
		args[i] = []byte(members[i])
	}
	before := len(v.set)
	if rapid.Bool().Draw(t, "add") {
		n, err := s.Add(args...)
		must(t, err)
		for _, x := range members {
			v.set[x] = true
		}
		if n != len(v.set)-before {
			t.Fatalf("added %d", n)
		}
	} else {
		n, err := s.Remove(args...)
		must(t, err)
		for _, x := range members {
			delete(v.set, x)
		}
		if n != before-len(v.set) {
			t.Fatalf("removed %d", n)
		}
	}
	if v.len() > 0 {
		r, err := s.Random()
		must(t, err)
		if !v.set[string(r)] {
			t.Fatalf("random member %q", r)
		}
	}
	m.store1(db, key, v)
}

func (m *machine) ZSet(t *rapid.T) {
	db, key := m.place(t)
	z, err := m.run.ZSet(db, []byte(key))
	v, wrong := m.touch(t, db, key, TypeZSet)
	if wrongType(t, err, wrong) {
		return
	}
	for range rapid.IntRange(0, 4).Draw(t, "n") {
		member := genMember.Draw(t, "member")
		if rapid.IntRange(0, 2).Draw(t, "op") > 0 {
			score := genScore.Draw(t, "score")
			_, err := z.Add([]byte(member), score)
			must(t, err)
			v.zset[member] = score
		} else {
			_, err := z.Remove([]byte(member))
			must(t, err)
			delete(v.zset, member)
			if len(v.zset) == 0 {
				v.expire = 0
			}
		}
	}
	m.store1(db, key, v)
}

func (m *machine) List(t *rapid.T) {
	db, key := m.place(t)
	l, err := m.run.List(db, []byte(key))
	v, wrong := m.touch(t, db, key, TypeList)
	if wrongType(t, err, wrong) {
		return
	}
	for range rapid.IntRange(1, 5).Draw(t, "n") {
		n := len(v.list)
		x := genMember.Draw(t, "element")
		switch rapid.IntRange(0, 6).Draw(t, "op") {
		case 0:
			must(t, l.PushFront([]byte("f"), []byte(x)))
			v.list = append([]string{x, "f"}, v.list...)
		case 1:
			must(t, l.PushBack([]byte(x), []byte("b")))
			v.list = append(v.list, x, "b")
		case 2:
			got, ok, err := l.PopFront()
			must(t, err)
			if ok != (n > 0) || (ok && string(got) != v.list[0]) {
				t.Fatalf("pop %q %v of %q", got, ok, v.list)
			}
			if ok {
				v.list = v.list[1:]
			}
		case 3:
			if n > 0 {
				i := rapid.IntRange(0, n).Draw(t, "at")
				must(t, l.Insert(int64(i), []byte(x)))
				v.list = slices.Insert(v.list, i, x)
			}
		case 4:
			var places []int64
			var kept []string
			for i, e := range v.list {
				if rapid.Bool().Draw(t, "remove") {
					places = append(places, int64(i))
				} else {
					kept = append(kept, e)
				}
			}
			must(t, l.RemoveAt(places))
			v.list = kept
		case 5:
			if n > 0 {
				a := rapid.IntRange(0, n-1).Draw(t, "start")
				b := rapid.IntRange(0, n-1).Draw(t, "stop")
				must(t, l.Trim(int64(a), int64(b)))
				v.list = v.list[a:max(a, b+1)]
			}
		case 6:
			got, ok, err := l.PopBack()
			must(t, err)
			if ok != (n > 0) || (ok && string(got) != v.list[n-1]) {
				t.Fatalf("pop %q %v of %q", got, ok, v.list)
			}
			if ok {
				v.list = v.list[:n-1]
			}
		}
		v.list = slices.Clone(v.list)
		if len(v.list) == 0 {
			v.expire = 0 // what comes next creates the key anew
		}
	}
	m.store1(db, key, v)
}

func (m *machine) MoveOrCopy(t *rapid.T) {
	db, key := m.place(t)
	toDB, to := genDB.Draw(t, "todb"), m.keys.Draw(t, "to")
	must(t, m.run.Lock(db, [][]byte{[]byte(key), []byte(to)}, true))
	k, err := m.run.Key(db, []byte(key))
	must(t, err)
	v := m.get(t, db, key)
	if v == nil || (db == toDB && key == to) {
		return
	}
	if rapid.Bool().Draw(t, "copy") {
		must(t, k.CopyTo(toDB, []byte(to)))
	} else {
		must(t, k.MoveTo(toDB, []byte(to)))
		delete(m.dbs[db], key)
	}
	m.dbs[toDB][to] = v.clone()
}

func (m *machine) Databases(t *rapid.T) {
	a, b := genDB.Draw(t, "a"), genDB.Draw(t, "b")
	switch rapid.IntRange(0, 5).Draw(t, "op") {
	case 0:
		must(t, m.run.FlushDB(a))
		m.dbs[a] = map[string]*modelValue{}
	case 1:
		must(t, m.run.SwapDB(a, b))
		m.dbs[a], m.dbs[b] = m.dbs[b], m.dbs[a]
	case 2:
		must(t, m.run.FlushAll())
		for i := range m.dbs {
			m.dbs[i] = map[string]*modelValue{}
		}
	default:
		m.now += rapid.Int64Range(1, 20).Draw(t, "ms")
	}
}

func (m *machine) Apply(t *rapid.T) {
	apply(t, m.run)
	if rapid.Bool().Draw(t, "reopen") {
		m.open(t)
	}
}

func apply(t interface {
	Helper()
	Fatal(...any)
}, r *Run,
) {
	t.Helper()
	p, err := r.Apply()
	if err == nil && p != nil {
		err = p.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) Work(t *rapid.T) {
	apply(t, m.run)
	if rapid.Bool().Draw(t, "expire") {
		_, err := m.ks.ExpireDue(rapid.IntRange(1, 4).Draw(t, "limit"))
		must(t, err)
	} else {
		_, err := m.ks.Collect(rapid.IntRange(1, 4).Draw(t, "limit"))
		must(t, err)
	}
	mustAgree(t, m.store, m.ks.now())
}

func TestKeyspaceAgreesWithItsModel(t *testing.T) {
	inEachHouse(t, func(t *testing.T, house *house) {
		rapid.Check(t, func(t *rapid.T) {
			m := newMachine(t, house)
			t.Repeat(map[string]func(*rapid.T){
				"SetString": m.SetString, "Write": m.Write, "Write2": m.Write, "Delete": m.Delete, "Expire": m.Expire, "Hash": m.Hash,
				"Set": m.Set, "ZSet": m.ZSet, "List": m.List, "MoveOrCopy": m.MoveOrCopy,
				"Databases": m.Databases, "Apply": m.Apply, "Work": m.Work, "": m.Check,
			})
			m.finish(t)
		})
	})
}

// Few keys, and nearly nothing but hashes: their fields' TTLs meet each other.
func TestFieldTTLsAgreeWithTheirModel(t *testing.T) {
	inEachHouse(t, func(t *testing.T, house *house) {
		rapid.Check(t, func(t *rapid.T) {
			m := newMachine(t, house)
			m.keys = rapid.SampledFrom([]string{"a", "b"})
			t.Repeat(map[string]func(*rapid.T){
				"Hash": m.Hash, "Hash2": m.Hash, "Hash3": m.Hash, "Hash4": m.Hash, "Hash5": m.Hash, "Expire": m.Expire,
				"MoveOrCopy": m.MoveOrCopy, "Databases": m.Databases, "Apply": m.Apply, "Work": m.Work, "": m.Check,
			})
			m.finish(t)
		})
	})
}
