// Package sysview computes pg_catalog and information_schema: the rows of their
// tables, made from the catalog's View when a scan asks for them, the functions
// over the catalog (pg_get_viewdef, has_table_privilege, pg_relation_size, …) and
// the names of the reg* types.
//
// It may import catalog, table, builtin, types, plan, exec, parser and pgerr; the
// session above gives what only it knows through the interfaces of env.go. Start
// at rows.go, then relations.go; each catalog has its file.
package sysview
