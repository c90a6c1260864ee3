package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var getrangeSpec = &command.Spec{
	Name:     "getrange",
	Arity:    4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "string", "slow"},
	Group:      "string",
	Since:      "2.4.0",
	Complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
	Summary:    "Get a substring of the string stored at a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "integer"},
		{Name: "end", Type: "integer"},
	},
	Handler: runGetrange,
}

func runGetrange(c *command.Ctx) error {
	start, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	end, err := command.ParseInt(c.Args[3])
	if err != nil {
		return err
	}
	value, _, err := c.Keys.GetString(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Bulk(substring(value, start, end))
	return nil
}

// substring is value from start to end, both included and counting from the end
// when negative.
func substring(value []byte, start, end int64) []byte {
	n := int64(len(value))
	if start < 0 && end < 0 && start > end {
		return nil
	}
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	end = min(end, n-1)
	if start > end || n == 0 {
		return nil
	}
	return value[start : end+1]
}
