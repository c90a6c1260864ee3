package differential

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/all"
)

// step is a command, or several that belong together.
type step struct {
	commands [][]string
	scan     bool // to be followed to its end
}

// generator makes steps from the specs of the commands.
type generator struct {
	*rand.Rand
	specs  []*command.Spec // as often as they shall come
	stream int             // the number of the last entry added to a stream

	// of the command that is being made
	spec    *command.Spec
	numkeys int
}

// never are commands that the test leaves out, by full name.
var never = map[string]string{
	"migrate":         "needs a third server",
	"wait":            "waits",
	"dump":            "its bytes depend on the encoding in memory",
	"restore":         "needs what DUMP gives",
	"object|refcount": "redis-server shares small integers",
	"object|help":     "tested by table",
	"xinfo|help":      "tested by table",
	"xgroup|help":     "tested by table",
	"pfselftest":      "takes long",
	"pfdebug":         "changes how a value is stored",
	"scan":            "has a step of its own",
	"hscan":           "has a step of its own",
	"sscan":           "has a step of its own",
	"zscan":           "has a step of its own",
}

// omitted are options that the test leaves out.
var omitted = map[string]string{
	"WITHSCORE": "redis-server 7.0 does not have it",
	"STOREDIST": "the last digit of a distance depends on the machine's sines",
}

// lastSince is where redis-server 7.0 ends: it does not know later commands.
const lastSince = "7.0.15"

// otherGroups are commands from groups of which most would change the
// connection or the server.
var otherGroups = map[string]bool{
	"ping": true, "echo": true, "select": true, "publish": true, "dbsize": true, "flushdb": true, "flushall": true, "swapdb": true,
}

// rare commands would leave too little data for the others.
var rare = map[string]bool{
	"flushdb": true, "flushall": true, "swapdb": true, "select": true, "ping": true, "echo": true, "dbsize": true, "publish": true,
	"move": true, "pfcount": true, "expire": true, "pexpire": true, "expireat": true, "pexpireat": true, "randomkey": true,
}

// newGenerator chooses what a round is about: everything, or a few groups.
func newGenerator(rnd *rand.Rand) *generator {
	g := &generator{Rand: rnd}
	groups := []string{"string", "hash", "list", "set", "sorted-set", "bitmap", "hyperloglog", "geo", "stream"}
	if rnd.IntN(3) > 0 {
		rnd.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
		groups = groups[:1+rnd.IntN(3)]
	}
	groups = append(groups, "generic", "transactions")
	add := func(s *command.Spec) {
		name := s.FullName()
		if never[name] != "" || s.Since > lastSince || s.Handler == nil || !slices.Contains(groups, s.Group) && !otherGroups[name] {
			return
		}
		times := 8
		switch {
		case rare[name]:
			times = 1
		case s.Group == "generic" || s.Group == "transactions":
			times = 3
		}
		for range times {
			g.specs = append(g.specs, s)
		}
	}
	for _, group := range all.Groups() {
		for _, s := range group {
			add(s)
			for _, sub := range s.Sub {
				add(sub)
			}
		}
	}
	return g
}

// step makes the next step.
func (g *generator) step() step {
	for {
		var s step
		switch n := g.IntN(100); {
		case n < 4:
			s = g.scanStep()
		case n < 8:
			s = g.transaction()
		case n < 12:
			words, ok := g.command()
			if !ok || len(g.alone(words).commands) == 2 {
				continue
			}
			s = step{commands: [][]string{viaScript(g.pick("redis.call", "redis.pcall"), words)}}
		default:
			words, ok := g.command()
			if !ok {
				continue
			}
			s = g.alone(words)
		}
		return s
	}
}

// alone makes a step of a command that is not in a transaction: one that might
// wait goes into one, and what one pops at random must go from both.
func (g *generator) alone(words []string) step {
	name := strings.ToLower(words[0])
	blocks := slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, "BLOCK") })
	switch {
	case g.spec.Has(command.Blocking) && (blocks || !strings.HasPrefix(name, "xread")):
		return step{commands: [][]string{{"MULTI"}, words, {"EXEC"}}}
	case (name == "spop" || name == "sort" || name == "sort_ro") && len(words) > 1: // SORT changes a sorted set's encoding
		return step{commands: [][]string{words, {"DEL", words[1]}}}
	}
	return step{commands: [][]string{words}}
}

func (g *generator) transaction() step {
	commands := [][]string{{"MULTI"}}
	for range 1 + g.IntN(5) {
		if words, ok := g.command(); ok && g.spec.Group != "transactions" {
			commands = append(commands, slices.DeleteFunc(g.alone(words).commands, func(words []string) bool {
				return words[0] == "MULTI" || words[0] == "EXEC"
			})...)
		}
	}
	return step{commands: append(commands, []string{g.pick("EXEC", "EXEC", "EXEC", "DISCARD")})}
}

// viaScript is a command that a script runs, which gets its words as arguments.
func viaScript(call string, words []string) []string {
	return append([]string{"EVAL", "return " + call + "(unpack(ARGV))", "0"}, words...)
}

// passedToScript is the command that viaScript wrapped.
func passedToScript(words []string) ([]string, bool) {
	if len(words) > 3 && words[0] == "EVAL" && strings.HasSuffix(words[1], "(unpack(ARGV))") {
		return words[3:], true
	}
	return nil, false
}

func (g *generator) scanStep() step {
	name := g.pick("SCAN", "HSCAN", "SSCAN", "ZSCAN")
	words := []string{name}
	switch name {
	case "SCAN":
		words = append(words, g.pick("0", "0", "0", "0", "x"))
		if g.IntN(3) == 0 {
			words = append(words, "TYPE", g.pick("string", "list", "set", "zset", "hash", "stream", "none", "LIST"))
		}
	default:
		words = append(words, g.keyOf(map[string]string{"HSCAN": "hash", "SSCAN": "set", "ZSCAN": "sorted-set"}[name]), g.pick("0", "0", "0", "0", "x"))
	}
	if g.IntN(3) == 0 {
		words = append(words, "MATCH", g.pattern())
	}
	if g.IntN(3) == 0 {
		words = append(words, "COUNT", g.pick("1", "2", "100", "0", "x"))
	}
	return step{commands: [][]string{words}, scan: true}
}

// command makes a command; ok is false for one that the test cannot send.
func (g *generator) command() (words []string, ok bool) {
	g.spec = g.specs[g.IntN(len(g.specs))]
	g.numkeys = 0
	words = strings.Split(g.spec.FullName(), "|")
	named := len(words)
	switch name := g.spec.Name; {
	case (name == "zadd" || name == "zrem") && g.IntN(4) == 0:
		words = g.oneScore(words)
	default:
		words = g.arguments(words, g.spec.Args)
		if g.IntN(12) == 0 {
			words = g.damage(words, named)
		}
		g.lexical(words)
	}
	if g.IntN(4) == 0 {
		words[0] = strings.ToUpper(words[0])
	}
	return words, g.sendable(words)
}

// lexKeys are sorted sets whose members have one score: what a range by name
// holds is not specified for others.
var lexKeys = []string{"y1", "y2"}

// oneScore completes a command that changes one of lexKeys.
func (g *generator) oneScore(words []string) []string {
	words = append(words, g.pick(lexKeys...))
	for range 1 + g.IntN(4) {
		if g.spec.Name == "zadd" {
			words = append(words, "0")
		}
		words = append(words, g.text())
	}
	return words
}

// lexical has a command with ranges by name work on one of lexKeys.
func (g *generator) lexical(words []string) {
	byLex := slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, "BYLEX") })
	if !byLex && !strings.Contains(g.spec.Name, "lex") {
		return
	}
	at := 1
	if g.spec.Name == "zrangestore" {
		at = 2
	}
	if len(words) > at {
		words[at] = g.pick("y1", "y2", "y1", "y2", "absent")
	}
}

func (g *generator) arguments(words []string, args []command.Arg) []string {
	for i := range args {
		words = g.argument(words, &args[i])
	}
	return words
}

func (g *generator) argument(words []string, a *command.Arg) []string {
	if omitted[a.Token] != "" || a.Optional && g.IntN(3) > 0 {
		return words
	}
	times := 1
	switch {
	case a.Multiple && g.numkeys > 0:
		times, g.numkeys = g.numkeys, 0
	case a.Multiple:
		times += g.IntN(3)
	}
	for i := range times {
		if a.Token != "" && (i == 0 || a.MultipleToken) {
			words = append(words, a.Token)
		}
		switch a.Type {
		case "pure-token":
		case "block":
			words = g.arguments(words, a.Args)
		case "oneof":
			choice := &a.Args[g.IntN(len(a.Args))]
			for choice.Name == "auto_id" { // the time is not the same on both
				choice = &a.Args[g.IntN(len(a.Args))]
			}
			words = g.argument(words, choice)
		default:
			words = append(words, g.value(a))
		}
	}
	return words
}

// damage makes arguments wrong.
func (g *generator) damage(words []string, named int) []string {
	junk := func() string {
		return g.pick("", "abc", "-1", "0", "3", "9999999999999999999", "1.5", "LIMIT", "WITHSCORES", "COUNT", "GET", "NX", "XX", "STORE", "none")
	}
	if len(words) == named {
		return append(words, junk())
	}
	i := named + g.IntN(len(words)-named)
	switch g.IntN(5) {
	case 0:
		return slices.Delete(words, i, i+1)
	case 1:
		return slices.Insert(words, i, words[i])
	case 2:
		j := named + g.IntN(len(words)-named)
		words[i], words[j] = words[j], words[i]
	case 3:
		words[i] = junk()
	default:
		return append(words, junk())
	}
	return words
}

// sendable refuses commands that would expire a key while the round runs: the
// two servers' clocks are not the same.
func (g *generator) sendable(words []string) bool {
	soon := func(w string) bool {
		n, err := strconv.ParseInt(w, 10, 64)
		return err == nil && n > 0 && n < 100_000_000
	}
	switch strings.ToLower(words[0]) {
	case "zrank", "zrevrank": // 7.2 has an option, and with it another error
		return len(words) <= 3
	case "srandmember", "hrandfield", "zrandmember": // redis-server would reply with as many
		if len(words) < 3 {
			return true
		}
		n, err := strconv.ParseInt(words[2], 10, 64)
		return err != nil || n > -1000
	case "zincrby": // an option of ZADD in the place of the increment is one
		return len(words) < 3 || !slices.Contains([]string{"NX", "XX", "GT", "LT", "CH", "INCR"}, words[2])
	case "expire", "pexpire", "setex", "psetex":
		return len(words) < 3 || !soon(words[2])
	case "set", "getex":
		for i, w := range words[1:] {
			if i > 0 && soon(w) && (strings.EqualFold(words[i], "EX") || strings.EqualFold(words[i], "PX")) {
				return false
			}
			if i > 0 && len(w) < 10 && (strings.EqualFold(words[i], "EXAT") || strings.EqualFold(words[i], "PXAT")) {
				return false // redis-server removes it when it comes across it
			}
		}
	}
	return true
}
