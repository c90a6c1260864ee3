package sysview

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Names turns the reg* types into names and back for a session: it is put into
// the session's types.Format.
func Names(c *builtin.Context) types.RegNames { return regNames{c} }

type regNames struct{ fn *builtin.Context }

// RegName implements types.RegNames.
func (r regNames) RegName(typ, o types.OID) (string, bool) {
	n, err := namerOf(r.fn)
	if err != nil {
		return "", false
	}
	switch typ {
	case types.RegclassOID:
		if rel := n.view.Relation(o); rel != nil {
			return n.relation(rel), true
		}
		if i, rel := n.view.Index(o); i != nil {
			return n.class(rel.Schema, i.Name), true
		}
	case types.RegtypeOID:
		if name := n.typeName(o); name != "???" {
			return name, true
		}
	case types.RegprocOID:
		if f := builtin.FunctionByOID(o); f != nil {
			if len(builtin.Functions(f.Name)) > 1 && schemaOf(f) == catalog.PgCatalogOID {
				return n.qualified(catalog.PgCatalogOID, f.Name), true
			}
			return n.function(f), true
		}
	case types.RegprocedureOID:
		if f := builtin.FunctionByOID(o); f != nil {
			return n.signature(f), true
		}
	case types.RegoperOID:
		if op := builtin.OperatorByOID(o); op != nil {
			if len(builtin.Operators(op.Name)) > 1 {
				return "pg_catalog." + op.Name, true
			}
			return op.Name, true
		}
	case types.RegoperatorOID:
		if op := builtin.OperatorByOID(o); op != nil {
			left := "NONE"
			if op.Left != 0 {
				left = n.typeName(op.Left)
			}
			return op.Name + "(" + left + "," + n.typeName(op.Right) + ")", true
		}
	case types.RegnamespaceOID:
		if s := n.view.Schema(o); s != nil {
			return builtin.QuoteIdent(s.Name), true
		}
	case types.RegroleOID:
		if role := n.view.Role(o); role != nil {
			return builtin.QuoteIdent(role.Name), true
		}
	case types.RegcollationOID:
		if name, ok := collationNames[o]; ok {
			return builtin.QuoteIdent(name), true
		}
	}
	return "", false
}

var collationNames = map[types.OID]string{collationDefault: "default", collationC: "C", collationPOSIX: "POSIX"}

// RegOID implements types.RegNames.
func (r regNames) RegOID(typ types.OID, name string) (types.OID, error) {
	n, err := namerOf(r.fn)
	if err != nil {
		return 0, err
	}
	switch typ {
	case types.RegtypeOID:
		return n.findType(name)
	case types.RegoperOID, types.RegoperatorOID:
		return n.findOperator(typ, name)
	case types.RegprocedureOID:
		return n.findProcedure(name)
	}
	parts, err := splitName(name)
	if err != nil {
		return 0, err
	}
	switch typ {
	case types.RegclassOID:
		return n.findClass(parts)
	case types.RegprocOID:
		return n.findFunction(parts)
	case types.RegnamespaceOID:
		if len(parts) == 1 {
			if s := n.view.SchemaByName(parts[0]); s != nil {
				return s.OID, nil
			}
		}
		return 0, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", strings.Join(parts, "."))
	case types.RegroleOID:
		if len(parts) == 1 {
			if role := n.view.RoleByName(parts[0]); role != nil {
				return role.OID, nil
			}
		}
		return 0, pgerr.New(pgerr.UndefinedObject, "role \"%s\" does not exist", strings.Join(parts, "."))
	case types.RegcollationOID:
		for o, c := range collationNames {
			if c == parts[len(parts)-1] {
				return o, nil
			}
		}
		return 0, pgerr.New(pgerr.UndefinedObject, "collation \"%s\" for encoding \"UTF8\" does not exist", strings.Join(parts, "."))
	}
	return 0, pgerr.New(pgerr.UndefinedObject, "%s \"%s\" does not exist", regKind(typ), strings.Join(parts, "."))
}

func regKind(typ types.OID) string {
	if typ == types.RegconfigOID {
		return "text search configuration"
	}
	return "text search dictionary"
}

// splitName reads a name as SQL writes it: parts between dots, each lower-cased
// unless quoted.
func splitName(s string) ([]string, error) {
	invalid := func() error { return pgerr.New(pgerr.InvalidName, "invalid name syntax") }
	var parts []string
	rest := strings.TrimSpace(s)
	for {
		var part string
		if strings.HasPrefix(rest, `"`) {
			end, ok := 1, false
			var b strings.Builder
			for end < len(rest) {
				if rest[end] != '"' {
					b.WriteByte(rest[end])
					end++
					continue
				}
				if end+1 < len(rest) && rest[end+1] == '"' {
					b.WriteByte('"')
					end += 2
					continue
				}
				ok = true
				break
			}
			if !ok || b.Len() == 0 {
				return nil, invalid()
			}
			part, rest = b.String(), rest[end+1:]
		} else {
			end := strings.IndexAny(rest, ". \t\n\"")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, invalid()
			}
			part, rest = strings.ToLower(rest[:end]), rest[end:]
		}
		parts = append(parts, types.TruncateName(part))
		rest = strings.TrimLeft(rest, " \t\n")
		if rest == "" {
			return parts, nil
		}
		if rest[0] != '.' {
			return nil, invalid()
		}
		rest = strings.TrimLeft(rest[1:], " \t\n")
	}
}

// schemas are those to look in for a name that may be qualified, and its last part.
func (n *namer) schemas(parts []string) (schemas []types.OID, name string, err error) {
	name = parts[len(parts)-1]
	switch len(parts) {
	case 1:
		return n.path, name, nil
	case 3:
		if d := n.view.DatabaseByOID(n.view.Database()); d == nil || d.Name != parts[0] {
			return nil, "", pgerr.New(pgerr.FeatureNotSupported, "cross-database references are not implemented: %s", strings.Join(parts, "."))
		}
		parts = parts[1:]
	case 2:
	default:
		return nil, "", pgerr.New(pgerr.SyntaxError, "improper relation name (too many dotted names): %s", strings.Join(parts, "."))
	}
	s := n.view.SchemaByName(parts[0])
	if s == nil {
		return nil, "", pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", parts[0])
	}
	return []types.OID{s.OID}, name, nil
}

func (n *namer) findClass(parts []string) (types.OID, error) {
	schemas, name, err := n.schemas(parts)
	if err != nil {
		return 0, err
	}
	for _, s := range schemas {
		if r := n.view.Lookup(s, name); r != nil {
			return r.OID, nil
		}
		if i, _ := n.view.LookupIndex(s, name); i != nil {
			return i.OID, nil
		}
	}
	return 0, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", strings.Join(parts, "."))
}

// findType reads a type as a cast would.
func (n *namer) findType(name string) (types.OID, error) {
	node, err := plan.ParseExpr("NULL::" + name)
	if err != nil {
		return 0, pgerr.New(pgerr.SyntaxError, "invalid type name \"%s\"", name)
	}
	cast := node.GetTypeCast()
	if cast == nil || cast.Arg.GetAConst() == nil {
		return 0, pgerr.New(pgerr.SyntaxError, "invalid type name \"%s\"", name)
	}
	o, _, err := plan.ResolveType(n.planEnv(), cast.TypeName)
	if err != nil {
		e := *pgerr.From(err)
		e.Position = 0
		return 0, &e
	}
	return o, nil
}

func (n *namer) functionsNamed(parts []string) ([]*builtin.Function, error) {
	schemas, name, err := n.schemas(parts)
	if err != nil {
		return nil, err
	}
	var out []*builtin.Function
	for _, f := range builtin.Functions(name) {
		for _, s := range schemas {
			if s == schemaOf(f) {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

func (n *namer) findFunction(parts []string) (types.OID, error) {
	list, err := n.functionsNamed(parts)
	if err != nil {
		return 0, err
	}
	switch len(list) {
	case 0:
		return 0, pgerr.New(pgerr.UndefinedFunction, "function \"%s\" does not exist", strings.Join(parts, "."))
	case 1:
		return list[0].OID, nil
	}
	return 0, pgerr.New(pgerr.AmbiguousFunction, "more than one function named \"%s\"", strings.Join(parts, "."))
}

// typeList reads the types between the brackets of name(type, type).
func (n *namer) typeList(s string) (name string, list []types.OID, err error) {
	open := strings.IndexByte(s, '(')
	if open < 0 {
		return "", nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a left parenthesis")
	}
	inside, ok := strings.CutSuffix(strings.TrimSpace(s[open+1:]), ")")
	if !ok {
		return "", nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a right parenthesis")
	}
	if strings.TrimSpace(inside) == "" {
		return s[:open], nil, nil
	}
	for t := range strings.SplitSeq(inside, ",") {
		if strings.EqualFold(strings.TrimSpace(t), "none") {
			list = append(list, 0)
			continue
		}
		o, err := n.findType(strings.TrimSpace(t))
		if err != nil {
			return "", nil, err
		}
		list = append(list, o)
	}
	return s[:open], list, nil
}

func (n *namer) findProcedure(s string) (types.OID, error) {
	name, args, err := n.typeList(s)
	if err != nil {
		return 0, err
	}
	parts, err := splitName(name)
	if err != nil {
		return 0, err
	}
	list, err := n.functionsNamed(parts)
	if err != nil {
		return 0, err
	}
	for _, f := range list {
		if len(f.Args) != len(args) {
			continue
		}
		same := true
		for i := range args {
			same = same && args[i] == f.Args[i]
		}
		if same {
			return f.OID, nil
		}
	}
	return 0, pgerr.New(pgerr.UndefinedFunction, "function \"%s\" does not exist", s)
}

func (n *namer) findOperator(typ types.OID, s string) (types.OID, error) {
	if typ == types.RegoperatorOID {
		name, args, err := n.typeList(s)
		if err != nil {
			return 0, err
		}
		if len(args) == 2 {
			if op := builtin.OperatorFor(operatorName(name), args[0], args[1]); op != nil {
				return op.OID, nil
			}
		}
		return 0, pgerr.New(pgerr.UndefinedFunction, "operator does not exist: %s", s)
	}
	switch list := builtin.Operators(operatorName(s)); len(list) {
	case 0:
		return 0, pgerr.New(pgerr.UndefinedFunction, "operator does not exist: %s", s)
	case 1:
		return list[0].OID, nil
	}
	return 0, pgerr.New(pgerr.AmbiguousFunction, "more than one operator named %s", s)
}

// operatorName drops the schema.
func operatorName(s string) string {
	s = strings.TrimSpace(s)
	return strings.TrimPrefix(s, "pg_catalog.")
}
