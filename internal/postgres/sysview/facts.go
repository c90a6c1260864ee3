package sysview

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Facts of PostgreSQL 15's catalogs that neither types nor builtin tells, one row
// a line, for the built-in types and the B-tree operator classes over them.
var (
	//go:embed data/pg_type.tsv
	typeRows string
	//go:embed data/pg_opclass.tsv
	opclassRows string
	//go:embed data/pg_opfamily.tsv
	opfamilyRows string
	//go:embed data/pg_amop.tsv
	amopRows string
	//go:embed data/pg_amproc.tsv
	amprocRows string
	//go:embed data/pg_cast.tsv
	castRows string
	//go:embed data/pg_range.tsv
	rangeRows string
)

// typeFacts is what pg_type tells of a type besides types.Type.
type typeFacts struct {
	delim, align, storage                                               byte
	collation                                                           types.OID
	subscript, input, output, receive, send, modIn, modOut, analyzeProc types.OID
}

type opclass struct {
	oid, family, typ, key types.OID
	name                  string
	isDefault             bool
}

type opfamily struct {
	oid  types.OID
	name string
}

// supported are the embedded facts, read once.
type supported struct {
	types     map[types.OID]*typeFacts
	opclasses []opclass
	families  []opfamily
	amops     [][]types.OID // oid, family, left, right, strategy, operator
	amprocs   [][]types.OID // oid, family, left, right, number, function
	casts     []castFacts
	ranges    [][]types.OID
}

type castFacts struct {
	oid, from, to, fn types.OID
	method            byte
}

var facts = sync.OnceValue(func() *supported {
	f := &supported{types: map[types.OID]*typeFacts{}}
	eachRow(typeRows, func(c []string) {
		f.types[mustOID(c[0])] = &typeFacts{
			delim: c[1][0], align: c[2][0], storage: c[3][0], collation: mustOID(c[4]), subscript: mustOID(c[5]),
			input: mustOID(c[6]), output: mustOID(c[7]), receive: mustOID(c[8]), send: mustOID(c[9]),
			modIn: mustOID(c[10]), modOut: mustOID(c[11]), analyzeProc: mustOID(c[12]),
		}
	})
	eachRow(opclassRows, func(c []string) {
		f.opclasses = append(f.opclasses, opclass{
			oid: mustOID(c[0]), name: c[1], family: mustOID(c[2]), typ: mustOID(c[3]), isDefault: c[4] == "t", key: mustOID(c[5]),
		})
	})
	eachRow(opfamilyRows, func(c []string) {
		f.families = append(f.families, opfamily{mustOID(c[0]), c[1]})
	})
	f.amops, f.amprocs, f.ranges = oidRows(amopRows), oidRows(amprocRows), oidRows(rangeRows)
	eachRow(castRows, func(c []string) {
		f.casts = append(f.casts, castFacts{mustOID(c[0]), mustOID(c[1]), mustOID(c[2]), mustOID(c[3]), c[4][0]})
	})
	return f
})

func eachRow(rows string, fn func(columns []string)) {
	for line := range strings.Lines(rows) {
		fn(strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
}

func oidRows(rows string) [][]types.OID {
	var out [][]types.OID
	eachRow(rows, func(c []string) {
		row := make([]types.OID, len(c))
		for i := range c {
			row[i] = mustOID(c[i])
		}
		out = append(out, row)
	})
	return out
}

// mustOID reads a number of an embedded file.
func mustOID(s string) types.OID {
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic(fmt.Sprintf("sysview: bad fact: %v", err))
	}
	return types.OID(v)
}
