package sysview

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func intText(n int64) types.Datum { return text(strconv.FormatInt(n, 10)) }

// dataType is the data_type of a column, parameter or result.
func (s *scan) dataType(o types.OID) types.Datum {
	t := typeOf(s.view, o)
	switch {
	case t.Elem != 0 && t.Len == -1:
		return text("ARRAY")
	case types.ByOID(o) != nil:
		return text(types.TypeName(o))
	}
	return text("USER-DEFINED")
}

// udt is the schema and name of a type.
func (s *scan) udt(o types.OID) (schema, name types.Datum) {
	if t := s.view.CustomType(o); t != nil {
		return s.schemaName(t.Schema), text(t.Name)
	}
	if types.ByOID(o) == nil {
		if r := relationOfRow(s.view, o); r != nil {
			return s.schemaName(r.Schema), text(r.Name)
		}
	}
	return text("pg_catalog"), text(typeOf(s.view, o).Name)
}

// The following are information_schema's functions of the same names.

func charMaxLength(typ types.OID, mod types.Typmod) types.Datum {
	switch {
	case mod == -1:
	case typ == types.BPCharOID, typ == types.VarCharOID:
		return num(mod - 4)
	case typ == types.BitOID, typ == types.VarBitOID:
		return num(mod)
	}
	return null
}

func charOctetLength(typ types.OID, mod types.Typmod) types.Datum {
	switch typ {
	case types.TextOID, types.BPCharOID, types.VarCharOID:
		if mod == -1 {
			return num(1 << 30)
		}
		if n := charMaxLength(typ, mod); !n.IsNull() {
			return num(4 * n.Int()) // four bytes at most for a character of UTF-8
		}
	}
	return null
}

func numericPrecision(typ types.OID, mod types.Typmod) types.Datum {
	switch typ {
	case types.Int2OID:
		return num(16)
	case types.Int4OID:
		return num(32)
	case types.Int8OID:
		return num(64)
	case types.Float4OID:
		return num(24)
	case types.Float8OID:
		return num(53)
	case types.NumericOID:
		if mod != -1 {
			return num((mod - 4) >> 16 & 65535)
		}
	}
	return null
}

func numericRadix(typ types.OID) types.Datum {
	switch typ {
	case types.Int2OID, types.Int4OID, types.Int8OID, types.Float4OID, types.Float8OID:
		return num(2)
	case types.NumericOID:
		return num(10)
	}
	return null
}

func numericScale(typ types.OID, mod types.Typmod) types.Datum {
	switch typ {
	case types.Int2OID, types.Int4OID, types.Int8OID:
		return num(0)
	case types.NumericOID:
		if mod != -1 {
			return num((mod - 4) & 65535)
		}
	}
	return null
}

func datetimePrecision(typ types.OID, mod types.Typmod) types.Datum {
	switch typ {
	case types.DateOID:
		return num(0)
	case types.TimeOID, types.TimestampOID, types.TimestampTZOID, types.TimeTZOID:
		if mod < 0 {
			return num(6)
		}
		return num(mod)
	case types.IntervalOID:
		if mod < 0 || mod&65535 == 65535 {
			return num(6)
		}
		return num(mod & 65535)
	}
	return null
}

// intervalFields finds the fields in interval's name, DAY TO HOUR in "interval day to hour".
var intervalFields = regexp.MustCompile(`^interval[()0-9]* (.*)$`)

func intervalType(typ types.OID, mod types.Typmod) types.Datum {
	if typ != types.IntervalOID {
		return null
	}
	if m := intervalFields.FindStringSubmatch(types.FormatType(typ, mod)); m != nil {
		return text(strings.ToUpper(m[1]))
	}
	return null
}

func isColumns(s *scan) error {
	names := s.names()
	column, named := s.text("column_name")
	return s.eachTable(func(r *catalog.Relation) error {
		ordinal := 0
		for _, c := range r.Columns {
			ordinal = int(c.Num)
			if c.Dropped || named && c.Name != column {
				continue
			}
			if err := s.columnRow(names, r, c, ordinal); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *scan) columnRow(names *namer, r *catalog.Relation, c *catalog.Column, ordinal int) error {
	def, generation, generated := null, null, "NEVER"
	switch {
	case c.Generated != "":
		generated = "ALWAYS"
		if s.wants("generation_expression") {
			generation = text(names.expression(r, c.Generated, plan.GeneratedExpr, c.Type, c.Typmod, false))
		}
	case c.Default != "" && s.wants("column_default"):
		def = text(names.expression(r, c.Default, plan.DefaultExpr, c.Type, c.Typmod, false))
	}
	collationCatalog, collationSchema, collationName := null, null, null
	if o := collationOf(c, typeOf(s.view, c.Type)); o != 0 && o != collationDefault {
		collationCatalog, collationSchema, collationName = s.database(), text("pg_catalog"), text(collationNames[o])
	}
	identity := [7]types.Datum{yesNo(false), null, null, null, null, null, yesNo(false)}
	if c.Identity != 0 {
		identity[0], identity[1] = yesNo(true), text("ALWAYS")
		if c.Identity == 'd' {
			identity[1] = text("BY DEFAULT")
		}
		for _, q := range s.view.OwnedSequences(r.OID, c.Num) {
			if q.Sequence.Internal {
				identity[2], identity[3] = intText(q.Sequence.Start), intText(q.Sequence.Increment)
				identity[4], identity[5] = intText(q.Sequence.Max), intText(q.Sequence.Min)
				identity[6] = yesNo(q.Sequence.Cycle)
			}
		}
	}
	schema, name := s.udt(c.Type)
	return s.row(
		s.database(), s.schemaName(r.Schema), text(r.Name), text(c.Name), num(ordinal), def, yesNo(!c.NotNull),
		s.dataType(c.Type), charMaxLength(c.Type, c.Typmod), charOctetLength(c.Type, c.Typmod),
		numericPrecision(c.Type, c.Typmod), numericRadix(c.Type), numericScale(c.Type, c.Typmod),
		datetimePrecision(c.Type, c.Typmod), intervalType(c.Type, c.Typmod), null, null, null, null,
		collationCatalog, collationSchema, collationName, null, null, null, // domain
		s.database(), schema, name, null, null, null, null, text(strconv.Itoa(ordinal)), yesNo(false),
		identity[0], identity[1], identity[2], identity[3], identity[4], identity[5], identity[6],
		text(generated), generation, yesNo(writable(r)),
	)
}

// isColumnColumnUsage tells which columns generated ones are made of.
func isColumnColumnUsage(s *scan) error {
	names := s.names()
	return s.eachTable(func(r *catalog.Relation) error {
		for _, c := range r.Columns {
			if c.Dropped || c.Generated == "" {
				continue
			}
			e, err := plan.Expression(names.planEnv(), r, c.Generated, plan.GeneratedExpr, c.Type, c.Typmod)
			if err != nil {
				continue // it cannot be analysed any more
			}
			for _, used := range columnsOf(e) {
				if err := s.row(
					s.database(), s.schemaName(r.Schema), text(r.Name), text(r.Columns[used].Name), text(c.Name),
				); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// columnsOf lists the columns that an expression reads, each once.
func columnsOf(e plan.Expr) []int {
	var out []int
	plan.Deparse(e, plan.DeparseOptions{Column: func(index int, name string) string {
		out = append(out, index)
		return name
	}})
	slices.Sort(out)
	return slices.Compact(out)
}

// isElementTypes tells what the elements of array columns are.
func isElementTypes(s *scan) error {
	return s.eachRelation("", "object_name", "object_schema", func(r *catalog.Relation) error {
		if k := relkind(r); k != 'r' && k != 'v' {
			return nil
		}
		for _, c := range r.Columns {
			t := typeOf(s.view, c.Type)
			if c.Dropped || t.Elem == 0 || t.Len != -1 {
				continue
			}
			kind := "TABLE"
			if relkind(r) == 'v' {
				kind = "VIEW"
			}
			schema, name := s.udt(t.Elem)
			dtd := "a" + strconv.Itoa(int(c.Num))
			if err := s.row(
				s.database(), s.schemaName(r.Schema), text(r.Name), text(kind), text(strconv.Itoa(int(c.Num))),
				s.dataType(t.Elem), null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
				s.database(), schema, name, null, null, null, null, text(dtd),
			); err != nil {
				return err
			}
		}
		return nil
	})
}

func isRoutines(s *scan) error {
	name, named := s.text("routine_name")
	for _, f := range builtin.AllFunctions() {
		if f.Kind != 'f' && f.Kind != 'p' || named && f.Name != name {
			continue
		}
		row := make([]types.Datum, len(s.def.rel.Columns))
		set := func(column string, d types.Datum) { row[s.def.positions[column]] = d }
		schema, typ := s.udt(f.Ret)
		set("specific_catalog", s.database())
		set("specific_schema", s.schemaName(schemaOf(f)))
		set("specific_name", text(specificName(f)))
		set("routine_catalog", s.database())
		set("routine_schema", s.schemaName(schemaOf(f)))
		set("routine_name", text(f.Name))
		set("routine_type", text("FUNCTION"))
		set("data_type", s.dataType(f.Ret))
		set("type_udt_catalog", s.database())
		set("type_udt_schema", schema)
		set("type_udt_name", typ)
		set("dtd_identifier", num0)
		set("routine_body", text("EXTERNAL"))
		set("routine_definition", text(f.Source))
		set("external_language", text("INTERNAL"))
		set("parameter_style", text("GENERAL"))
		set("is_deterministic", yesNo(f.Volatility == builtin.Immutable))
		set("sql_data_access", text("MODIFIES"))
		set("is_null_call", yesNo(f.Strict))
		set("schema_level_routine", yesNo(true))
		set("max_dynamic_result_sets", num(0))
		set("security_type", text("INVOKER"))
		set("as_locator", yesNo(false))
		set("is_udt_dependent", yesNo(false))
		if err := s.row(row...); err != nil {
			return err
		}
	}
	return nil
}

// num0 is the dtd_identifier of results.
var num0 = types.Text("0")

func specificName(f *builtin.Function) string {
	return types.TruncateName(f.Name) + "_" + oidText(f.OID)
}

func isParameters(s *scan) error {
	specific, named := s.text("specific_name")
	for _, f := range builtin.AllFunctions() {
		if named && specificName(f) != specific {
			continue
		}
		for i := range len(f.Args) + len(f.OutTypes) {
			mode, name, typ := "IN", "", types.OID(0)
			if i < len(f.Args) {
				typ = f.Args[i]
				if i < len(f.ArgNames) {
					name = f.ArgNames[i]
				}
			} else {
				mode, typ = "OUT", f.OutTypes[i-len(f.Args)]
				name = f.OutNames[i-len(f.Args)]
			}
			def := null
			if k := i - (len(f.Args) - f.Defaults); f.Defaults > 0 && k >= 0 && k < len(f.DefaultValues) {
				def = text(types.Output(typ, f.DefaultValues[k], nil))
			}
			schema, udt := s.udt(typ)
			if err := s.row(
				s.database(), s.schemaName(schemaOf(f)), text(specificName(f)), num(i+1), text(mode), yesNo(false), yesNo(false),
				textOrNull(name), s.dataType(typ), null, null, null, null, null, null, null, null, null, null, null, null, null,
				null, s.database(), schema, udt, null, null, null, null, text(strconv.Itoa(i+1)), def,
			); err != nil {
				return err
			}
		}
	}
	return nil
}
