package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func init() {
	builtin.Provide(map[string]builtin.Func{
		"pg_is_in_recovery":                    constant(boolean(false)),
		"pg_client_encoding":                   constant(text("UTF8")),
		"PG_encoding_to_char":                  encodingToChar,
		"PG_char_to_encoding":                  charToEncoding,
		"pg_encoding_max_length_sql":           encodingMaxLength,
		"pg_postmaster_start_time":             startTime,
		"pg_conf_load_time":                    startTime,
		"inet_client_addr":                     clientAddress,
		"inet_client_port":                     clientPort,
		"inet_server_addr":                     constant(null), // not told to sessions
		"inet_server_port":                     serverPort,
		"pg_cancel_backend":                    signal(Server.CancelBackend),
		"pg_terminate_backend":                 signal(Server.TerminateBackend),
		"pg_blocking_pids":                     blockingPIDs,
		"pg_isolation_test_session_is_blocked": isBlocked,
		"pg_stat_clear_snapshot":               constant(text("")),
		"pg_trigger_depth":                     constant(num(0)),
		"pg_jit_available":                     constant(boolean(false)),
		"pg_tablespace_location":               constant(text("")),
	})
	builtin.ProvideSet(map[string]builtin.SetFunc{
		"pg_available_extensions": func(*builtin.Context, []types.Datum, func([]types.Datum) error) error { return nil },
	})
	provideCatalog(map[string]catalogFunc{
		"pg_my_temp_schema":       myTempSchema,
		"pg_is_other_temp_schema": isOtherTempSchema,
		"pg_relation_is_publishable": func(n *namer, a []types.Datum) (types.Datum, error) {
			r := n.view.Relation(oidArg(a[0]))
			return boolean(r != nil && r.Kind == catalog.KindTable && !r.Temporary && !r.Unlogged), nil
		},
		"pg_relation_is_updatable": func(n *namer, a []types.Datum) (types.Datum, error) {
			// Bits of INSERT, UPDATE and DELETE: 1 << CMD_INSERT and so on.
			if r := n.view.Relation(oidArg(a[0])); r != nil && writable(r) {
				return num(1<<3 | 1<<2 | 1<<4), nil
			}
			return num(0), nil
		},
		"pg_column_is_updatable": func(n *namer, a []types.Datum) (types.Datum, error) {
			r := n.view.Relation(oidArg(a[0]))
			return boolean(r != nil && writable(r) && a[1].Int() > 0), nil
		},
	})
}

// encodings are PostgreSQL's names of encodings by number. All but UTF8 can be
// named, none of them used.
var encodings = map[int64]string{
	0: "SQL_ASCII", 1: "EUC_JP", 2: "EUC_CN", 3: "EUC_KR", 4: "EUC_TW", 5: "EUC_JIS_2004", 6: "UTF8", 7: "MULE_INTERNAL",
	8: "LATIN1", 9: "LATIN2", 10: "LATIN3", 11: "LATIN4", 12: "LATIN5", 13: "LATIN6", 14: "LATIN7", 15: "LATIN8", 16: "LATIN9",
	17: "LATIN10", 18: "WIN1256", 19: "WIN1258", 20: "WIN866", 21: "WIN874", 22: "KOI8R", 23: "WIN1251", 24: "WIN1252",
	25: "ISO_8859_5", 26: "ISO_8859_6", 27: "ISO_8859_7", 28: "ISO_8859_8", 29: "WIN1250", 30: "WIN1253", 31: "WIN1254",
	32: "WIN1255", 33: "WIN1257", 34: "KOI8U", 35: "SJIS", 36: "BIG5", 37: "GBK", 38: "UHC", 39: "GB18030", 40: "JOHAB",
	41: "SHIFT_JIS_2004",
}

func encodingToChar(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
	return text(encodings[a[0].Int()]), nil
}

// charToEncoding compares letters and digits only, as pg_char_to_encoding does.
func charToEncoding(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
	want := plainName(a[0].Str())
	for n, name := range encodings {
		if plainName(name) == want {
			return num(n), nil
		}
	}
	if want == "unicode" {
		return num(encodingUTF8), nil
	}
	return num(-1), nil
}

func plainName(s string) string {
	var out []byte
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			out = append(out, c+'a'-'A')
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			out = append(out, c)
		}
	}
	return string(out)
}

func encodingMaxLength(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
	if a[0].Int() == encodingUTF8 {
		return num(4), nil
	}
	return null, nil
}

func startTime(c *builtin.Context, _ []types.Datum) (types.Datum, error) {
	s, err := serverOf(c)
	if err != nil {
		return null, err
	}
	return timestamp(s.Started()), nil
}

// myself is the session's own entry among the sessions, nil if it has none.
func myself(c *builtin.Context) *Session {
	s, err := serverOf(c)
	if err != nil {
		return nil
	}
	for _, a := range s.Sessions() {
		if a.PID == c.Env.BackendPID() {
			return &a
		}
	}
	return nil
}

func clientAddress(c *builtin.Context, _ []types.Datum) (types.Datum, error) {
	if me := myself(c); me != nil {
		return textOrNull(me.Address), nil
	}
	return null, nil
}

func clientPort(c *builtin.Context, _ []types.Datum) (types.Datum, error) {
	if me := myself(c); me != nil && me.Address != "" {
		return num(me.Port), nil
	}
	return null, nil
}

func serverPort(c *builtin.Context, _ []types.Datum) (types.Datum, error) {
	me := myself(c)
	port, ok := c.Env.Setting("port")
	if me == nil || me.Address == "" || !ok {
		return null, nil
	}
	return types.Input(types.Int4OID, port, -1, nil)
}

// signal is pg_cancel_backend and pg_terminate_backend.
func signal(send func(Server, int32) bool) builtin.Func {
	return func(c *builtin.Context, a []types.Datum) (types.Datum, error) {
		s, err := serverOf(c)
		if err != nil {
			return null, err
		}
		pid := int32(a[0].Int())
		if len(a) > 1 && a[1].Int() < 0 {
			return null, pgerr.New(pgerr.NumericValueOutOfRange, "\"timeout\" must not be negative")
		}
		if !send(s, pid) {
			s.Warn(pgerr.Warning, "PID %d is not a PostgreSQL backend process", pid)
			return boolean(false), nil
		}
		return boolean(true), nil
	}
}

// blockingPIDs lists the sessions that a session waits for.
func blockingPIDs(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	var pids []types.Datum
	for _, pid := range tx.Engine().Blockers(int32(a[0].Int())) {
		pids = append(pids, num(pid))
	}
	return array(types.Int4OID, pids), nil
}

// isBlocked reports whether a session waits for one of some others, as tests of
// concurrency ask.
func isBlocked(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	for _, pid := range tx.Engine().Blockers(int32(a[0].Int())) {
		for _, of := range a[1].Array().Items {
			if !of.IsNull() && of.Int() == int64(pid) {
				return boolean(true), nil
			}
		}
	}
	return boolean(false), nil
}

func myTempSchema(n *namer, _ []types.Datum) (types.Datum, error) {
	if s := n.tempSchema(); s != nil {
		return oid(s.OID), nil
	}
	return num(0), nil
}

// tempSchema is the schema of the session's temporary tables, nil if it has none yet.
func (n *namer) tempSchema() *catalog.Schema {
	if e, ok := n.fn.Env.(interface{ TempSchema() string }); ok {
		return n.view.SchemaByName(e.TempSchema())
	}
	return nil
}

func isOtherTempSchema(n *namer, a []types.Datum) (types.Datum, error) {
	s := n.view.Schema(oidArg(a[0]))
	if s == nil {
		return boolean(false), nil
	}
	mine := n.tempSchema()
	return boolean(isTempName(s.Name) && (mine == nil || mine.OID != s.OID)), nil
}

func isTempName(name string) bool {
	const prefix = "pg_temp_"
	return len(name) > len(prefix) && name[:len(prefix)] == prefix
}
