package ddl

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

func (env *Env) createDatabase(stmt *pg_query.CreatedbStmt) error {
	d := &catalog.Database{Name: stmt.Dbname, Owner: env.Role, AllowConn: true}
	for _, o := range stmt.Options {
		e := o.GetDefElem()
		text, err := optionText(e)
		if err != nil {
			return err
		}
		switch e.Defname {
		case "owner":
			role := env.view().RoleByName(text)
			if role == nil {
				return pgerr.New(pgerr.UndefinedObject, "role \"%s\" does not exist", text)
			}
			d.Owner = role.OID
		case "encoding":
			if text != "UTF8" && text != "utf8" && text != "UTF-8" && text != "6" {
				return notSupported("the encoding \"%s\"", text)
			}
		case "template":
			if text != "template0" && text != "template1" {
				return notSupported("the template database \"%s\"", text)
			}
		case "lc_collate", "lc_ctype", "locale", "locale_provider", "connection_limit", "strategy":
			// Text is ordered by bytes whatever these say; pg_database shows "C".
		default:
			return notSupported("the option \"%s\" of CREATE DATABASE", e.Defname)
		}
	}
	var err error
	if d.OID, err = env.Tx.NewOID(); err != nil {
		return err
	}
	return env.Tx.CreateDatabase(env.Ctx, d)
}

func (env *Env) dropDatabase(stmt *pg_query.DropdbStmt) error {
	d := env.view().DatabaseByName(stmt.Dbname)
	if d == nil {
		if stmt.MissingOk {
			env.notice(pgerr.SuccessfulCompletion, "database \"%s\" does not exist, skipping", stmt.Dbname)
			return nil
		}
		return pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", stmt.Dbname)
	}
	if d.OID == env.Tx.Database() {
		return pgerr.New(pgerr.ObjectInUse, "cannot drop the currently open database")
	}
	if d.IsTemplate {
		return pgerr.New(pgerr.WrongObjectType, "cannot drop a template database")
	}
	return env.Tx.DropDatabase(env.Ctx, d.OID)
}

func (env *Env) renameDatabase(stmt *pg_query.RenameStmt) error {
	d := env.view().DatabaseByName(stmt.Subname)
	switch {
	case d == nil:
		return pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", stmt.Subname)
	case d.OID == env.Tx.Database():
		return pgerr.New(pgerr.FeatureNotSupported, "current database cannot be renamed")
	case env.view().DatabaseByName(stmt.Newname) != nil:
		return pgerr.New(pgerr.DuplicateDatabase, "database \"%s\" already exists", stmt.Newname)
	}
	n := *d
	n.Name = stmt.Newname
	return env.Tx.ReplaceDatabase(env.Ctx, &n)
}

// createExtension knows no extension: what such a name would bring is either
// built in already or missing, and pretending helps nobody.
func createExtension(stmt *pg_query.CreateExtensionStmt) error {
	return pgerr.New(pgerr.FeatureNotSupported, "extension \"%s\" is not available", stmt.Extname).
		WithHint("orbit has no extensions; gen_random_uuid() and the sha functions are built in.")
}

func (env *Env) dropExtension(name string, missingOK bool) error {
	if missingOK {
		env.notice(pgerr.SuccessfulCompletion, "extension \"%s\" does not exist, skipping", name)
		return nil
	}
	return pgerr.New(pgerr.UndefinedObject, "extension \"%s\" does not exist", name)
}
