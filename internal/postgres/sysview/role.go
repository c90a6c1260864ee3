package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// roleName is an owner's name as views show it.
func (s *scan) roleName(o types.OID) types.Datum { return text(roleName(s.view, o)) }

func roleName(v *catalog.View, o types.OID) string {
	if r := v.Role(o); r != nil {
		return r.Name
	}
	return "unknown (OID=" + oidText(o) + ")"
}

func (s *scan) schemaName(o types.OID) types.Datum {
	if n := s.view.Schema(o); n != nil {
		return text(n.Name)
	}
	return null
}

// hidden is what views show of a password.
const hidden = "********"

func pgAuthid(s *scan) error {
	for _, r := range s.view.Roles() {
		if err := s.row(
			oid(r.OID), text(r.Name), boolean(r.Superuser), boolean(r.Inherit), boolean(r.CreateRole), boolean(r.CreateDB),
			boolean(r.Login), boolean(r.Replication), boolean(r.BypassRLS), num(r.ConnLimit), textOrNull(r.Password), null,
		); err != nil {
			return err
		}
	}
	return nil
}

func pgRoles(s *scan) error {
	for _, r := range s.view.Roles() {
		if err := s.row(
			text(r.Name), boolean(r.Superuser), boolean(r.Inherit), boolean(r.CreateRole), boolean(r.CreateDB),
			boolean(r.Login), boolean(r.Replication), num(r.ConnLimit), text(hidden), null, boolean(r.BypassRLS), null, oid(r.OID),
		); err != nil {
			return err
		}
	}
	return nil
}

func pgShadow(s *scan) error {
	return s.users(func(r *catalog.Role) types.Datum { return textOrNull(r.Password) })
}

func pgUser(s *scan) error {
	return s.users(func(*catalog.Role) types.Datum { return text(hidden) })
}

func (s *scan) users(password func(*catalog.Role) types.Datum) error {
	for _, r := range s.view.Roles() {
		if !r.Login {
			continue
		}
		if err := s.row(
			text(r.Name), oid(r.OID), boolean(r.CreateDB), boolean(r.Superuser), boolean(r.Replication), boolean(r.BypassRLS),
			password(r), null, null,
		); err != nil {
			return err
		}
	}
	return nil
}

func pgGroup(s *scan) error {
	for _, r := range s.view.Roles() {
		if r.Login {
			continue
		}
		if err := s.row(text(r.Name), oid(r.OID), array(types.OIDOID, nil)); err != nil {
			return err
		}
	}
	return nil
}
