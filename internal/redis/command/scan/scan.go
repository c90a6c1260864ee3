package scan

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/glob"
)

// maxCount bounds the work of one call; a larger COUNT takes more calls.
const maxCount = 1 << 20

// Options are the options of the SCAN family.
type Options struct {
	Pattern  []byte // nil for all
	Type     []byte // SCAN only; nil for all
	Count    int
	NoValues bool // HSCAN only
}

const errNoValues command.Error = "ERR NOVALUES option can only be used in HSCAN"

// Parse reads what follows the cursor. TYPE is known to SCAN only, NOVALUES to
// HSCAN only.
func Parse(args [][]byte, withType, withNoValues bool) (Options, error) {
	o := Options{Count: 10}
	for len(args) > 0 {
		if command.Is(args[0], "NOVALUES") {
			if !withNoValues {
				return o, errNoValues
			}
			o.NoValues, args = true, args[1:]
			continue
		}
		if len(args) < 2 {
			return o, command.ErrSyntax
		}
		switch {
		case command.Is(args[0], "COUNT"):
			n, err := command.ParseInt(args[1])
			if err != nil {
				return o, err
			}
			if n < 1 {
				return o, command.ErrSyntax
			}
			o.Count = int(min(n, maxCount))
		case command.Is(args[0], "MATCH"):
			o.Pattern = args[1]
		case withType && command.Is(args[0], "TYPE"):
			o.Type = args[1]
		default:
			return o, command.ErrSyntax
		}
		args = args[2:]
	}
	return o, nil
}

// Matches reports whether name matches the pattern, if there is one.
func (o *Options) Matches(name []byte) bool {
	return o.Pattern == nil || glob.Match(o.Pattern, name)
}

// Empty replies that there is nothing and the walk is over.
func Empty(c *command.Ctx) {
	c.Out.Array(2)
	c.Out.BulkString("0")
	c.Out.Array(0)
}

// Collection answers HSCAN, SSCAN and ZSCAN: the key is Args[1], the cursor
// Args[2]. open opens the key and says whether it exists; walk calls emit for
// each word of the reply and returns the next cursor. A missing key is answered
// before the options are looked at, as redis-server does.
func Collection(c *command.Ctx, open func() (exists bool, err error), walk func(o *Options, cursor uint64, emit func(word []byte)) (next uint64, err error)) error {
	cursor, err := command.ParseUint(c.Args[2])
	if err != nil {
		return command.ErrCursor
	}
	exists, err := open()
	if err != nil {
		return err
	}
	if !exists {
		Empty(c)
		return nil
	}
	o, err := Parse(c.Args[3:], false, c.Spec.Name == "hscan")
	if err != nil {
		return err
	}
	// The next cursor comes first in the reply and is known last.
	var words [][]byte
	next, err := walk(&o, cursor, func(word []byte) { words = append(words, append([]byte(nil), word...)) })
	if err != nil {
		return err
	}
	c.Out.Array(2)
	c.Out.BulkString(strconv.FormatUint(next, 10))
	c.Out.Array(len(words))
	for _, word := range words {
		c.Out.Bulk(word)
	}
	return nil
}
