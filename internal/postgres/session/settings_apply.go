package session

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// startSettings takes over the settings of the start-up packet.
func (s *Session) startSettings(given map[string]string) error {
	defaults := make(map[string]string, len(s.m.base)+len(given))
	for n, v := range s.m.base {
		defaults[n] = v
	}
	s.settings.defaults, s.settings.live = defaults, s.m.o.Live
	names := make([]string, 0, len(given))
	for n := range given {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		name := lower(n)
		g := lookupGUC(name)
		switch {
		case g == nil && validName(name):
			defaults[name] = given[n]
			continue
		case g == nil:
			return unknownSetting(n)
		case g.context > ctxBackend:
			return s.unchangeable(g)
		}
		v, err := s.check(g, given[n])
		if err != nil {
			return err
		}
		defaults[lower(g.name)] = v
	}
	defaults["session_authorization"] = s.sessionUser.Name
	defaults["is_superuser"] = onOff(s.sessionUser.Superuser)
	for _, g := range gucOrder {
		s.applied(lower(g.name))
	}
	return nil
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// unchangeable says why a setting cannot be set.
func (s *Session) unchangeable(g *guc) error {
	switch g.context {
	case ctxInternal:
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed", g.name)
	case ctxStart:
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed without restarting the server", g.name)
	case ctxSighup:
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed now", g.name)
	case ctxBackend:
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be set after connection start", g.name)
	}
	return pgerr.New(pgerr.InsufficientPrivilege, "permission denied to set parameter %q", g.name)
}

// check reads a value of a setting in the session's circumstances.
func (s *Session) check(g *guc, v string) (string, error) {
	switch g.name {
	case "DateStyle":
		current, _ := s.get("datestyle")
		return parseDateStyle(current, v)
	case "search_path", "temp_tablespaces":
		if _, ok := parseList(v); !ok {
			return "", g.invalid(v).WithDetail("List syntax is invalid.")
		}
		return v, nil
	case "role":
		if v == "none" {
			return v, nil
		}
		return v, s.mayBe(v)
	case "session_authorization":
		return v, s.mayBe(v)
	case "standard_conforming_strings":
		c, err := g.parse(v)
		if err == nil && c == "off" {
			err = pgerr.New(pgerr.FeatureNotSupported, "standard_conforming_strings cannot be turned off")
		}
		return c, err
	}
	return g.parse(v)
}

// mayBe checks that the session's user may take a role.
func (s *Session) mayBe(name string) error {
	role := s.view().RoleByName(name)
	if role == nil {
		return pgerr.New(pgerr.InvalidParameterValue, "role %q does not exist", name)
	}
	if name != s.sessionUser.Name && !s.sessionUser.Superuser {
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied to set role %q", name)
	}
	return nil
}

// set changes a setting; value nil is the default.
func (s *Session) set(name string, value *string, local bool) error {
	g := lookupGUC(name)
	if g == nil {
		if !validName(name) {
			if strings.Contains(name, ".") {
				return pgerr.New(pgerr.InvalidName, "invalid configuration parameter name %q", name).
					WithDetail("Custom parameter names must be two or more simple identifiers separated by dots.")
			}
			return unknownSetting(name)
		}
		s.put(lower(name), value, local)
		return nil
	}
	if g.context >= ctxBackend || g.context == ctxSuperuser && !s.sessionUser.Superuser {
		return s.unchangeable(g)
	}
	key := lower(g.name)
	switch key {
	case "transaction_isolation", "transaction_read_only", "transaction_deferrable":
		return s.setRunning(g, value)
	}
	if value != nil {
		v, err := s.check(g, *value)
		if err != nil {
			return err
		}
		value = &v
	}
	s.put(key, value, local)
	s.applied(key)
	return nil
}

// setRunning changes the running transaction.
func (s *Session) setRunning(g *guc, value *string) error {
	c := s.defaultCharacteristics()
	if value != nil {
		v, err := g.parse(*value)
		if err != nil {
			return err
		}
		switch g.name {
		case "transaction_isolation":
			c.isolation, _ = isolationOf(v)
		case "transaction_read_only":
			c.readOnly = v == "on"
		default:
			c.deferrable = v == "on"
		}
	}
	if s.tx == nil {
		return nil
	}
	switch g.name {
	case "transaction_isolation":
		if c.isolation != s.chars.isolation {
			if err := s.tx.SetIsolation(c.isolation); err != nil {
				return err
			}
		}
		s.chars.isolation = c.isolation
	case "transaction_read_only":
		if err := s.tx.SetReadOnly(c.readOnly); err != nil {
			return err
		}
		s.chars.readOnly = c.readOnly
	default:
		s.chars.deferrable = c.deferrable
	}
	return nil
}

// show is a setting's value as SHOW prints it.
func (s *Session) show(name string) (string, bool) {
	g := lookupGUC(name)
	if g == nil {
		return s.get(lower(name))
	}
	switch g.name {
	case "transaction_isolation":
		if s.tx != nil {
			return isolationNames[s.chars.isolation], true
		}
		return s.show("default_transaction_isolation")
	case "transaction_read_only":
		return onOff(s.tx != nil && s.chars.readOnly || s.tx == nil && s.defaultCharacteristics().readOnly), true
	case "transaction_deferrable":
		return onOff(s.chars.deferrable), true
	}
	v, ok := s.get(lower(g.name))
	return g.show(v), ok
}

var isolationNames = [...]string{"read committed", "repeatable read", "serializable"}

// appliedAll is applied for names whose values went back.
func (s *Session) appliedAll(names []string) {
	for _, n := range names {
		s.applied(n)
	}
}

// applied makes a changed setting effective.
func (s *Session) applied(name string) {
	v, _ := s.get(name)
	switch name {
	case "timezone":
		loc, err := types.LoadZone(v)
		if err != nil {
			loc = time.UTC
		}
		s.format.Location, s.fn.Location = loc, loc
	case "datestyle":
		s.format.DateStyle = v
	case "intervalstyle":
		s.format.IntervalStyle = v
	case "extra_float_digits":
		s.format.ExtraFloatDigits = atoi(v)
	case "bytea_output":
		s.format.ByteaOutput = v
	case "statement_timeout":
		s.timeout = milliseconds(v)
	case "idle_in_transaction_session_timeout":
		s.idleTx = milliseconds(v)
	case "idle_session_timeout":
		s.idle = milliseconds(v)
	case "lock_timeout", "deadlock_timeout", "synchronous_commit":
		if s.own != nil {
			s.applyLocks()
		}
	case "work_mem":
		s.workMem = atoi(v) << 10
		s.ec.WorkMem = s.workMem
		s.planSettings.WorkMem = int64(s.workMem)
	case "client_min_messages":
		s.minMessages = messageLevel(v)
	case "default_transaction_isolation":
		s.defaultIsolation, _ = isolationOf(v)
	case "role", "session_authorization":
		s.applyRole()
	case "application_name":
		s.activity.application(v)
	}
	s.applyPlanner(name, v == "off")
	s.fn.Format = s.format
	for _, n := range planDependent {
		if n == name {
			s.env = 0
		}
	}
	if g := gucs[name]; g != nil && g.report {
		s.toReport = append(s.toReport, name)
	}
}

// applyPlanner sets the planner's switches.
func (s *Session) applyPlanner(name string, off bool) {
	p := &s.planSettings
	switch name {
	case "enable_seqscan":
		p.DisableSeqScan = off
	case "enable_indexscan":
		p.DisableIndexScan = off
	case "enable_hashjoin":
		p.DisableHashJoin = off
	case "enable_mergejoin":
		p.DisableMergeJoin = off
	case "enable_nestloop":
		p.DisableNestLoop = off
	case "enable_hashagg":
		p.DisableHashAgg = off
	case "enable_sort":
		p.DisableSort = off
	case "enable_material":
		p.DisableMaterial = off
	}
}

// applyLocks passes on what the table layer needs to know.
func (s *Session) applyLocks() {
	v, _ := s.get("lock_timeout")
	s.own.SetLockTimeout(milliseconds(v))
	v, _ = s.get("deadlock_timeout")
	s.own.SetDeadlockTimeout(milliseconds(v))
	v, _ = s.get("synchronous_commit")
	s.own.SetSynchronousCommit(v != "off")
}

// applyRole finds the current user anew.
func (s *Session) applyRole() {
	view := s.view()
	find := func(name string, otherwise *catalog.Role) *catalog.Role {
		if r := view.RoleByName(name); r != nil {
			return r
		}
		return otherwise
	}
	auth, _ := s.get("session_authorization")
	s.user = find(auth, s.sessionUser)
	if role, _ := s.get("role"); role != "none" {
		s.user = find(role, s.user)
	}
	s.env = 0
	s.activity.as(s.user.Name)
	super := onOff(s.user.Superuser)
	if s.settings.defaults["is_superuser"] != super {
		s.settings.defaults["is_superuser"] = super
		s.toReport = append(s.toReport, "is_superuser")
	}
}

func atoi(v string) int {
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0
	}
	return n
}

func milliseconds(v string) time.Duration { return time.Duration(atoi(v)) * time.Millisecond }

// report tells the client the settings that differ from what it was told last.
func (s *Session) report() {
	for _, name := range s.toReport {
		g := gucs[name]
		v, _ := s.show(name)
		if told, ok := s.reported[name]; ok && told == v {
			continue
		}
		s.reported[name] = v
		s.client.Parameter(g.name, v)
	}
	s.toReport = s.toReport[:0]
}
