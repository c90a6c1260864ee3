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
	{command.NoAsyncLoading, "no_async_loading"},
	{command.NoMulti, "no_multi"},
	{command.AllowBusy, "allow_busy"},
	{command.NoMandatoryKeys, "no_mandatory_keys"},
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

func inCategory(spec *command.Spec, category string) bool {
	return slices.Contains(spec.Categories, category)
}

// describe writes a command's element of COMMAND INFO.
func describe(out *resp.Writer, spec *command.Spec) {
	out.Array(10)
	out.BulkString(spec.FullName())
	out.Int(int64(spec.Arity))
	writeSet(out, "", flags(spec))
	first, last, step := spec.FirstKey, spec.LastKey, spec.Step
	if k := keySpecs[spec.FullName()]; first == 0 && len(k) > 0 {
		first, last, step = k[0].positionsByRange()
	}
	out.Int(int64(first))
	out.Int(int64(last))
	out.Int(int64(step))
	writeSet(out, "@", spec.Categories)
	writeBulks(out, tips[spec.FullName()])
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

func writeBulks(out *resp.Writer, texts []string) {
	out.Set(len(texts))
	for _, text := range texts {
		out.BulkString(text)
	}
}

func writeSet(out *resp.Writer, prefix string, names []string) {
	out.Set(len(names))
	for _, name := range names {
		out.Simple(prefix + name)
	}
}
