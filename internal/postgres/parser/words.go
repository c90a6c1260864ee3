package parser

// maxWord is the length of the longest word that keyword looks up.
const maxWord = 16

// word is a keyword that the guard or the lifter knows.
type word uint8

const (
	notKeyword word = iota
	wAnd
	wOr
	wNot
	wCase
	wEnd
	wBetween
	wAs
	wFrom
	wDistinct
	wClause   // starts a new expression: SELECT, WHERE, …; reserved words only
	wChain    // an operator in letters: IS, LIKE, COLLATE, …
	wSetOp    // UNION, INTERSECT, EXCEPT
	wJoin     // JOIN
	wQuery    // opens a query where an expression could stand: SELECT, WITH, TABLE
	wValues   // VALUES, the same, but not reserved
	wOrder    // ORDER
	wLimit    // LIMIT, OFFSET, FETCH
	wConflict // CONFLICT
	wDo       // DO
	wNoLift   // GROUP, WINDOW, PARTITION and the like: literals mean more than values there
	wTypeMod  // a type that takes a modifier: varchar, numeric, …
	wInsert
	wUpdate
	wDelete
	wSet
	wIn
)

// keywords holds lower-case words. Those that PostgreSQL does not reserve may
// be names; the comments at their uses say why that does no harm.
var keywords = map[string]word{
	"and": wAnd, "or": wOr, "not": wNot, "case": wCase, "end": wEnd, "between": wBetween, "as": wAs,
	"from": wFrom, "distinct": wDistinct,
	"where": wClause, "having": wClause, "on": wClause, "when": wClause, "then": wClause, "else": wClause,
	"returning": wClause,
	"is":        wChain, "isnull": wChain, "notnull": wChain, "like": wChain, "ilike": wChain,
	"similar": wChain, "collate": wChain, "at": wChain, "operator": wChain, "overlaps": wChain, "escape": wChain,
	"in":    wIn,
	"union": wSetOp, "intersect": wSetOp, "except": wSetOp,
	"join":   wJoin,
	"select": wQuery, "with": wQuery, "values": wValues, "table": wQuery,
	"order": wOrder, "limit": wLimit, "offset": wLimit, "fetch": wLimit, "conflict": wConflict, "do": wDo,
	"group": wNoLift, "window": wNoLift, "partition": wNoLift, "over": wNoLift, "within": wNoLift,
	"grouping": wNoLift, "tablesample": wNoLift, "pg_typeof": wNoLift,
	"varchar": wTypeMod, "char": wTypeMod, "character": wTypeMod, "varying": wTypeMod, "nchar": wTypeMod,
	"bpchar": wTypeMod, "numeric": wTypeMod, "decimal": wTypeMod, "dec": wTypeMod, "bit": wTypeMod,
	"varbit": wTypeMod, "float": wTypeMod, "time": wTypeMod, "timetz": wTypeMod, "timestamp": wTypeMod,
	"timestamptz": wTypeMod, "interval": wTypeMod, "second": wTypeMod,
	"insert": wInsert, "update": wUpdate, "delete": wDelete, "set": wSet,
}

// keyword looks a word up without regard to case.
func keyword(s string) word {
	if len(s) > maxWord || len(s) < 2 {
		return notKeyword
	}
	var buf [maxWord]byte
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return keywords[string(buf[:len(s)])]
}
