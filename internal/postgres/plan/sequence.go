package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// SequenceColumns are the columns of a sequence that is read as a table.
var SequenceColumns = []*catalog.Column{
	{Num: 1, Name: "last_value", Type: types.Int8OID, Typmod: -1, NotNull: true},
	{Num: 2, Name: "log_cnt", Type: types.Int8OID, Typmod: -1, NotNull: true},
	{Num: 3, Name: "is_called", Type: types.BoolOID, Typmod: -1, NotNull: true},
}

// sequenceTable is a sequence as a table of one row, which is computed.
func sequenceTable(rel *catalog.Relation) *catalog.Relation {
	t := *rel
	t.Kind, t.Columns = catalog.KindVirtual, SequenceColumns
	return &t
}
