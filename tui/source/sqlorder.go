package source

// sortKey is a column that rows are sorted by.
type sortKey struct {
	column int
	null   bool // it may be NULL
}

// order are the columns that sort a listing of a relation with a primary key, the key
// last, so that no two rows are at the same place. Listing.row counts on the key's
// columns coming first in what is read, and orderColumns puts them there.
func (l *Listing) order() []sortKey {
	keys := make([]sortKey, 0, len(l.Relation.Key)+1)
	for _, c := range l.Relation.Key {
		keys = append(keys, sortKey{column: c})
	}
	if l.Column >= 0 {
		keys = append(keys, sortKey{l.Column, !l.Relation.Columns[l.Column].NotNull})
	}
	return keys
}

// sorting is order as rows are sorted by it.
func (l *Listing) sorting() []sortKey {
	keys := l.order()
	if l.Column < 0 {
		return keys
	}
	n := len(keys) - 1
	sorted := []sortKey{keys[n]}
	for _, k := range keys[:n] {
		if k.column != l.Column {
			sorted = append(sorted, k)
		}
	}
	return sorted
}

// orderBy writes ORDER BY. Every column is sorted in the same direction, with NULL as
// large as can be, so that the way back is the same order read backwards.
func (l *Listing) orderBy(s *statement, backward bool) {
	word := " asc"
	if l.Down != backward {
		word = " desc"
	}
	keys := l.sorting()
	if len(l.Relation.Key) == 0 {
		keys = []sortKey{{column: l.Column}}
	}
	for i, k := range keys {
		s.WriteString(map[bool]string{true: " order by ", false: ", "}[i == 0])
		s.WriteString("t." + ident(l.Relation.Columns[k.column].Name) + word)
	}
}

// valueOf is a row's value of a column of the order.
func (l *Listing) valueOf(r *PageRow, column int) Value {
	for i, c := range l.Relation.Key {
		if c == column {
			return r.Key[i]
		}
	}
	return r.sort
}

// beyond writes the condition for rows that lie beyond one.
func (l *Listing) beyond(s *statement, r *PageRow, backward, inclusive bool) {
	up := l.Down == backward
	keys := l.sorting()
	if !keys[0].null { // as one comparison, which an index answers
		sign := map[bool]string{true: " > ", false: " < "}[up]
		if inclusive {
			sign = map[bool]string{true: " >= ", false: " <= "}[up]
		}
		var names, params string
		for i, k := range keys {
			if i > 0 {
				names += ", "
				params += ", "
			}
			c := &l.Relation.Columns[k.column]
			names += "t." + ident(c.Name)
			params += s.add(l.valueOf(r, k.column), c.OID)
		}
		if len(keys) == 1 {
			s.WriteString(names + sign + params)
		} else {
			s.WriteString("(" + names + ")" + sign + "(" + params + ")")
		}
		return
	}
	s.WriteString("(")
	l.beyondNulls(s, r, keys, up, inclusive)
	s.WriteString(")")
}

// beyondNulls is beyond for an order whose first column may be NULL.
func (l *Listing) beyondNulls(s *statement, r *PageRow, keys []sortKey, up, inclusive bool) {
	c := &l.Relation.Columns[keys[0].column]
	name, v := "t."+ident(c.Name), l.valueOf(r, keys[0].column)
	rest := &Listing{Relation: l.Relation, Column: -1, Down: l.Down}
	same := func() { rest.beyond(s, r, l.Down == up, inclusive) }
	switch {
	case v.Null && up: // nothing is larger
		s.WriteString(name + " is null and ")
		same()
	case v.Null:
		s.WriteString(name + " is not null or ")
		same()
	default:
		p := s.add(v, c.OID)
		if up {
			s.WriteString(name + " > " + p + " or " + name + " is null or " + name + " = " + p + " and ")
		} else {
			s.WriteString(name + " < " + p + " or " + name + " = " + p + " and ")
		}
		same()
	}
}
