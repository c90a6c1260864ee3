package server

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// keySpec says where some of a command's keys are and what it does with them, as
// redis-server describes it.
type keySpec struct {
	flags []string
	begin search // index, keyword or unknown
	find  search // range, keynum or unknown
	notes string
}

// search is one half of a key specification: its kind, and its values in the order
// of searchFields.
type search struct {
	kind    string
	keyword string
	values  []int
}

var searchFields = map[string][]string{
	"index": {"index"}, "keyword": {"startfrom"},
	"range": {"lastkey", "keystep", "limit"}, "keynum": {"keynumidx", "firstkey", "keystep"},
}

// keySpecText are redis-server's key specifications, a command a line. A command
// that is not there does with all its keys what its own flags say.
//
//go:embed keyspecs.txt
var keySpecText string

var keySpecs = parseKeySpecs(keySpecText)

func parseKeySpecs(text string) map[string][]keySpec {
	specs := make(map[string][]keySpec)
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for part := range strings.SplitSeq(rest, "; ") {
			part, notes, _ := strings.Cut(part, " # ")
			flags, where, _ := strings.Cut(part, " @ ")
			words := strings.Fields(where)
			k := keySpec{flags: strings.Fields(flags), notes: notes}
			k.begin, words = parseSearch(words)
			k.find, _ = parseSearch(words)
			specs[name] = append(specs[name], k)
		}
	}
	return specs
}

func parseSearch(words []string) (s search, rest []string) {
	if len(words) == 0 {
		return search{kind: "unknown"}, nil
	}
	s.kind, words = words[0], words[1:]
	if s.kind == "keyword" && len(words) > 0 {
		s.keyword, words = words[0], words[1:]
	}
	for range searchFields[s.kind] {
		if len(words) == 0 {
			break
		}
		n, err := strconv.Atoi(words[0])
		if err != nil {
			break
		}
		s.values, words = append(s.values, n), words[1:]
	}
	return s, words
}

// keySpecsOf are a command's key specifications.
func keySpecsOf(spec *command.Spec) []keySpec {
	if known := keySpecs[spec.FullName()]; known != nil {
		return known
	}
	switch {
	case spec.Keys != nil:
		return []keySpec{{flags: append(keyFlags(spec), "incomplete"), begin: search{kind: "unknown"}, find: search{kind: "unknown"}}}
	case spec.FirstKey == 0:
		return nil
	}
	last := spec.LastKey
	if last > 0 {
		last -= spec.FirstKey
	}
	return []keySpec{{
		flags: keyFlags(spec),
		begin: search{kind: "index", values: []int{spec.FirstKey}},
		find:  search{kind: "range", values: []int{last, max(spec.Step, 1), 0}},
	}}
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

// describeKeys writes the key specifications.
func describeKeys(out *resp.Writer, spec *command.Spec) {
	specs := keySpecsOf(spec)
	out.Set(len(specs))
	for i := range specs {
		k := &specs[i]
		fields := 3
		if k.notes != "" {
			fields++
		}
		out.Map(fields)
		if k.notes != "" {
			out.BulkString("notes")
			out.BulkString(k.notes)
		}
		out.BulkString("flags")
		writeSet(out, "", k.flags)
		out.BulkString("begin_search")
		k.begin.write(out)
		out.BulkString("find_keys")
		k.find.write(out)
	}
}

// write writes one half of a key specification, its numbers by name.
func (s *search) write(out *resp.Writer) {
	out.Map(2)
	out.BulkString("type")
	out.BulkString(s.kind)
	out.BulkString("spec")
	fields := searchFields[s.kind]
	if s.keyword == "" {
		out.Map(len(fields))
	} else {
		out.Map(len(fields) + 1)
		out.BulkString("keyword")
		out.BulkString(s.keyword)
	}
	for i, field := range fields {
		out.BulkString(field)
		out.Int(int64(s.values[i]))
	}
}

// keyUse is a key of a command line and what the command does with it.
type keyUse struct {
	key   []byte
	flags []string
}

// keyUses says what a command line, whose keys are known, does with each of them.
// Where the specifications do not find all, the first key is what the first of them
// says, and others what the last.
func keyUses(spec *command.Spec, args, keys [][]byte) []keyUse {
	specs := keySpecsOf(spec)
	var uses []keyUse
	for i := range specs {
		for _, at := range specs[i].positions(args) {
			uses = append(uses, keyUse{args[at], specs[i].flags})
		}
	}
	if len(uses) != len(keys) {
		uses = uses[:0]
		for i, key := range keys {
			uses = append(uses, keyUse{key, specs[min(i, 1)*(len(specs)-1)].flags})
		}
	}
	for i := range uses {
		if slices.Contains(uses[i].flags, "variable_flags") {
			uses[i].flags = variableFlags(spec, args)
		}
	}
	return uses
}

// variableFlags are those of SET and BITFIELD, which depend on the options.
func variableFlags(spec *command.Spec, args [][]byte) []string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(args[2:], func(arg []byte) bool {
			return slices.ContainsFunc(words, func(word string) bool { return command.Is(arg, word) })
		})
	}
	switch {
	case spec.Name == "set" && !has("GET"):
		return []string{"OW", "update"}
	case spec.Name == "bitfield" && !has("SET", "INCRBY"):
		return []string{"RO", "access"}
	}
	return []string{"RW", "access", "update"}
}

// positions are the arguments that the specification takes for keys.
func (k *keySpec) positions(args [][]byte) (at []int) {
	first := k.begin.start(args)
	if first <= 0 || first >= len(args) {
		return nil
	}
	var last, step int
	switch k.find.kind {
	case "range":
		step = max(k.find.values[1], 1)
		switch n, limit := k.find.values[0], k.find.values[2]; {
		case n >= 0:
			last = first + n
		case limit > 1:
			last = first + (len(args)-first)/limit - 1
		default:
			last = len(args) + n
		}
	case "keynum":
		count := first + k.find.values[0]
		if count >= len(args) {
			return nil
		}
		n, err := strconv.Atoi(string(args[count]))
		if err != nil || n < 0 || n > len(args) {
			return nil
		}
		step = max(k.find.values[2], 1)
		first += k.find.values[1]
		last = first + (n-1)*step
	default:
		return nil
	}
	for i := first; i <= last && i < len(args); i += step {
		at = append(at, i)
	}
	return at
}

// positionsByRange are the positions as COMMAND INFO gave them before there were
// key specifications, for names that are not keys of data (channels).
func (k *keySpec) positionsByRange() (first, last, step int) {
	if k.begin.kind != "index" || k.find.kind != "range" {
		return 0, 0, 0
	}
	first, last, step = k.begin.values[0], k.find.values[0], k.find.values[1]
	if last >= 0 {
		last += first
	}
	return first, last, step
}

// start is where the keys begin, 0 if nowhere.
func (s *search) start(args [][]byte) int {
	switch s.kind {
	case "index":
		return s.values[0]
	case "keyword":
		from, step := s.values[0], 1
		if from < 0 {
			from, step = len(args)+from, -1
		}
		for i := from; i > 0 && i < len(args); i += step {
			if command.Is(args[i], s.keyword) {
				return i + 1
			}
		}
	}
	return 0
}
