package session

import (
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// setCommand is SET and RESET.
func (s *Session) setCommand(v *pg_query.VariableSetStmt) (outcome, error) {
	done := outcome{tag: "SET", count: -1}
	switch v.Kind {
	case pg_query.VariableSetKind_VAR_SET_MULTI:
		return done, s.setTransaction(v)
	case pg_query.VariableSetKind_VAR_RESET_ALL:
		done.tag = "RESET"
		return done, s.resetAll()
	case pg_query.VariableSetKind_VAR_RESET:
		done.tag = "RESET"
		return done, s.set(v.Name, nil, false)
	case pg_query.VariableSetKind_VAR_SET_DEFAULT:
		return done, s.set(v.Name, nil, s.localOnly(v))
	case pg_query.VariableSetKind_VAR_SET_CURRENT:
		value, ok := s.get(lower(v.Name))
		if !ok {
			return done, unknownSetting(v.Name)
		}
		return done, s.set(v.Name, &value, s.localOnly(v))
	}
	value, err := settingValue(v)
	if err != nil {
		return done, err
	}
	return done, s.set(v.Name, &value, s.localOnly(v))
}

// localOnly is true for SET LOCAL; outside a block it has no effect, of which the
// client is warned.
func (s *Session) localOnly(v *pg_query.VariableSetStmt) bool {
	if v.IsLocal && s.block == blockNone {
		s.warn(pgerr.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks")
	}
	return v.IsLocal
}

// settingValue joins SET's arguments to one value.
func settingValue(v *pg_query.VariableSetStmt) (string, error) {
	g := lookupGUC(v.Name)
	list := g != nil && g.list
	if len(v.Args) > 1 && g != nil && !list && g.name != "DateStyle" {
		return "", pgerr.New(pgerr.InvalidParameterValue, "SET %s takes only one argument", v.Name)
	}
	parts := make([]string, 0, len(v.Args))
	for _, a := range v.Args {
		if tc := a.GetTypeCast(); tc != nil { // SET TIME ZONE INTERVAL '…'
			hours, err := zoneInterval(tc)
			if err != nil {
				return "", err
			}
			parts = append(parts, hours)
			continue
		}
		c := a.GetAConst()
		switch val := c.GetVal().(type) {
		case *pg_query.A_Const_Ival:
			parts = append(parts, strconv.Itoa(int(val.Ival.Ival)))
		case *pg_query.A_Const_Fval:
			parts = append(parts, val.Fval.Fval)
		case *pg_query.A_Const_Boolval:
			parts = append(parts, onOff(val.Boolval.Boolval))
		case *pg_query.A_Const_Sval:
			if list {
				parts = append(parts, quoteIdent(val.Sval.Sval))
			} else {
				parts = append(parts, val.Sval.Sval)
			}
		default:
			return "", pgerr.New(pgerr.InvalidParameterValue, "SET %s takes no such argument", v.Name)
		}
	}
	return strings.Join(parts, ", "), nil
}

// zoneInterval gives the interval of SET TIME ZONE INTERVAL as hours.
func zoneInterval(tc *pg_query.TypeCast) (string, error) {
	d, err := types.Input(types.IntervalOID, tc.Arg.GetAConst().GetSval().GetSval(), -1, nil)
	if err != nil {
		return "", err
	}
	iv := d.Interval()
	if iv.Months != 0 || iv.Days != 0 {
		return "", pgerr.New(pgerr.InvalidParameterValue, "time zone interval must not contain months or days")
	}
	return strconv.FormatFloat(float64(iv.Micros)/3.6e9, 'f', -1, 64), nil
}

// setTransaction is SET TRANSACTION and SET SESSION CHARACTERISTICS.
func (s *Session) setTransaction(v *pg_query.VariableSetStmt) error {
	switch v.Name {
	case "TRANSACTION":
		if s.block == blockNone {
			s.warn(pgerr.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks")
			return nil
		}
		c, err := s.characteristicsOf(v.Args, s.chars)
		if err != nil {
			return err
		}
		return s.setCharacteristics(c, v.Args)
	case "SESSION CHARACTERISTICS":
		for _, o := range v.Args {
			d := o.GetDefElem()
			value := d.GetArg().GetAConst().GetSval().GetSval()
			if d.Defname != "transaction_isolation" {
				value = onOff(d.GetArg().GetAConst().GetIval().GetIval() != 0)
			}
			if err := s.set("default_"+d.Defname, &value, false); err != nil {
				return err
			}
		}
		return nil
	}
	return pgerr.New(pgerr.FeatureNotSupported, "SET %s is not supported", v.Name)
}

func (s *Session) resetAll() error {
	names := make([]string, 0, len(s.values))
	for n := range s.values {
		if n != "role" && n != "session_authorization" {
			names = append(names, n)
		}
	}
	for _, n := range names {
		if err := s.set(n, nil, false); err != nil {
			return err
		}
	}
	return nil
}

// showColumns are the columns of SHOW.
func showColumns(name string) []plan.ResultColumn {
	if lower(name) == "all" {
		return textColumns("name", "setting", "description")
	}
	if g := lookupGUC(name); g != nil {
		return textColumns(g.name)
	}
	return textColumns(name)
}

// showCommand is SHOW.
func (s *Session) showCommand(v *pg_query.VariableShowStmt) (outcome, error) {
	cols := showColumns(v.Name)
	out := outcome{tag: "SHOW", count: -1, columns: cols}
	if lower(v.Name) != "all" {
		value, ok := s.show(v.Name)
		if !ok {
			return outcome{}, unknownSetting(v.Name)
		}
		out.rows = textRows(cols, []string{value})
		return out, nil
	}
	rows := &stored{cols: cols}
	for _, g := range gucOrder {
		value, _ := s.show(g.name)
		rows.rows = append(rows.rows, []types.Datum{types.Text(g.name), types.Text(value), types.Text(g.desc)})
	}
	out.rows = rows
	return out, nil
}

// discard is DISCARD.
func (s *Session) discard(d *pg_query.DiscardStmt) (outcome, error) {
	switch d.Target {
	case pg_query.DiscardMode_DISCARD_PLANS:
		return outcome{tag: "DISCARD PLANS", count: -1}, nil
	case pg_query.DiscardMode_DISCARD_SEQUENCES:
		s.own.DiscardSequences()
		return outcome{tag: "DISCARD SEQUENCES", count: -1}, nil
	case pg_query.DiscardMode_DISCARD_TEMP:
		return outcome{tag: "DISCARD TEMP", count: -1}, s.dropTemporary()
	}
	if err := s.outsideBlock("DISCARD ALL"); err != nil {
		return outcome{}, err
	}
	s.closePortals(0, true)
	none := "none"
	if err := s.set("role", &none, false); err != nil {
		return outcome{}, err
	}
	if err := s.set("session_authorization", nil, false); err != nil {
		return outcome{}, err
	}
	if err := s.resetAll(); err != nil {
		return outcome{}, err
	}
	s.forgetAll()
	s.pending = append(s.pending, func() { s.m.hub.drop(s) })
	s.own.AdvisoryUnlockAll()
	s.own.DiscardSequences()
	return outcome{tag: "DISCARD ALL", count: -1}, s.dropTemporary()
}

// SettingRow is a row of pg_settings.
type SettingRow struct {
	Name, Setting, Unit, Category, Desc, Context, Type, Source string
	Min, Max, Boot, Reset                                      string
	Enum                                                       []string
}

// AllSettings lists the settings as pg_settings does.
func (s *Session) AllSettings() []SettingRow {
	rows := make([]SettingRow, 0, len(gucOrder))
	for _, g := range gucOrder {
		key := lower(g.name)
		v, _ := s.get(key)
		if strings.HasPrefix(key, "transaction_") {
			v, _ = s.show(key)
		}
		reset, _ := s.reset(key)
		r := SettingRow{
			Name: g.name, Setting: v, Unit: unitNames[g.unit], Category: g.group, Desc: g.desc,
			Context: contextNames[g.context], Type: [...]string{"bool", "integer", "real", "string", "enum"}[g.kind],
			Source: "default", Boot: g.def, Reset: reset, Enum: g.options,
		}
		if g.kind == gucInt || g.kind == gucReal {
			r.Min, r.Max = formatNumber(g.min), formatNumber(g.max)
		}
		if _, ok := s.values[key]; ok {
			r.Source = "session"
		} else if s.m.o.Live[key] != nil {
			r.Source = "configuration file"
		} else if _, ok := s.m.base[key]; ok {
			r.Source = "configuration file"
		} else if _, ok := s.settings.defaults[key]; ok {
			r.Source = "client"
		}
		rows = append(rows, r)
	}
	return rows
}
