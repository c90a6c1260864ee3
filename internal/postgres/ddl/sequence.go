package ddl

import (
	"math"
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func (env *Env) createSequence(stmt *pg_query.CreateSeqStmt) error {
	schema, err := env.targetSchema(stmt.Sequence)
	if err != nil {
		return err
	}
	name := stmt.Sequence.Relname
	if stmt.IfNotExists && env.view().NameTaken(schema, name) {
		env.notice(pgerr.DuplicateTable, "relation \"%s\" already exists, skipping", name)
		return nil
	}
	seq, err := env.newSequence(schema, name, stmt.Options, 0)
	if err != nil {
		return err
	}
	return env.Tx.CreateRelation(env.Ctx, seq)
}

// newSequence makes a sequence that is not in the catalog yet; typ 0 is bigint
// unless the options say otherwise.
func (env *Env) newSequence(schema types.OID, name string, options []*pg_query.Node, typ types.OID) (*catalog.Relation, error) {
	seq, err := env.newRelation(schema, name, catalog.KindSequence)
	if err != nil {
		return nil, err
	}
	seq.Sequence = &catalog.Sequence{Type: types.Int8OID, Increment: 1, Cache: 1}
	if typ != 0 {
		seq.Sequence.Type = typ
	}
	_, err = env.sequenceOptions(seq.Sequence, options, true)
	return seq, err
}

// restart is what RESTART asks for.
type restart struct {
	asked bool
	value int64
}

// sequenceOptions applies options to s. fresh: it is new, so bounds that are not
// named follow from the type and the direction.
func (env *Env) sequenceOptions(s *catalog.Sequence, options []*pg_query.Node, fresh bool) (r restart, err error) {
	given := map[string]*pg_query.DefElem{}
	for _, o := range options {
		d := o.GetDefElem()
		if given[d.Defname] != nil {
			return r, pgerr.New(pgerr.SyntaxError, "conflicting or redundant options").At(d.Location)
		}
		given[d.Defname] = d
	}
	oldType := s.Type
	if d := given["as"]; d != nil {
		if s.Type, _, err = plan.ResolveType(env.planEnv(), d.Arg.GetTypeName()); err != nil {
			return r, err
		}
		if s.Type != types.Int2OID && s.Type != types.Int4OID && s.Type != types.Int8OID {
			return r, pgerr.New(pgerr.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
		}
	}
	if d := given["increment"]; d != nil {
		if s.Increment, err = defInt(d); err != nil {
			return r, err
		}
		if s.Increment == 0 {
			return r, pgerr.New(pgerr.InvalidParameterValue, "INCREMENT must not be zero")
		}
	}
	if d := given["cycle"]; d != nil {
		s.Cycle = defBool(d)
	}
	if err := sequenceBounds(s, given, fresh || s.Type != oldType); err != nil {
		return r, err
	}
	if err := sequenceStart(s, given, fresh); err != nil {
		return r, err
	}
	if d := given["cache"]; d != nil {
		if s.Cache, err = defInt(d); err != nil {
			return r, err
		}
		if s.Cache <= 0 {
			return r, pgerr.New(pgerr.InvalidParameterValue, "CACHE (%d) must be greater than zero", s.Cache)
		}
	}
	if d := given["owned_by"]; d != nil {
		if err := env.sequenceOwner(s, nameList(d.Arg.GetList().GetItems())); err != nil {
			return r, err
		}
	}
	if d := given["restart"]; d != nil {
		r = restart{true, s.Start}
		if d.Arg != nil {
			if r.value, err = defInt(d); err != nil {
				return r, err
			}
		}
		if r.value < s.Min {
			return r, pgerr.New(pgerr.InvalidParameterValue, "RESTART value (%d) cannot be less than MINVALUE (%d)", r.value, s.Min)
		}
		if r.value > s.Max {
			return r, pgerr.New(pgerr.InvalidParameterValue, "RESTART value (%d) cannot be greater than MAXVALUE (%d)", r.value, s.Max)
		}
	}
	return r, nil
}

// sequenceBounds sets MINVALUE and MAXVALUE. NO MINVALUE comes without an argument.
func sequenceBounds(s *catalog.Sequence, given map[string]*pg_query.DefElem, defaults bool) (err error) {
	low, high := typeBounds(s.Type)
	name := types.FormatType(s.Type, -1)
	if d := given["maxvalue"]; d != nil && d.Arg != nil {
		if s.Max, err = defInt(d); err != nil {
			return err
		}
	} else if d != nil || defaults {
		if s.Max = high; s.Increment < 0 {
			s.Max = -1
		}
	}
	if s.Max < low || s.Max > high {
		return pgerr.New(pgerr.InvalidParameterValue, "MAXVALUE (%d) is out of range for sequence data type %s", s.Max, name)
	}
	if d := given["minvalue"]; d != nil && d.Arg != nil {
		if s.Min, err = defInt(d); err != nil {
			return err
		}
	} else if d != nil || defaults {
		if s.Min = 1; s.Increment < 0 {
			s.Min = low
		}
	}
	if s.Min < low || s.Min > high {
		return pgerr.New(pgerr.InvalidParameterValue, "MINVALUE (%d) is out of range for sequence data type %s", s.Min, name)
	}
	if s.Min >= s.Max {
		return pgerr.New(pgerr.InvalidParameterValue, "MINVALUE (%d) must be less than MAXVALUE (%d)", s.Min, s.Max)
	}
	return nil
}

func sequenceStart(s *catalog.Sequence, given map[string]*pg_query.DefElem, fresh bool) (err error) {
	if d := given["start"]; d != nil {
		if s.Start, err = defInt(d); err != nil {
			return err
		}
	} else if fresh {
		if s.Start = s.Min; s.Increment < 0 {
			s.Start = s.Max
		}
	}
	if s.Start < s.Min {
		return pgerr.New(pgerr.InvalidParameterValue, "START value (%d) cannot be less than MINVALUE (%d)", s.Start, s.Min)
	}
	if s.Start > s.Max {
		return pgerr.New(pgerr.InvalidParameterValue, "START value (%d) cannot be greater than MAXVALUE (%d)", s.Start, s.Max)
	}
	return nil
}

func typeBounds(typ types.OID) (low, high int64) {
	switch typ {
	case types.Int2OID:
		return math.MinInt16, math.MaxInt16
	case types.Int4OID:
		return math.MinInt32, math.MaxInt32
	default:
		return math.MinInt64, math.MaxInt64
	}
}

// sequenceOwner sets OWNED BY table.column, or NONE.
func (env *Env) sequenceOwner(s *catalog.Sequence, names []string) error {
	if len(names) == 1 && names[0] == "none" {
		s.OwnerTable, s.OwnerCol = 0, 0
		return nil
	}
	if len(names) < 2 {
		return pgerr.New(pgerr.SyntaxError, "invalid OWNED BY option").WithHint("Specify OWNED BY table.column or OWNED BY NONE.")
	}
	schema, name := splitName(names[:len(names)-1])
	rel, err := env.relation(&pg_query.RangeVar{Schemaname: schema, Relname: name, Location: -1})
	if err != nil {
		return err
	}
	c := column(rel, names[len(names)-1])
	if c == nil {
		return undefinedColumn(rel, names[len(names)-1])
	}
	s.OwnerTable, s.OwnerCol = rel.OID, c.Num
	return nil
}

func (env *Env) alterSequence(stmt *pg_query.AlterSeqStmt) error {
	rel, err := env.find(stmt.Sequence.Schemaname, stmt.Sequence.Relname)
	if err != nil {
		return err
	}
	if rel == nil && stmt.MissingOk {
		env.notice(pgerr.SuccessfulCompletion, "relation \"%s\" does not exist, skipping", stmt.Sequence.Relname)
		return nil
	}
	if rel, err = env.relation(stmt.Sequence); err != nil {
		return err
	}
	if rel.Kind != catalog.KindSequence {
		return pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a sequence", rel.Name)
	}
	return env.changeSequence(rel, stmt.Options)
}

func (env *Env) changeSequence(rel *catalog.Relation, options []*pg_query.Node) error {
	n := clone(rel)
	s := *rel.Sequence
	n.Sequence = &s
	r, err := env.sequenceOptions(&s, options, false)
	if err != nil {
		return err
	}
	if err := env.Tx.ReplaceRelation(env.Ctx, n); err != nil {
		return err
	}
	if r.asked {
		return env.Tx.RestartSequence(env.Ctx, rel.OID, r.value)
	}
	return nil
}

// defInt reads a number option: an integer, or one too big for the grammar's.
func defInt(d *pg_query.DefElem) (int64, error) {
	switch a := d.Arg.GetNode().(type) {
	case *pg_query.Node_Integer:
		return int64(a.Integer.Ival), nil
	case *pg_query.Node_Float:
		n, err := strconv.ParseInt(a.Float.Fval, 10, 64)
		if err != nil {
			return 0, pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" is out of range for type bigint", a.Float.Fval)
		}
		return n, nil
	}
	return 0, pgerr.New(pgerr.SyntaxError, "%s requires a numeric value", d.Defname).At(d.Location)
}

// defBool reads a flag option; alone it is true.
func defBool(d *pg_query.DefElem) bool {
	switch a := d.Arg.GetNode().(type) {
	case *pg_query.Node_Boolean:
		return a.Boolean.Boolval
	case *pg_query.Node_Integer:
		return a.Integer.Ival != 0
	case *pg_query.Node_String_:
		return a.String_.Sval == "true" || a.String_.Sval == "on"
	default:
		return d.Arg == nil
	}
}
