package ddl

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/auth"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// roleOf finds the role that a statement names.
func (env *Env) roleOf(spec *pg_query.RoleSpec) (*catalog.Role, error) {
	switch spec.Roletype {
	case pg_query.RoleSpecType_ROLESPEC_CURRENT_ROLE, pg_query.RoleSpecType_ROLESPEC_CURRENT_USER, pg_query.RoleSpecType_ROLESPEC_SESSION_USER:
		return env.view().Role(env.Role), nil
	case pg_query.RoleSpecType_ROLESPEC_CSTRING:
		if r := env.view().RoleByName(spec.Rolename); r != nil {
			return r, nil
		}
		return nil, pgerr.New(pgerr.UndefinedObject, "role \"%s\" does not exist", spec.Rolename)
	}
	return nil, pgerr.New(pgerr.UndefinedObject, "role \"public\" does not exist")
}

func (env *Env) createRole(stmt *pg_query.CreateRoleStmt) error {
	if strings.HasPrefix(stmt.Role, "pg_") {
		return pgerr.New(pgerr.ReservedName, "role name \"%s\" is reserved", stmt.Role).
			WithDetail("Role names starting with \"pg_\" are reserved.")
	}
	r := &catalog.Role{Name: stmt.Role, Inherit: true, ConnLimit: -1, Login: stmt.StmtType == pg_query.RoleStmtType_ROLESTMT_USER}
	if err := roleOptions(r, stmt.Options); err != nil {
		return err
	}
	var err error
	if r.OID, err = env.Tx.NewOID(); err != nil {
		return err
	}
	return env.Tx.CreateRole(env.Ctx, r)
}

func (env *Env) alterRole(stmt *pg_query.AlterRoleStmt) error {
	r, err := env.roleOf(stmt.Role)
	if err != nil {
		return err
	}
	n := *r
	if err := roleOptions(&n, stmt.Options); err != nil {
		return err
	}
	return env.Tx.ReplaceRole(env.Ctx, &n)
}

func roleOptions(r *catalog.Role, options []*pg_query.Node) error {
	flags := map[string]*bool{
		"superuser": &r.Superuser, "inherit": &r.Inherit, "createrole": &r.CreateRole, "createdb": &r.CreateDB,
		"canlogin": &r.Login, "isreplication": &r.Replication, "bypassrls": &r.BypassRLS,
	}
	for _, o := range options {
		d := o.GetDefElem()
		if flag := flags[d.Defname]; flag != nil {
			*flag = defBool(d)
			continue
		}
		switch d.Defname {
		case "password":
			if d.Arg == nil {
				r.Password = ""
				continue
			}
			verifier, err := auth.NewVerifier(d.Arg.GetString_().GetSval())
			if err != nil {
				return err
			}
			r.Password = verifier.String()
		case "connectionlimit":
			n, err := defInt(d)
			if err != nil {
				return err
			}
			r.ConnLimit = int32(n)
		default:
			return notSupported("the option \"%s\" of a role", d.Defname)
		}
	}
	return nil
}

func (env *Env) dropRole(stmt *pg_query.DropRoleStmt) error {
	for _, n := range stmt.Roles {
		spec := n.GetRoleSpec()
		r, err := env.roleOf(spec)
		if err != nil {
			if stmt.MissingOk && pgerr.Code(err) == pgerr.UndefinedObject {
				env.notice(pgerr.SuccessfulCompletion, "role \"%s\" does not exist, skipping", spec.Rolename)
				continue
			}
			return err
		}
		if r.OID == env.Role {
			return pgerr.New(pgerr.ObjectInUse, "current user cannot be dropped")
		}
		if owned := env.ownedBy(r); owned != "" {
			return pgerr.New(pgerr.DependentObjectsStillExist, "role \"%s\" cannot be dropped because some objects depend on it", r.Name).
				WithDetail("owner of %s", owned)
		}
		if err := env.Tx.DropRole(env.Ctx, r.OID); err != nil {
			return err
		}
	}
	return nil
}

// ownedBy names something that a role owns, "" if nothing in this database.
func (env *Env) ownedBy(r *catalog.Role) string {
	for _, rel := range env.view().AllRelations() {
		if rel.Owner == r.OID {
			return kindName(rel) + " " + rel.Name
		}
	}
	for _, s := range env.view().Schemas() {
		if s.Owner == r.OID {
			return "schema " + s.Name
		}
	}
	for _, d := range env.view().Databases() {
		if d.Owner == r.OID {
			return "database " + d.Name
		}
	}
	return ""
}

func (env *Env) renameRole(stmt *pg_query.RenameStmt) error {
	r := env.view().RoleByName(stmt.Subname)
	if r == nil {
		return pgerr.New(pgerr.UndefinedObject, "role \"%s\" does not exist", stmt.Subname)
	}
	if env.view().RoleByName(stmt.Newname) != nil {
		return pgerr.New(pgerr.DuplicateObject, "role \"%s\" already exists", stmt.Newname)
	}
	n := *r
	n.Name = stmt.Newname
	return env.Tx.ReplaceRole(env.Ctx, &n)
}

// changeOwner is ALTER SCHEMA|DATABASE … OWNER TO; relations have theirs in
// ALTER TABLE.
func (env *Env) changeOwner(stmt *pg_query.AlterOwnerStmt) (string, error) {
	role, err := env.roleOf(stmt.Newowner)
	if err != nil {
		return "", err
	}
	name := stmt.Object.GetString_().GetSval()
	switch stmt.ObjectType {
	case pg_query.ObjectType_OBJECT_SCHEMA:
		s := env.view().SchemaByName(name)
		if s == nil {
			return "", pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", name)
		}
		n := *s
		n.Owner = role.OID
		return "ALTER SCHEMA", env.Tx.ReplaceSchema(env.Ctx, &n)
	case pg_query.ObjectType_OBJECT_DATABASE:
		d := env.view().DatabaseByName(name)
		if d == nil {
			return "", pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", name)
		}
		n := *d
		n.Owner = role.OID
		return "ALTER DATABASE", env.Tx.ReplaceDatabase(env.Ctx, &n)
	}
	return "", notSupported("this form of OWNER TO")
}
