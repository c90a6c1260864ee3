package session

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// The settings that ALTER SYSTEM can change, while the server runs.
const (
	settingRedisMode    = "orbit.redis_mode"
	settingPostgresMode = "orbit.postgres_mode"
)

var optsMode = []string{"persistent", "actor"}

// alterSystem is ALTER SYSTEM SET and RESET. There is no file that it could write
// to; what it can change, changes at once.
func (s *Session) alterSystem(v *pg_query.VariableSetStmt) error {
	if err := s.outsideBlock("ALTER SYSTEM"); err != nil {
		return err
	}
	if !s.sessionUser.Superuser {
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied to perform ALTER SYSTEM")
	}
	if v.Kind == pg_query.VariableSetKind_VAR_RESET_ALL {
		return pgerr.New(pgerr.FeatureNotSupported, "ALTER SYSTEM RESET ALL is not supported")
	}
	g := lookupGUC(v.Name)
	if g == nil {
		return unknownSetting(v.Name)
	}
	protocols := map[string]string{settingRedisMode: "redis", settingPostgresMode: "postgres"}
	protocol := protocols[g.name]
	if protocol == "" || s.m.o.ChangeMode == nil {
		return pgerr.New(pgerr.FeatureNotSupported, "parameter %q cannot be changed with ALTER SYSTEM", g.name).
			WithHint("Settings of the server come from its flags, environment and configuration file.")
	}
	mode := ""
	if v.Kind == pg_query.VariableSetKind_VAR_SET_VALUE {
		value, err := settingValue(v)
		if err == nil {
			mode, err = g.parse(value)
		}
		if err != nil {
			return err
		}
	}
	if err := s.m.o.ChangeMode(s.Context(), protocol, mode); err != nil {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "%s", err)
	}
	return nil
}
