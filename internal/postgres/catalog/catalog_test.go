package catalog

import (
	"errors"
	"reflect"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

const db = PostgresOID

// shop is a small catalog: orders refer to customers, number themselves by a
// sequence, and have a view.
func shop() *State {
	s := Bootstrap()
	s.PutRelation(db, &Relation{
		OID: 20000, Name: "customers", Schema: PublicOID, Kind: KindTable, Storage: 1,
		Columns: []*Column{{Num: 1, Name: "id", Type: types.Int4OID, Typmod: -1, NotNull: true}},
		Indexes: []*Index{{OID: 20001, Name: "customers_pkey", Unique: true, Primary: true, Clustered: true, Keys: []IndexKey{{Column: 1, Type: types.Int4OID}}}},
	})
	s.PutRelation(db, &Relation{
		OID: 20010, Name: "orders", Schema: PublicOID, Kind: KindTable, Storage: 2, Version: 7,
		Columns: []*Column{
			{Num: 1, Name: "id", Type: types.Int8OID, Typmod: -1, Default: "nextval('orders_id_seq')"},
			{Num: 2, Name: "customer", Type: types.Int4OID, Typmod: -1, HasMissing: true, Missing: "0"},
		},
		Constraints: []*Constraint{{OID: 20011, Name: "orders_customer_fkey", Kind: ForeignKey, Columns: []int16{2}, RefTable: 20000, RefColumns: []int16{1}, Match: 's', OnDelete: 'c'}},
		Options:     map[string]string{"fillfactor": "70"},
	})
	s.PutRelation(db, &Relation{
		OID: 20020, Name: "orders_id_seq", Schema: PublicOID, Kind: KindSequence, Storage: 3,
		Sequence: &Sequence{Type: types.Int8OID, Start: 1, Increment: 1, Min: 1, Max: 1 << 62, Cache: 1, OwnerTable: 20010, OwnerCol: 1},
	})
	s.PutRelation(db, &Relation{
		OID: 20030, Name: "big_orders", Schema: PublicOID, Kind: KindView, ViewSQL: "SELECT 1", DependsOn: []types.OID{20010},
	})
	return s
}

func names(rs []*Relation) (out []string) {
	for _, r := range rs {
		out = append(out, r.Name)
	}
	return out
}

func TestView(t *testing.T) {
	v := shop().View(db)
	if got := names(v.Relations(PublicOID)); !reflect.DeepEqual(got, []string{"big_orders", "customers", "orders", "orders_id_seq"}) {
		t.Errorf("relations %v", got)
	}
	if i, r := v.Index(20001); i == nil || r.Name != "customers" {
		t.Errorf("index %v of %v", i, r)
	}
	if i, _ := v.LookupIndex(PublicOID, "customers_pkey"); i == nil || v.Lookup(PublicOID, "customers_pkey") != nil {
		t.Error("an index shares the name space, but is no relation")
	}
	if refs := v.ReferencedBy(20000); len(refs) != 1 || refs[0].Table.Name != "orders" {
		t.Errorf("references %v", refs)
	}
	if got := names(v.OwnedSequences(20010, 1)); len(got) != 1 || len(v.OwnedSequences(20010, 2)) != 0 {
		t.Errorf("owned %v", got)
	}
	if got := names(v.Dependents(20010)); !reflect.DeepEqual(got, []string{"orders_id_seq", "big_orders"}) {
		t.Errorf("dependents %v", got)
	}
	if other := shop().View(Template1OID); other.Relation(20000) != nil || other.Schema(PublicOID) == nil {
		t.Error("relations belong to a database")
	}
}

func TestCopyLeavesTheOriginal(t *testing.T) {
	s := shop()
	c := s.Copy(9)
	renamed := *c.View(db).Relation(20010)
	renamed.Name, renamed.Constraints = "sales", nil
	c.PutRelation(db, &renamed)
	c.DropRelation(db, 20030)
	c.DropSchema(db, PgToastOID)
	old, now := s.View(db), c.View(db)
	if old.Lookup(PublicOID, "orders") == nil || old.Lookup(PublicOID, "big_orders") == nil || len(old.ReferencedBy(20000)) != 1 {
		t.Error("the original changed")
	}
	if now.Lookup(PublicOID, "orders") != nil || now.Lookup(PublicOID, "sales") == nil || len(now.ReferencedBy(20000)) != 0 || now.Version() != 9 {
		t.Error("the copy did not")
	}
	c.DropDatabase(db)
	if c.View(db).Relation(20000) != nil || c.View(db).DatabaseByName("postgres") != nil || s.View(db).Relation(20000) == nil {
		t.Error("a database goes with all that is in it")
	}
}

func TestLoad(t *testing.T) {
	store := memstore.New()
	if s, err := Load(store); s != nil || err != nil {
		t.Fatalf("of an empty store: %v, %v", s, err)
	}
	s := shop()
	b := store.NewBatch()
	for _, c := range s.All() {
		if err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Apply(b); err != nil {
		t.Fatal(err)
	}
	got, err := Load(store)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.All(), s.All()) {
		t.Errorf("loaded\n%v\nwant\n%v", got.All(), s.All())
	}
	if !reflect.DeepEqual(names(got.View(db).Dependents(20010)), names(s.View(db).Dependents(20010))) {
		t.Error("dependents differ")
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	k := Change{Kind: ObjectRelation, Database: db, OID: 20000}.Key()
	for _, c := range []struct {
		key, value []byte
		want       error
	}{
		{k, []byte{formatVersion + 1, '{', '}'}, storage.ErrNewerFormat},
		{k, []byte{formatVersion, '{'}, storage.ErrCorrupt},
		{k, nil, storage.ErrCorrupt},
		{k[:4], []byte{formatVersion, '{', '}'}, storage.ErrCorrupt},
		{Change{Kind: 'x'}.Key(), []byte{formatVersion, '{', '}'}, storage.ErrCorrupt},
	} {
		if _, err := decode(c.key, c.value); !errors.Is(err, c.want) {
			t.Errorf("%x %q: %v, want %v", c.key, c.value, err, c.want)
		}
	}
}

func TestVirtualRelationsAreInEveryDatabase(t *testing.T) {
	r := &Relation{OID: 11111, Name: "pg_test", Schema: PgCatalogOID}
	RegisterVirtual(r)
	for _, d := range []types.OID{db, Template1OID} {
		v := shop().View(d)
		if v.Lookup(PgCatalogOID, "pg_test") != r || v.Relation(11111) != r || !v.NameTaken(PgCatalogOID, "pg_test") {
			t.Errorf("not in %d", d)
		}
		if got := names(v.Relations(PgCatalogOID)); !reflect.DeepEqual(got, []string{"pg_test"}) {
			t.Errorf("relations of pg_catalog: %v", got)
		}
		for _, stored := range v.AllRelations() {
			if stored.Kind == KindVirtual {
				t.Errorf("%s is not stored", stored.Name)
			}
		}
	}
}
