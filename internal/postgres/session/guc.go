package session

import (
	"sort"
	"strings"
)

// gucKind is a setting's type, as pg_settings.vartype.
type gucKind uint8

const (
	gucBool gucKind = iota
	gucInt
	gucReal
	gucString
	gucEnum
)

// gucContext says when a setting may change, as pg_settings.context.
type gucContext uint8

const (
	ctxUser gucContext = iota
	ctxSuperuser
	ctxBackend  // at connection start only
	ctxSighup   // in the server's configuration only
	ctxStart    // at server start only
	ctxInternal // never
)

var contextNames = [...]string{"user", "superuser", "backend", "sighup", "postmaster", "internal"}

// gucUnit is the unit that a number without one is in.
type gucUnit uint8

const (
	unitNone gucUnit = iota
	unitMs
	unitS
	unitMin
	unitKB
	unit8KB // blocks
	unitByte
)

var unitNames = [...]string{"", "ms", "s", "min", "kB", "8kB", "B"}

// guc describes a setting of PostgreSQL 15: its name as SHOW ALL spells it, type,
// default and range. A default is in the canonical form without a unit.
type guc struct {
	name     string
	kind     gucKind
	context  gucContext
	unit     gucUnit
	def      string
	min, max float64
	options  []string // of an enum; the first spelling is the canonical one
	report   bool     // clients are told of changes (ParameterStatus)
	// list marks a comma-separated list of names (search_path).
	list  bool
	desc  string
	group string
}

const (
	groupClient    = "Client Connection Defaults / Statement Behavior"
	groupLocale    = "Client Connection Defaults / Locale and Formatting"
	groupOther     = "Client Connection Defaults / Other Defaults"
	groupPreset    = "Preset Options"
	groupPlanner   = "Query Tuning / Planner Method Configuration"
	groupCost      = "Query Tuning / Planner Cost Constants"
	groupQuery     = "Query Tuning / Other Planner Options"
	groupLock      = "Lock Management"
	groupMemory    = "Resource Usage / Memory"
	groupAsync     = "Resource Usage / Asynchronous Behavior"
	groupWAL       = "Write-Ahead Log / Settings"
	groupConn      = "Connections and Authentication / Connection Settings"
	groupAuth      = "Connections and Authentication / Authentication"
	groupSSL       = "Connections and Authentication / SSL"
	groupTCP       = "Connections and Authentication / TCP Settings"
	groupLog       = "Reporting and Logging / What to Log"
	groupLogWhen   = "Reporting and Logging / When to Log"
	groupStats     = "Statistics / Cumulative Query and Index Statistics"
	groupVacuum    = "Autovacuum"
	groupCompat    = "Version and Platform Compatibility / Previous PostgreSQL Versions"
	groupCompat2   = "Version and Platform Compatibility / Other Platforms and Clients"
	groupError     = "Error Handling"
	groupFile      = "File Locations"
	groupDeveloper = "Developer Options"
	groupOrbit     = "orbit"
)

const (
	maxInt    = 2147483647
	maxDouble = 1.79769e+308
)

var (
	optsIsolation = []string{"serializable", "repeatable read", "read committed", "read uncommitted"}
	optsMessages  = []string{"debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"}
	optsLog       = []string{"debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"}
)

// on and its like make entries of the table.
func on(name, group, desc string) *guc {
	return &guc{name: name, kind: gucBool, def: "on", group: group, desc: desc}
}

func off(name, group, desc string) *guc {
	return &guc{name: name, kind: gucBool, def: "off", group: group, desc: desc}
}

func number(name, def string, unit gucUnit, low, high float64, group, desc string) *guc {
	return &guc{name: name, kind: gucInt, def: def, unit: unit, min: low, max: high, group: group, desc: desc}
}

func decimal(name, def string, low, high float64, group, desc string) *guc {
	return &guc{name: name, kind: gucReal, def: def, min: low, max: high, group: group, desc: desc}
}

func text(name, def, group, desc string) *guc {
	return &guc{name: name, kind: gucString, def: def, group: group, desc: desc}
}

func choice(name, def string, options []string, group, desc string) *guc {
	return &guc{name: name, kind: gucEnum, def: def, options: options, group: group, desc: desc}
}

func (g *guc) at(c gucContext) *guc {
	g.context = c
	return g
}

func (g *guc) reported() *guc {
	g.report = true
	return g
}

func (g *guc) names() *guc {
	g.list = true
	return g
}

// gucs is every setting by its lower-case name; gucOrder lists them as SHOW ALL
// does.
var (
	gucs     map[string]*guc
	gucOrder []*guc
)

func init() {
	gucs = make(map[string]*guc)
	for _, list := range [][]*guc{clientGUCs(), plannerGUCs(), serverGUCs()} {
		for _, g := range list {
			gucs[strings.ToLower(g.name)] = g
			gucOrder = append(gucOrder, g)
		}
	}
	sort.Slice(gucOrder, func(i, j int) bool {
		return strings.ToLower(gucOrder[i].name) < strings.ToLower(gucOrder[j].name)
	})
}

// lookupGUC finds a setting by name, under its old names too.
func lookupGUC(name string) *guc {
	name = strings.ToLower(name)
	if g, ok := gucs[name]; ok {
		return g
	}
	switch name {
	case "time zone":
		return gucs["timezone"]
	case "sort_mem":
		return gucs["work_mem"]
	case "vacuum_mem":
		return gucs["maintenance_work_mem"]
	}
	return nil
}
