package builtin

import (
	crand "crypto/rand"
	"math"
	"runtime"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// fromEnv makes a function of what the session knows as text.
func fromEnv(of func(Env) string) Func {
	return func(c *Context, _ []types.Datum) (types.Datum, error) { return types.Text(of(c.Env)), nil }
}

func version(c *Context, _ []types.Datum) (types.Datum, error) {
	v, _ := c.Env.Setting("server_version")
	return types.Text("PostgreSQL " + v + " (Orbit) on " + runtime.GOARCH + "-" + runtime.GOOS + ", compiled by " +
		runtime.Version() + ", 64-bit"), nil
}

func currentSchema(c *Context, _ []types.Datum) (types.Datum, error) {
	if s := c.Env.CurrentSchemas(false); len(s) > 0 {
		return types.Text(s[0]), nil
	}
	return types.Null, nil
}

func currentSchemas(c *Context, a []types.Datum) (types.Datum, error) {
	var items []types.Datum
	for _, s := range c.Env.CurrentSchemas(a[0].Bool()) {
		items = append(items, types.Text(s))
	}
	return types.ArrayDatum(types.NewArray(types.NameOID, items)), nil
}

// currentSetting is current_setting(name [, missing_ok]).
func currentSetting(c *Context, a []types.Datum) (types.Datum, error) {
	name := a[0].Str()
	if v, ok := c.Env.Setting(strings.ToLower(name)); ok {
		return types.Text(v), nil
	}
	if len(a) > 1 && a[1].Bool() {
		return types.Null, nil
	}
	return types.Null, pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
}

// setConfig is set_config(name, value, is_local); it is not strict.
func setConfig(c *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "SET requires parameter name")
	}
	name, value := strings.ToLower(a[0].Str()), ""
	if !a[1].IsNull() {
		value = a[1].Str()
	}
	if err := c.Env.SetSetting(name, value, !a[2].IsNull() && a[2].Bool()); err != nil {
		return types.Null, err
	}
	if v, ok := c.Env.Setting(name); ok {
		return types.Text(v), nil
	}
	return types.Text(value), nil
}

func sequence(d types.Datum) types.OID { return types.OID(d.Int()) }

// randomUUID is a version 4 UUID.
func randomUUID(*Context, []types.Datum) (types.Datum, error) {
	b := make([]byte, 16)
	if _, err := crand.Read(b); err != nil {
		return types.Null, err
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return types.Bytes(b), nil
}

// formatType is format_type(oid, typmod): a NULL modifier says nothing of one.
func formatType(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	oid := types.OID(a[0].Int())
	if a[1].IsNull() {
		return types.Text(types.TypeName(oid)), nil
	}
	return types.Text(types.FormatType(oid, types.Typmod(a[1].Int()))), nil
}

func init() {
	Provide(map[string]Func{
		"current_user": fromEnv(Env.CurrentUser), "session_user": fromEnv(Env.SessionUser),
		"current_database": fromEnv(Env.CurrentDatabase), "pgsql_version": version,
		"current_schema": currentSchema, "current_schemas": currentSchemas,
		"pg_backend_pid": func(c *Context, _ []types.Datum) (types.Datum, error) {
			return types.Int(int64(c.Env.BackendPID())), nil
		},
		"show_config_by_name": currentSetting, "show_config_by_name_missing_ok": currentSetting,
		"set_config_by_name": setConfig,
		"nextval_oid": func(c *Context, a []types.Datum) (types.Datum, error) {
			return intResult(c.Env.NextVal(sequence(a[0])))
		},
		"currval_oid": func(c *Context, a []types.Datum) (types.Datum, error) {
			return intResult(c.Env.CurrVal(sequence(a[0])))
		},
		"lastval": func(c *Context, _ []types.Datum) (types.Datum, error) { return intResult(c.Env.LastVal()) },
		"setval_oid": func(c *Context, a []types.Datum) (types.Datum, error) {
			return a[1], c.Env.SetVal(sequence(a[0]), a[1].Int(), true)
		},
		"setval3_oid": func(c *Context, a []types.Datum) (types.Datum, error) {
			return a[1], c.Env.SetVal(sequence(a[0]), a[1].Int(), a[2].Bool())
		},
		"gen_random_uuid": randomUUID, "format_type": formatType,
		"getdatabaseencoding": func(*Context, []types.Datum) (types.Datum, error) { return types.Text("UTF8"), nil },
		"pg_sleep":            sleep,
	})
}

// maxSleep is as long as one pg_sleep may take: about a century.
const maxSleep = 3e9

// Sleeper is what pg_sleep needs of a session: a wait that a cancel ends.
type Sleeper interface {
	Sleep(seconds float64) error
}

func sleep(c *Context, a []types.Datum) (types.Datum, error) {
	s, ok := c.Env.(Sleeper)
	if !ok {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported, "pg_sleep is not supported here")
	}
	if v := a[0].Float(); v > 0 && !math.IsNaN(v) {
		if err := s.Sleep(min(v, maxSleep)); err != nil {
			return types.Null, err
		}
	}
	return types.Text(""), nil
}
