package builtin

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// loadCasts makes the casts whose function has code, and those that need none.
func loadCasts() {
	for line := range strings.Lines(castRows) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		c := &Cast{From: mustOID(row[0]), To: mustOID(row[1]), Context: CastContext(row[3][0])}
		switch method := row[4]; {
		case c.From == c.To:
			c.Fn = lengthCoercion(c.To)
		case method == "f":
			fn, ok := functionsByOID[mustOID(row[2])]
			if !ok {
				continue
			}
			c.Fn = castFunction(fn, c.To)
		case method == "i":
			c.Fn = castByText(c.From, c.To)
		}
		casts[castKey{c.From, c.To}] = c
	}
}

type castFunc = func(c *Context, d types.Datum, typmod types.Typmod, explicit bool) (types.Datum, error)

func lengthCoercion(to types.OID) castFunc {
	return func(_ *Context, d types.Datum, typmod types.Typmod, explicit bool) (types.Datum, error) {
		return types.ApplyTypmod(to, d, typmod, explicit)
	}
}

// castFunction calls a conversion function, then fits the result to the target's
// modifier. NULL stays NULL.
func castFunction(fn *Function, to types.OID) castFunc {
	return func(c *Context, d types.Datum, typmod types.Typmod, explicit bool) (types.Datum, error) {
		if d.IsNull() {
			return d, nil
		}
		args := make([]types.Datum, 1, 3)
		args[0] = d
		// Functions of several arguments take the modifier and the kind of cast.
		if len(fn.Args) > 1 {
			args = append(args, types.Int(int64(typmod)))
		}
		if len(fn.Args) > 2 {
			args = append(args, types.Bool(explicit))
		}
		v, err := fn.Fn(c, args)
		if err != nil {
			return types.Null, err
		}
		return types.ApplyTypmod(to, v, typmod, explicit)
	}
}

func castByText(from, to types.OID) castFunc {
	return func(c *Context, d types.Datum, typmod types.Typmod, _ bool) (types.Datum, error) {
		if d.IsNull() {
			return d, nil
		}
		return types.Input(to, types.Output(from, d, c.format()), typmod, c.format())
	}
}
