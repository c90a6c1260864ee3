package session

import (
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

var _ builtin.Env = (*Session)(nil)

// searchPath is the search path resolved against one catalog version.
type searchPath struct {
	version uint64
	env     uint64
	schemas []types.OID
}

// TempSchema is the name of the schema of the session's temporary tables.
func (s *Session) TempSchema() string { return catalog.TempSchemaPrefix + itoa(int64(s.pid)) }

// SearchPath is the path as plan.Env wants it; the caller must not modify it.
func (s *Session) searchPath(view *catalog.View) []types.OID {
	env := s.environment()
	if s.path.version == view.Version() && s.path.env == env && s.path.schemas != nil {
		return s.path.schemas
	}
	path := make([]types.OID, 0, 4)
	names := s.pathNames()
	if temp := view.SchemaByName(s.TempSchema()); temp != nil && !slices.Contains(names, temp.Name) {
		path = append(path, temp.OID)
	}
	for _, name := range names {
		if schema := view.SchemaByName(name); schema != nil {
			path = append(path, schema.OID)
		}
	}
	s.path = searchPath{view.Version(), env, path}
	return path
}

// pathNames lists the schemas of search_path by name, "$user" put in.
func (s *Session) pathNames() []string {
	v, _ := s.get("search_path")
	names, ok := parseList(v)
	if !ok {
		return nil
	}
	for i, n := range names {
		switch n {
		case "$user":
			names[i] = s.user.Name
		case "pg_temp":
			names[i] = s.TempSchema()
		}
	}
	return names
}

// environment numbers what plans depend on besides the catalog.
func (s *Session) environment() uint64 {
	if s.env == 0 {
		var b strings.Builder
		b.WriteString(itoa(int64(s.db)))
		b.WriteByte('/')
		b.WriteString(itoa(int64(s.pidIfTemp())))
		b.WriteByte('/')
		b.WriteString(s.user.Name)
		for _, name := range planDependent {
			v, _ := s.get(name)
			b.WriteByte(0)
			b.WriteString(v)
		}
		s.env = s.m.envs.id(b.String())
	}
	return s.env
}

// pidIfTemp is the session's pid once it has temporary tables: then its names
// mean something of their own.
func (s *Session) pidIfTemp() int32 {
	if s.view().SchemaByName(s.TempSchema()) != nil {
		return s.pid
	}
	return 0
}

// planDependent are the settings that plans depend on: what names mean, how
// literals are read, what the planner may do.
var planDependent = []string{
	"search_path", "datestyle", "intervalstyle", "timezone", "array_nulls", "work_mem", "enable_seqscan",
	"enable_indexscan", "enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_hashagg", "enable_sort",
	"enable_material",
}

// CurrentUser implements builtin.Env, as do those below.
func (s *Session) CurrentUser() string { return s.user.Name }

// SessionUser is session_user.
func (s *Session) SessionUser() string { return s.sessionUser.Name }

// CurrentDatabase is current_database().
func (s *Session) CurrentDatabase() string { return s.dbName }

// CurrentSchemas is current_schemas(implicit).
func (s *Session) CurrentSchemas(implicit bool) []string {
	view := s.view()
	var out []string
	names := s.pathNames()
	if implicit {
		temp := view.SchemaByName(s.TempSchema())
		if temp != nil && !slices.Contains(names, temp.Name) {
			out = append(out, temp.Name)
		}
		listed := false
		for _, n := range names {
			listed = listed || n == "pg_catalog"
		}
		if !listed {
			out = append(out, "pg_catalog")
		}
	}
	for _, n := range names {
		if view.SchemaByName(n) != nil && (implicit || n != s.TempSchema()) {
			out = append(out, n)
		}
	}
	return out
}

// Setting is current_setting: the value as SHOW prints it.
func (s *Session) Setting(name string) (string, bool) { return s.show(name) }

// SetSetting is set_config.
func (s *Session) SetSetting(name, value string, local bool) error {
	return s.set(name, &value, local)
}

// BackendPID is pg_backend_pid().
func (s *Session) BackendPID() int32 { return s.pid }

// NextVal is nextval.
func (s *Session) NextVal(seq types.OID) (int64, error) {
	if s.tx == nil {
		return 0, errNoTransaction
	}
	return s.tx.NextVal(s.ec.Ctx, seq)
}

var errNoTransaction = pgerr.New(pgerr.InternalError, "no transaction is in progress")

// CurrVal is currval.
func (s *Session) CurrVal(seq types.OID) (int64, error) {
	v, ok := s.own.CurrVal(seq)
	if !ok {
		name := itoa(int64(seq))
		if rel := s.view().Relation(seq); rel != nil {
			name = rel.Name
		}
		return 0, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "currval of sequence %q is not yet defined in this session", name)
	}
	return v, nil
}

// SetVal is setval.
func (s *Session) SetVal(seq types.OID, v int64, called bool) error {
	if s.tx == nil {
		return errNoTransaction
	}
	return s.tx.SetVal(s.ec.Ctx, seq, v, called)
}

// LastVal is lastval.
func (s *Session) LastVal() (int64, error) {
	_, v, ok := s.own.LastVal()
	if !ok {
		return 0, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
	}
	return v, nil
}

// Tx is the transaction in progress, nil if there is none; for functions that
// ask Env for more.
func (s *Session) Tx() *table.Tx { return s.tx }

// View is the catalog as the session sees it.
func (s *Session) View() *catalog.View { return s.view() }

// Manager is what the session shares with others.
func (s *Session) Manager() *Manager { return s.m }

// User is the current role.
func (s *Session) User() *catalog.Role { return s.user }

// SearchPath lists the schemas that names are looked up in.
func (s *Session) SearchPath() []types.OID { return s.searchPath(s.view()) }
