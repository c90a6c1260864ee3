package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// node compiles a plan node with everything below it.
func (c *compiler) node(n plan.Node) (spec, error) {
	s, err := c.operator(n)
	if err != nil || !c.counted {
		return s, err
	}
	return &countedSpec{s, n}, nil
}

// operator maps each plan node to the operator that runs it.
func (c *compiler) operator(n plan.Node) (spec, error) {
	switch n := n.(type) {
	case *plan.Result:
		return c.result(n)
	case *plan.Values:
		return c.values(n)
	case *plan.Scan:
		return c.scan(n)
	case *plan.VirtualScan:
		return c.virtualScan(n)
	case *plan.FunctionScan:
		return c.functionScan(n)
	case *plan.Filter:
		return c.filter(n)
	case *plan.Project:
		return c.project(n)
	case *plan.ProjectSet:
		return c.projectSet(n)
	case *plan.NestLoop:
		return c.nestLoop(n)
	case *plan.HashJoin:
		return c.hashJoin(n)
	case *plan.MergeJoin:
		return c.mergeJoin(n)
	case *plan.Sort:
		return c.sort(n)
	case *plan.Limit:
		return c.limit(n)
	case *plan.Aggregate:
		return c.aggregate(n)
	case *plan.Window:
		return c.window(n)
	case *plan.Unique:
		return c.unique(n)
	case *plan.HashDistinct:
		return c.hashDistinct(n)
	case *plan.Append:
		return c.append(n)
	case *plan.SetOp:
		return c.setOp(n)
	case *plan.With:
		return c.with(n)
	case *plan.CTEScan:
		return c.cteScan(n)
	case *plan.RecursiveUnion:
		return c.recursiveUnion(n)
	case *plan.Materialize:
		return c.materialize(n)
	case *plan.LockRows:
		return c.lockRows(n)
	case *plan.Insert:
		return c.insert(n)
	case *plan.Update:
		return c.update(n)
	case *plan.Delete:
		return c.delete(n)
	}
	return nil, pgerr.New(pgerr.InternalError, "no operator for plan node %s", describe(n))
}

// kindsOf are the physical kinds of a node's columns.
func kindsOf(n plan.Node) []types.Kind {
	cols := n.Out()
	out := make([]types.Kind, len(cols))
	for i, c := range cols {
		out[i] = kindOf(c.Type)
	}
	return out
}

// columnTypes are the SQL types of a node's columns.
func columnTypes(n plan.Node) []types.OID {
	cols := n.Out()
	out := make([]types.OID, len(cols))
	for i, c := range cols {
		out[i] = c.Type
	}
	return out
}
