package builtin

import (
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

func TestEveryImplementationIsListed(t *testing.T) {
	load()
	listed := map[string]bool{}
	for _, f := range AllFunctions() {
		listed[f.Source] = true
	}
	for name := range implementations {
		if !listed[name] {
			t.Errorf("%s is implemented, but pg_proc has no such function", name)
		}
	}
	t.Logf("%d functions, %d operators, %d casts", len(AllFunctions()), len(AllOperators()), len(AllCasts()))
}

func TestComparisonOperators(t *testing.T) {
	for _, oid := range []types.OID{
		types.BoolOID, types.Int2OID, types.Int4OID, types.Int8OID, types.Float4OID, types.Float8OID,
		types.NumericOID, types.TextOID, types.BPCharOID, types.NameOID, types.ByteaOID, types.DateOID,
		types.TimeOID, types.TimeTZOID, types.TimestampOID, types.TimestampTZOID, types.IntervalOID,
		types.UUIDOID, types.JSONBOID, types.OIDOID, types.AnyArrayOID, types.RecordOID, types.BitOID,
		types.VarBitOID, types.CharOID,
	} {
		for _, name := range []string{"=", "<>", "<", "<=", ">", ">="} {
			if OperatorFor(name, oid, oid) == nil {
				t.Errorf("no operator %s %s %s", types.TypeName(oid), name, types.TypeName(oid))
			}
		}
	}
}
