package sysview

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Collations, under PostgreSQL's OIDs.
const (
	collationDefault types.OID = 100
	collationC       types.OID = 950
	collationPOSIX   types.OID = 951
)

// Functions that all composite types share, by OID.
const (
	procRecordIn, procRecordOut, procRecordRecv, procRecordSend types.OID = 2290, 2291, 2402, 2403
	procArrayIn, procArrayOut, procArrayRecv, procArraySend     types.OID = 750, 751, 2400, 2401
	procArrayAnalyze, procArraySubscript                        types.OID = 3816, 6179
)

var (
	noType    = &types.Type{}
	noFacts   = &typeFacts{delim: ',', align: 'i', storage: 'p'}
	rowFacts  = &typeFacts{delim: ',', align: 'd', storage: 'x', input: procRecordIn, output: procRecordOut, receive: procRecordRecv, send: procRecordSend}
	enumFacts = &typeFacts{delim: ',', align: 'i', storage: 'p'}
	arrFacts  = &typeFacts{
		delim: ',', align: 'd', storage: 'x', input: procArrayIn, output: procArrayOut, receive: procArrayRecv,
		send: procArraySend, analyzeProc: procArrayAnalyze, subscript: procArraySubscript,
	}
)

// typeOf describes any type: built in, of a row, or made by a user. It is never nil.
func typeOf(v *catalog.View, o types.OID) *types.Type {
	if o == 0 {
		return noType
	}
	if t := types.ByOID(o); t != nil {
		return t
	}
	if t := v.CustomType(o); t != nil {
		return customType(t)
	}
	if t := customOfArray(v, o); t != nil {
		return customArray(t)
	}
	if r := relationOfRow(v, o); r != nil {
		return rowType(r)
	}
	return noType
}

// customOfArray finds the user's type that o is the array type over, nil if none.
func customOfArray(v *catalog.View, o types.OID) *catalog.CustomType {
	for _, t := range v.CustomTypes() {
		if t.Array == o && o != 0 {
			return t
		}
	}
	return nil
}

// customArray is the array type over a user's type.
func customArray(t *catalog.CustomType) *types.Type {
	return &types.Type{
		OID: t.Array, Name: types.TruncateName("_" + t.Name), Len: -1, Kind: 'b', Category: 'A', Elem: t.OID, Phys: types.KindArray,
	}
}

func factsOf(v *catalog.View, o types.OID) *typeFacts {
	if o == 0 {
		return noFacts
	}
	if f := facts().types[o]; f != nil {
		return f
	}
	if t := v.CustomType(o); t != nil && t.Kind == 'e' {
		return enumFacts
	}
	if customOfArray(v, o) != nil {
		return arrFacts
	}
	return rowFacts
}

func rowType(r *catalog.Relation) *types.Type {
	return &types.Type{OID: r.RowType, Name: r.Name, Len: -1, Kind: 'c', Category: 'C', Rel: r.OID, Phys: types.KindRecord}
}

func customType(t *catalog.CustomType) *types.Type {
	out := &types.Type{OID: t.OID, Name: t.Name, Len: -1, Kind: t.Kind, Category: 'U', Array: t.Array, Rel: t.Rel}
	switch t.Kind {
	case 'e':
		out.Len, out.ByVal, out.Category = 4, true, 'E'
	case 'c':
		out.Category = 'C'
	case 'd':
		if base := types.ByOID(t.Base); base != nil {
			out.Len, out.ByVal, out.Category = base.Len, base.ByVal, base.Category
		}
	}
	return out
}

// relationOfRow finds the relation whose row type o is, nil if none.
func relationOfRow(v *catalog.View, o types.OID) *catalog.Relation {
	if r := rowTypes[o]; r != nil {
		return r
	}
	for _, r := range v.AllRelations() {
		if r.RowType == o {
			return r
		}
	}
	return nil
}

// typeCollation is typcollation.
func typeCollation(o types.OID) types.OID {
	if f := facts().types[o]; f != nil {
		return f.collation
	}
	return 0
}

// builtinTypes are the built-in types by OID.
func builtinTypes() []types.Type {
	all := slices.Clone(types.All())
	slices.SortFunc(all, func(a, b types.Type) int { return int(a.OID) - int(b.OID) })
	return all
}

func pgType(s *scan) error {
	if o, ok := s.oid("oid"); ok {
		t := typeOf(s.view, o)
		if t == noType {
			return nil
		}
		return s.typeRow(t)
	}
	name, named := s.text("typname")
	for _, t := range builtinTypes() {
		if named && t.Name != name {
			continue
		}
		if err := s.typeRow(&t); err != nil {
			return err
		}
	}
	for _, t := range s.view.CustomTypes() {
		if err := s.typeRow(customType(t)); err != nil {
			return err
		}
		if t.Array == 0 {
			continue
		}
		if err := s.typeRow(customArray(t)); err != nil {
			return err
		}
	}
	return s.eachRelation("typrelid", "typname", "typnamespace", func(r *catalog.Relation) error {
		if r.RowType == 0 || r.Kind == catalog.KindSequence {
			return nil
		}
		return s.typeRow(rowType(r))
	})
}

func (s *scan) typeRow(t *types.Type) error {
	f := factsOf(s.view, t.OID)
	schema, owner, rel := catalog.PgCatalogOID, catalog.BootstrapRole, t.Rel
	base, mod := types.OID(0), types.Typmod(-1)
	if c := customOfArray(s.view, t.OID); c != nil {
		schema, owner = c.Schema, c.Owner
	} else if c := s.view.CustomType(t.OID); c != nil {
		schema, owner, base, mod = c.Schema, c.Owner, c.Base, c.Typmod
		if c.Kind != 'd' {
			mod = -1
		}
	} else if rel != 0 {
		if r := s.view.Relation(rel); r != nil {
			schema, owner = r.Schema, r.Owner
		}
	}
	return s.row(
		oid(t.OID), text(t.Name), oid(schema), oid(owner), num(t.Len), boolean(t.ByVal), char(t.Kind), char(t.Category),
		boolean(t.Preferred), boolean(true), char(f.delim), oid(rel), oid(f.subscript), oid(t.Elem), oid(t.Array),
		oid(f.input), oid(f.output), oid(f.receive), oid(f.send), oid(f.modIn), oid(f.modOut), oid(f.analyzeProc),
		char(f.align), char(f.storage), boolean(false), oid(base), num(mod), num(0), oid(f.collation), null, null, null,
	)
}

func pgEnum(s *scan) error {
	for _, t := range s.view.CustomTypes() {
		for i, label := range t.Labels {
			// Labels have no object of their own; the type's OID and the position name one.
			o := t.OID + types.OID(i+1)<<21
			if err := s.row(oid(o), oid(t.OID), float(float64(i+1)), text(label)); err != nil {
				return err
			}
		}
	}
	return nil
}

func pgRange(s *scan) error {
	for _, r := range facts().ranges {
		if err := s.row(oid(r[0]), oid(r[1]), oid(r[2]), oid(r[3]), oid(r[4]), oid(r[5]), oid(r[6])); err != nil {
			return err
		}
	}
	return nil
}

func pgCollation(s *scan) error {
	for _, c := range []struct {
		o        types.OID
		name     string
		provider byte
		locale   string
	}{{collationDefault, "default", 'd', ""}, {collationC, "C", 'c', "C"}, {collationPOSIX, "POSIX", 'c', "POSIX"}} {
		if err := s.row(
			oid(c.o), text(c.name), oid(catalog.PgCatalogOID), oid(catalog.BootstrapRole), char(c.provider), boolean(true),
			num(-1), textOrNull(c.locale), textOrNull(c.locale), null, null,
		); err != nil {
			return err
		}
	}
	return nil
}
