package server

import (
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

var flagNames = []struct {
	flag command.Flag
	name string
}{
	{command.Write, "write"},
	{command.ReadOnly, "readonly"},
	{command.DenyOOM, "denyoom"},
	{command.Admin, "admin"},
	{command.PubSub, "pubsub"},
	{command.NoScript, "noscript"},
	{command.Blocking, "blocking"},
	{command.Loading, "loading"},
	{command.Stale, "stale"},
	{command.SkipMonitor, "skip_monitor"},
	{command.SkipSlowlog, "skip_slowlog"},
	{command.Asking, "asking"},
	{command.Fast, "fast"},
	{command.NoAuth, "no_auth"},
	{command.MayReplicate, "may_replicate"},
	{command.NoAsyncLoading, "no_async_loading"},
	{command.NoMulti, "no_multi"},
	{command.AllowBusy, "allow_busy"},
}

// flags are a command's flags by name. Keys that only a function finds make the
// command one with movable keys.
func flags(spec *command.Spec) []string {
	var names []string
	for _, f := range flagNames {
		if spec.Has(f.flag) {
			names = append(names, f.name)
		}
	}
	if spec.Has(command.MovableKeys) || spec.Keys != nil {
		names = append(names, "movablekeys")
	}
	return names
}

// keyFlags say what a command does with its keys, as far as its own flags tell.
func keyFlags(spec *command.Spec) []string {
	switch {
	case spec.Has(command.Write):
		return []string{"RW", "access", "update"}
	case spec.Has(command.ReadOnly):
		return []string{"RO", "access"}
	}
	return []string{"RO"}
}

func inCategory(spec *command.Spec, category string) bool {
	return slices.Contains(spec.Categories, category)
}

// describe writes a command's element of COMMAND INFO.
func describe(out *resp.Writer, spec *command.Spec) {
	out.Array(10)
	out.BulkString(spec.FullName())
	out.Int(int64(spec.Arity))
	writeSet(out, "", flags(spec))
	out.Int(int64(spec.FirstKey))
	out.Int(int64(spec.LastKey))
	out.Int(int64(spec.Step))
	writeSet(out, "@", spec.Categories)
	out.Set(0) // tips
	describeKeys(out, spec)
	if len(spec.Sub) == 0 {
		out.Set(0) // an empty set and a full array, as redis-server has it
		return
	}
	out.Array(len(spec.Sub))
	for _, sub := range spec.Sub {
		describe(out, sub)
	}
}

func writeSet(out *resp.Writer, prefix string, names []string) {
	out.Set(len(names))
	for _, name := range names {
		out.Simple(prefix + name)
	}
}

// describeKeys writes the key specifications: where keys begin and how the others
// are found.
func describeKeys(out *resp.Writer, spec *command.Spec) {
	if spec.FirstKey == 0 && spec.Keys == nil {
		out.Set(0)
		return
	}
	out.Set(1)
	out.Map(3)
	out.BulkString("flags")
	if spec.Keys != nil {
		writeSet(out, "", append(keyFlags(spec), "incomplete"))
		out.BulkString("begin_search")
		unknownSearch(out)
		out.BulkString("find_keys")
		unknownSearch(out)
		return
	}
	writeSet(out, "", keyFlags(spec))
	out.BulkString("begin_search")
	search(out, "index", "index", spec.FirstKey)
	out.BulkString("find_keys")
	last := spec.LastKey
	if last > 0 {
		last -= spec.FirstKey
	}
	search(out, "range", "lastkey", last, "keystep", max(spec.Step, 1), "limit", 0)
}

func unknownSearch(out *resp.Writer) {
	out.Map(2)
	out.BulkString("type")
	out.BulkString("unknown")
	out.BulkString("spec")
	out.Map(0)
}

// search writes one half of a key specification, its numbers by name.
func search(out *resp.Writer, kind string, fields ...any) {
	out.Map(2)
	out.BulkString("type")
	out.BulkString(kind)
	out.BulkString("spec")
	out.Map(len(fields) / 2)
	for _, field := range fields {
		switch f := field.(type) {
		case string:
			out.BulkString(f)
		case int:
			out.Int(int64(f))
		}
	}
}
