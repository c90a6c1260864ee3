package sysview

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func pgSequence(s *scan) error {
	return s.eachRelation("seqrelid", "", "", func(r *catalog.Relation) error {
		q := r.Sequence
		if q == nil {
			return nil
		}
		return s.row(
			oid(r.OID), oid(q.Type), num(q.Start), num(q.Increment), num(q.Max), num(q.Min), num(q.Cache), boolean(q.Cycle),
		)
	})
}

func pgSequences(s *scan) error {
	return s.eachRelation("", "sequencename", "schemaname", func(r *catalog.Relation) error {
		q := r.Sequence
		if q == nil {
			return nil
		}
		last := null
		if s.ec.Tx != nil {
			v, called, err := s.ec.Tx.SequenceState(r)
			if err != nil {
				return err
			}
			if called {
				last = num(v)
			}
		}
		return s.row(
			s.schemaName(r.Schema), text(r.Name), s.roleName(r.Owner), oid(q.Type), num(q.Start), num(q.Min), num(q.Max),
			num(q.Increment), boolean(q.Cycle), num(q.Cache), last,
		)
	})
}

// serialDefault is the default of a serial column: it names its sequence by OID,
// or as somebody wrote it.
var serialDefault = regexp.MustCompile(`^(?:pg_catalog\.)?nextval\('((?:[^']|'')+)'::(?:pg_catalog\.)?regclass\)$`)

// sequenceOfDefault is the sequence that a column's default draws from, nil if none.
func (n *namer) sequenceOfDefault(sql string) *catalog.Relation {
	m := serialDefault.FindStringSubmatch(sql)
	if m == nil {
		return nil
	}
	o, err := Names(n.fn).RegOID(types.RegclassOID, strings.ReplaceAll(m[1], "''", "'"))
	if number, nerr := strconv.ParseUint(m[1], 10, 32); nerr == nil {
		o, err = types.OID(number), nil
	}
	if err != nil {
		return nil
	}
	if r := n.view.Relation(o); r != nil && r.Sequence != nil {
		return r
	}
	return nil
}

// sequenceRow is the one row of a sequence read as a table.
func sequenceRow(ec *exec.Context, rel *catalog.Relation, columns []int, emit func([]types.Datum) error) error {
	if ec.Tx == nil {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "no transaction is in progress")
	}
	last, called, err := ec.Tx.SequenceState(rel)
	if err != nil {
		return err
	}
	all := [...]types.Datum{num(last), num(0), boolean(called)} // no values are logged ahead
	row := make([]types.Datum, len(columns))
	for i, c := range columns {
		row[i] = all[c]
	}
	return emit(row)
}
