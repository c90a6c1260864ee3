package sysview

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func init() {
	builtin.Provide(map[string]builtin.Func{
		"pg_relation_size":           relationSize,
		"pg_relation_size(regclass)": relationSize,
		"pg_table_size":              relationSize,
		"pg_total_relation_size":     totalRelationSize,
		"pg_indexes_size":            indexesSize,
		"pg_database_size_oid":       databaseSize,
		"pg_database_size_name":      databaseSize,
		"pg_size_pretty":             sizePretty,
		"pg_size_pretty_numeric":     sizePrettyNumeric,
		"pg_size_bytes":              sizeBytes,
		"pg_relation_filenode":       relationFilenode,
		"pg_relation_filepath":       constant(null), // relations have no files of their own
	})
}

// relationSize is the bytes of a table's rows, or of an index. The forks besides
// main do not exist.
func relationSize(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	if len(a) > 1 {
		switch a[1].Str() {
		case "main":
		case "fsm", "vm", "init":
			return num(0), nil
		default:
			return null, pgerr.New(pgerr.InvalidParameterValue, "invalid fork name").
				WithHint("Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".")
		}
	}
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	v := tx.Catalog()
	if i, _ := v.Index(oidArg(a[0])); i != nil {
		return sizeOf(tx.StorageSize(i.Storage))
	}
	return relationBytes(tx, v.Relation(oidArg(a[0])), false)
}

func sizeOf(n int64, err error) (types.Datum, error) { return num(n), err }

// relationBytes is NULL for a relation that does not exist, 0 for one that has no rows of its own.
func relationBytes(tx *table.Tx, r *catalog.Relation, indexes bool) (types.Datum, error) {
	switch {
	case r == nil:
		return null, nil
	case r.Kind != catalog.KindTable:
		return num(0), nil
	}
	return sizeOf(tx.Size(r, indexes))
}

func totalRelationSize(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	if i, _ := tx.Catalog().Index(oidArg(a[0])); i != nil {
		return sizeOf(tx.StorageSize(i.Storage))
	}
	return relationBytes(tx, tx.Catalog().Relation(oidArg(a[0])), true)
}

func indexesSize(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	r := tx.Catalog().Relation(oidArg(a[0]))
	all, err := relationBytes(tx, r, true)
	if err != nil || all.IsNull() {
		return null, err
	}
	rows, err := relationBytes(tx, r, false)
	return num(all.Int() - rows.Int()), err
}

func databaseSize(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	v := tx.Catalog()
	var d *catalog.Database
	if a[0].Kind() == types.KindText {
		if d = v.DatabaseByName(a[0].Str()); d == nil {
			return null, pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", a[0].Str())
		}
	} else if d = v.DatabaseByOID(oidArg(a[0])); d == nil {
		return null, nil
	}
	var sum int64
	for _, r := range v.State().View(d.OID).AllRelations() {
		if r.Kind != catalog.KindTable {
			continue
		}
		n, err := tx.Size(r, true)
		if err != nil {
			return null, err
		}
		sum += n
	}
	return num(sum), nil
}

func relationFilenode(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	n, err := namerOf(c)
	if err != nil {
		return null, err
	}
	if r := n.view.Relation(oidArg(a[0])); r != nil && r.Storage != 0 {
		return oid(uint32(r.Storage)), nil
	}
	if i, _ := n.view.Index(oidArg(a[0])); i != nil {
		return oid(uint32(i.Storage)), nil
	}
	return null, nil
}

// sizeUnits are those of pg_size_pretty: a size is shown in a unit up to its
// limit, as dbsize.c does.
var sizeUnits = []struct {
	name  string
	limit int64
	round bool
	shift uint
}{
	{"bytes", 10 * 1024, false, 0},
	{"kB", 20*1024 - 1, true, 10},
	{"MB", 20*1024 - 1, true, 20},
	{"GB", 20*1024 - 1, true, 30},
	{"TB", 20*1024 - 1, true, 40},
	{"PB", 20*1024 - 1, true, 50},
}

func sizePretty(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
	return text(prettySize(big.NewInt(a[0].Int()))), nil
}

func prettySize(size *big.Int) string {
	n := new(big.Int).Set(size)
	for i, u := range sizeUnits {
		last := i == len(sizeUnits)-1
		if last || new(big.Int).Abs(n).Cmp(big.NewInt(u.limit)) < 0 {
			if u.round {
				n = halfRounded(n)
			}
			return n.String() + " " + u.name
		}
		bits := sizeUnits[i+1].shift - u.shift
		if sizeUnits[i+1].round {
			bits-- // one bit more is kept, to round by
		}
		if u.round {
			bits++
		}
		n.Quo(n, new(big.Int).Lsh(big.NewInt(1), bits))
	}
	return n.String()
}

// halfRounded halves, away from zero.
func halfRounded(n *big.Int) *big.Int {
	one := big.NewInt(1)
	if n.Sign() < 0 {
		one = big.NewInt(-1)
	}
	return new(big.Int).Quo(new(big.Int).Add(n, one), big.NewInt(2))
}

func sizePrettyNumeric(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
	s := types.Output(types.NumericOID, a[0], nil)
	whole, fraction, _ := strings.Cut(s, ".")
	n, ok := new(big.Int).SetString(whole, 10)
	if !ok {
		return null, pgerr.New(pgerr.NumericValueOutOfRange, "numeric \"%s\" is no size", s)
	}
	if new(big.Int).Abs(n).Cmp(big.NewInt(sizeUnits[0].limit)) < 0 && fraction != "" {
		return text(s + " bytes"), nil
	}
	return text(prettySize(n)), nil
}

// sizeBytes reads a size as pg_size_bytes does: a number and perhaps a unit.
func sizeBytes(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
	s := strings.TrimSpace(a[0].Str())
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || strings.IndexByte("+-.eE", s[end]) >= 0) {
		if (s[end] == 'e' || s[end] == 'E') && (end+1 >= len(s) || !strings.ContainsRune("+-0123456789", rune(s[end+1]))) {
			break
		}
		end++
	}
	invalid := pgerr.New(pgerr.InvalidParameterValue, "invalid size: \"%s\"", a[0].Str())
	number, ok := new(big.Rat).SetString(s[:end])
	if !ok || len(s[:end]) > 64 {
		return null, invalid
	}
	shift := -1
	unit := strings.TrimSpace(s[end:])
	switch strings.ToLower(unit) {
	case "", "bytes", "b":
		shift = 0
	case "kb":
		shift = 10
	case "mb":
		shift = 20
	case "gb":
		shift = 30
	case "tb":
		shift = 40
	case "pb":
		shift = 50
	}
	if shift < 0 {
		return null, invalid.WithDetail("Invalid size unit: \"%s\".", unit).
			WithHint("Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
	}
	number.Mul(number, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(shift))))
	n, err := strconv.ParseInt(number.FloatString(0), 10, 64)
	if err != nil {
		return null, pgerr.New(pgerr.NumericValueOutOfRange, "bigint out of range")
	}
	return num(n), nil
}
