package sysview

import (
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// The has_…_privilege functions check their arguments as PostgreSQL does, and
// then say yes: there is no GRANT, and who may log in may do everything, as a
// superuser may.

// privileged is a kind of object that privileges are held on.
type privileged struct {
	name       string // in has_<name>_privilege
	privileges []string
	// byName fails for a name that is none; byOID is false for an OID that is none.
	byName func(n *namer, name string) error
	byOID  func(n *namer, o types.OID) bool
}

func classNamed(n *namer, name string) error {
	parts, err := splitName(name)
	if err == nil {
		_, err = n.findClass(parts)
	}
	return err
}

func classExists(n *namer, o types.OID) bool { return n.view.Relation(o) != nil }

func unknown(kind string) func(n *namer, name string) error {
	return func(_ *namer, name string) error {
		return pgerr.New(pgerr.UndefinedObject, "%s \"%s\" does not exist", kind, name)
	}
}

var privilegedKinds = []privileged{
	{"table", strings.Fields("SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER RULE"), classNamed, classExists},
	{"any_column", strings.Fields("SELECT INSERT UPDATE REFERENCES"), classNamed, classExists},
	{"sequence", strings.Fields("USAGE SELECT UPDATE"), classNamed, classExists},
	{"database", strings.Fields("CREATE TEMPORARY TEMP CONNECT"), func(n *namer, name string) error {
		if n.view.DatabaseByName(name) == nil {
			return pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", name)
		}
		return nil
	}, func(n *namer, o types.OID) bool { return n.view.DatabaseByOID(o) != nil }},
	{"schema", strings.Fields("CREATE USAGE"), func(n *namer, name string) error {
		if n.view.SchemaByName(name) == nil {
			return pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", name)
		}
		return nil
	}, func(n *namer, o types.OID) bool { return n.view.Schema(o) != nil }},
	{"function", []string{"EXECUTE"}, func(n *namer, name string) error {
		_, err := n.findProcedure(name)
		return err
	}, func(_ *namer, o types.OID) bool { return builtin.FunctionByOID(o) != nil }},
	{"language", []string{"USAGE"}, func(n *namer, name string) error {
		if name != "internal" {
			return unknown("language")(n, name)
		}
		return nil
	}, func(_ *namer, o types.OID) bool { return o == languageInternal }},
	{"type", []string{"USAGE"}, func(n *namer, name string) error {
		_, err := n.findType(name)
		return err
	}, func(n *namer, o types.OID) bool { return typeOf(n.view, o) != noType }},
	{"tablespace", []string{"CREATE"}, func(n *namer, name string) error {
		if name != "pg_default" && name != "pg_global" {
			return unknown("tablespace")(n, name)
		}
		return nil
	}, func(_ *namer, o types.OID) bool { return o == tablespaceDefault || o == tablespaceGlobal }},
	{
		"foreign_data_wrapper",
		[]string{"USAGE"},
		unknown("foreign-data wrapper"),
		func(*namer, types.OID) bool { return false },
	},
	{"server", []string{"USAGE"}, unknown("server"), func(*namer, types.OID) bool { return false }},
}

func init() {
	fns := map[string]catalogFunc{}
	for _, k := range privilegedKinds {
		// The suffix tells how the role (if given) and the object are named.
		for _, suffix := range []string{"name_name", "name_id", "id_name", "id_id", "name", "id"} {
			fns["has_"+k.name+"_privilege_"+suffix] = k.has
		}
	}
	for _, suffix := range []string{
		"name_name_name", "name_name_attnum", "name_id_name", "name_id_attnum", "id_name_name", "id_name_attnum",
		"id_id_name", "id_id_attnum", "name_name", "name_attnum", "id_name", "id_attnum",
	} {
		fns["has_column_privilege_"+suffix] = hasColumnPrivilege
	}
	for _, suffix := range []string{"name_name", "id_name", "name"} {
		fns["has_parameter_privilege_"+suffix] = hasParameterPrivilege
	}
	for _, suffix := range []string{"name_name", "name_id", "id_name", "id_id", "name", "id"} {
		fns["pg_has_role_"+suffix] = hasRole
	}
	fns["row_security_active"] = noRowSecurity
	fns["row_security_active_name"] = noRowSecurity
	fns["acldefault_sql"] = aclDefault
	provideCatalog(fns)
	builtin.ProvideSet(map[string]builtin.SetFunc{"aclexplode": aclExplode})
}

// role checks that a role given by name exists.
func (n *namer) role(d types.Datum) error {
	if d.Kind() == types.KindText && d.Str() != "public" && n.view.RoleByName(d.Str()) == nil {
		return pgerr.New(pgerr.UndefinedObject, "role \"%s\" does not exist", d.Str())
	}
	return nil
}

// checkPrivileges reads a list such as "SELECT, INSERT WITH GRANT OPTION".
func checkPrivileges(list string, known []string) error {
	for p := range strings.SplitSeq(list, ",") {
		p = strings.TrimSpace(p)
		name := strings.TrimSuffix(strings.ToUpper(p), " WITH GRANT OPTION")
		if !slices.Contains(known, name) {
			return pgerr.New(pgerr.InvalidParameterValue, "unrecognized privilege type: \"%s\"", p)
		}
	}
	return nil
}

func (k privileged) has(n *namer, a []types.Datum) (types.Datum, error) {
	if len(a) == 3 {
		if err := n.role(a[0]); err != nil {
			return null, err
		}
		a = a[1:]
	}
	if err := checkPrivileges(a[1].Str(), k.privileges); err != nil {
		return null, err
	}
	if a[0].Kind() == types.KindText {
		return boolean(true), k.byName(n, a[0].Str())
	}
	return found(k.byOID(n, oidArg(a[0])))
}

func hasColumnPrivilege(n *namer, a []types.Datum) (types.Datum, error) {
	if len(a) == 4 {
		if err := n.role(a[0]); err != nil {
			return null, err
		}
		a = a[1:]
	}
	if err := checkPrivileges(a[2].Str(), []string{"SELECT", "INSERT", "UPDATE", "REFERENCES"}); err != nil {
		return null, err
	}
	o := types.OID(0)
	if a[0].Kind() == types.KindText {
		parts, err := splitName(a[0].Str())
		if err != nil {
			return null, err
		}
		if o, err = n.findClass(parts); err != nil {
			return null, err
		}
	} else {
		o = oidArg(a[0])
	}
	r := n.view.Relation(o)
	if r == nil {
		return null, nil
	}
	for _, c := range classColumns(r) {
		if a[1].Kind() == types.KindText && c.Name == a[1].Str() && !c.Dropped || a[1].Kind() == types.KindInt && int64(c.Num) == a[1].Int() {
			return boolean(true), nil
		}
	}
	if a[1].Kind() == types.KindText {
		return null, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", a[1].Str(), r.Name)
	}
	return null, nil
}

func hasParameterPrivilege(n *namer, a []types.Datum) (types.Datum, error) {
	if len(a) == 3 {
		if err := n.role(a[0]); err != nil {
			return null, err
		}
		a = a[1:]
	}
	return boolean(true), checkPrivileges(a[1].Str(), []string{"SET", "ALTER SYSTEM"})
}

// hasRole is pg_has_role. There are no memberships: a role is itself, and a
// superuser is all of them.
func hasRole(n *namer, a []types.Datum) (types.Datum, error) {
	me := n.fn.Env.CurrentUser()
	if len(a) == 3 {
		if err := n.role(a[0]); err != nil {
			return null, err
		}
		if a[0].Kind() == types.KindText {
			me = a[0].Str()
		} else {
			me = roleName(n.view, oidArg(a[0]))
		}
		a = a[1:]
	}
	privilege := strings.ToUpper(a[1].Str())
	if err := checkPrivileges(strings.ReplaceAll(privilege, "ADMIN", "GRANT"), []string{"USAGE", "MEMBER"}); err != nil {
		return null, err
	}
	if err := n.role(a[0]); err != nil {
		return null, err
	}
	var of *catalog.Role
	if a[0].Kind() == types.KindText {
		of = n.view.RoleByName(a[0].Str())
	} else if of = n.view.Role(oidArg(a[0])); of == nil {
		return null, nil
	}
	r := n.view.RoleByName(me)
	return boolean(r != nil && (r.Superuser || r == of)), nil
}

// noRowSecurity says that no table has row security.
func noRowSecurity(n *namer, a []types.Datum) (types.Datum, error) {
	if a[0].Kind() == types.KindText {
		return boolean(false), classNamed(n, a[0].Str())
	}
	return boolean(false), nil
}

// defaultPrivileges are acldefault's letters: those of PUBLIC and of the owner,
// by kind of object (acl.c).
var defaultPrivileges = map[string][2]string{
	"c": {"", ""}, "r": {"", "arwdDxt"}, "s": {"", "rwU"}, "d": {"Tc", "CTc"}, "f": {"X", "X"}, "l": {"U", "U"},
	"L": {"", "rw"}, "n": {"", "UC"}, "p": {"", "sA"}, "t": {"", "C"}, "F": {"", "U"}, "S": {"", "U"}, "T": {"U", "U"},
}

func aclDefault(n *namer, a []types.Datum) (types.Datum, error) {
	p, ok := defaultPrivileges[a[0].Str()]
	if !ok {
		return null, pgerr.New(pgerr.InvalidParameterValue, "unrecognized object type abbreviation: %s", a[0].Str())
	}
	owner := builtin.QuoteIdent(roleName(n.view, oidArg(a[1])))
	var items []string
	if p[0] != "" {
		items = append(items, "="+p[0]+"/"+owner)
	}
	if p[1] != "" {
		items = append(items, owner+"="+p[1]+"/"+owner)
	}
	return texts(types.ACLItemOID, items), nil
}

// privilegeNames are the words for an aclitem's letters.
var privilegeNames = map[byte]string{
	'a': "INSERT", 'r': "SELECT", 'w': "UPDATE", 'd': "DELETE", 'D': "TRUNCATE", 'x': "REFERENCES", 't': "TRIGGER",
	'X': "EXECUTE", 'U': "USAGE", 'C': "CREATE", 'T': "TEMPORARY", 'c': "CONNECT", 's': "SET", 'A': "ALTER SYSTEM",
}

// aclExplode takes aclitems apart: grantee=letters/grantor, each letter with a
// star if it may be granted on.
func aclExplode(c *builtin.Context, a []types.Datum, emit func([]types.Datum) error) error {
	n, err := namerOf(c)
	if err != nil {
		return err
	}
	role := func(name string) types.Datum {
		if r := n.view.RoleByName(strings.Trim(name, `"`)); r != nil {
			return oid(r.OID)
		}
		return num(0)
	}
	for _, item := range a[0].Array().Items {
		grantee, rest, _ := strings.Cut(item.Str(), "=")
		letters, grantor, _ := strings.Cut(rest, "/")
		for i := 0; i < len(letters); i++ {
			if letters[i] == '*' {
				continue
			}
			grantable := i+1 < len(letters) && letters[i+1] == '*'
			if err := emit([]types.Datum{role(grantor), role(grantee), text(privilegeNames[letters[i]]), boolean(grantable)}); err != nil {
				return err
			}
		}
	}
	return nil
}
