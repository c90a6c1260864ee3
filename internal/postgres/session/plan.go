package session

import (
	"time"
	"unsafe"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/sysview"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// viewString is b as a string without copying, for as long as b stays as it is.
func viewString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// view is the catalog as the session sees it now.
func (s *Session) view() *catalog.View {
	if s.tx != nil {
		return s.tx.Catalog()
	}
	return s.m.engine.Catalog(s.db)
}

// planStats gives the planner table's row counts.
type planStats struct{ tx *table.Tx }

func (p planStats) RowEstimate(rel *catalog.Relation) (float64, bool) {
	if rel.Kind == catalog.KindVirtual {
		return sysview.RowEstimate(p.tx.Catalog(), rel), true
	}
	return p.tx.RowEstimate(rel), true
}

// planEnv is what a statement is analysed against now.
func (s *Session) planEnv(view *catalog.View, source string) *plan.Env {
	fn := &builtin.Context{TxTime: s.fn.TxTime, StmtTime: s.fn.StmtTime, Location: s.fn.Location, Format: s.format, Env: s}
	env := &plan.Env{
		View: view, SearchPath: s.searchPath(view), TempSchema: s.TempSchema(), Fn: fn, Settings: s.planSettings, Source: source,
	}
	if s.tx != nil {
		env.Stats = planStats{s.tx}
	}
	return env
}

// build plans a statement.
func (s *Session) build(stmt *parser.Statement, source string, params []types.OID) (*planned, error) {
	view := s.view()
	p, err := plan.Build(s.planEnv(view, source), stmt.Node, params)
	if err != nil {
		return nil, err
	}
	prog, err := exec.Compile(p)
	if err != nil {
		return nil, err
	}
	out := &planned{stmt: stmt, prog: prog, version: view.Version(), env: s.environment()}
	s.measure(out, view)
	return out, nil
}

// tableSize is how many rows a table was believed to have.
type tableSize struct {
	rel  *catalog.Relation
	rows float64
}

// lookAgain is how often a plan's estimates are compared with the tables.
const lookAgain = time.Second

// measure notes the sizes of the tables that a plan reads.
func (s *Session) measure(p *planned, view *catalog.View) {
	p.looked.Store(s.fn.StmtTime.UnixNano())
	if s.tx == nil {
		return
	}
	for _, u := range p.prog.Plan.Relations {
		if rel := view.Relation(u.OID); rel != nil && rel.Kind == catalog.KindTable {
			p.sizes = append(p.sizes, tableSize{rel, s.tx.RowEstimate(rel)})
		}
	}
}

// outgrown reports that a plan's tables have become so much greater or smaller
// that another plan may be better.
func (s *Session) outgrown(p *planned) bool {
	now := s.fn.StmtTime.UnixNano()
	if s.tx == nil || now-p.looked.Load() < int64(s.m.lookAgain) {
		return false
	}
	for _, t := range p.sizes {
		if rows := s.tx.RowEstimate(t.rel); rows > 2*t.rows+100 || t.rows > 2*rows+100 {
			return true
		}
	}
	p.looked.Store(now)
	return false
}

// valid reports whether a plan may still be used.
func (s *Session) valid(p *planned) bool {
	return p.version == s.view().Version() && p.env == s.environment() && !s.outgrown(p)
}

// shareable reports whether plans made now may serve others: not those made
// against a catalog that only this transaction sees.
func (s *Session) shareable() bool {
	return s.tx == nil || s.tx.Catalog().Version() == s.m.engine.Catalog(s.db).Version()
}

// planText gives the plan for a statement whose parameters were declared as
// params (0: not), from the shared cache if it is there.
func (s *Session) planText(stmt *parser.Statement, text string, params []types.OID) (*planned, error) {
	k := planKey{env: s.environment(), params: oidKey(params), text: text}
	if p := s.m.plans.get(k); p != nil && s.valid(p) {
		return p, nil
	}
	p, err := s.build(stmt, s.source, params)
	if err != nil {
		return nil, err
	}
	if s.shareable() && !parser.NamesNow(text) {
		s.m.plans.put(k, p)
	}
	return p, nil
}

// oidKey is a list of types as part of a planKey.
func oidKey(params []types.OID) string {
	if len(params) == 0 {
		return ""
	}
	b := make([]byte, 0, 4*len(params))
	for _, o := range params {
		b = append(b, byte(o>>24), byte(o>>16), byte(o>>8), byte(o))
	}
	return string(b)
}

// literalTypes are the types that lifted literals are planned with.
func literalTypes(lits []parser.Literal) []types.OID {
	out := make([]types.OID, len(lits))
	for i, l := range lits {
		switch l.Type {
		case parser.LiteralInt4:
			out[i] = types.Int4OID
		case parser.LiteralInt8:
			out[i] = types.Int8OID
		case parser.LiteralNumeric:
			out[i] = types.NumericOID
		}
	}
	return out
}

// planShape gives the plan for the statement in the lifter, nil if it has to be
// run as it stands.
func (s *Session) planShape() *planned {
	env := s.environment()
	p := s.m.plans.getShape(env, s.lifter.Key())
	switch {
	case p == nil:
	case !s.valid(p):
	case p.refused:
		return nil
	default:
		return p
	}
	k := planKey{env: env, params: shapeKey, text: string(s.lifter.Key())}
	fresh := s.buildShape()
	if fresh == nil {
		fresh = &planned{refused: true, version: s.view().Version(), env: env}
	}
	if s.shareable() {
		s.m.plans.put(k, fresh)
	}
	if fresh.refused {
		return nil
	}
	return fresh
}

// buildShape plans the lifted statement. Any error makes it nil: the statement
// as it stands then tells its own.
func (s *Session) buildShape() *planned {
	stmts, err := parser.Parse(s.lifter.SQL())
	if err != nil || len(stmts) != 1 || stmts[0].Kind != parser.Query || selectInto(stmts[0].Node) != nil {
		return nil
	}
	p, err := s.build(&stmts[0], "", literalTypes(s.lifter.Literals))
	if err != nil || len(p.prog.Plan.Params) != len(s.lifter.Literals) {
		return nil
	}
	// A partial index serves a query whose constants imply its predicate; a
	// parameter implies nothing.
	view := s.view()
	for _, u := range p.prog.Plan.Relations {
		if rel := view.Relation(u.OID); rel != nil {
			for _, ix := range rel.Indexes {
				if ix.Predicate != "" {
					return nil
				}
			}
		}
	}
	return p
}

// literalValues reads the lifter's literals as a plan's parameters.
func (s *Session) literalValues(p *planned) ([]types.Datum, error) {
	s.params = s.params[:0]
	for i, l := range s.lifter.Literals {
		d, err := types.Input(p.prog.Plan.Params[i], l.Text, -1, &s.format)
		if err != nil {
			return nil, err
		}
		s.params = append(s.params, d)
	}
	return s.params, nil
}

// errStale is met when the catalog changes under a statement again and again.
var errStale = pgerr.New(pgerr.SerializationFailure, "the catalog kept changing while the statement was planned")

// maxReplans bounds how often a statement is planned anew because DDL of others
// came between planning and locking.
const maxReplans = 20

// lock locks the relations of a plan and reports whether the plan still holds.
func (s *Session) lock(p *planned) (bool, error) {
	for i := range p.prog.Plan.Relations {
		u := &p.prog.Plan.Relations[i]
		mode := table.AccessShare
		switch {
		case u.Write:
			mode = table.RowExclusive
		case u.RowLock:
			mode = table.RowShare
		}
		if err := s.tx.LockRelation(s.ec.Ctx, u.OID, mode, false); err != nil {
			return false, err
		}
	}
	return s.valid(p), nil
}
