package hyperloglog

import "github.com/orbit-server/orbit/internal/redis/command"

var pfcountSpec = &command.Spec{
	Name:     "pfcount",
	Arity:    -2,
	Flags:    command.ReadOnly | command.MayReplicate,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"read", "hyperloglog", "slow"},
	Group:      "hyperloglog",
	Since:      "2.8.9",
	Complexity: "O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.",
	Summary:    "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runPfcount,
}

func runPfcount(c *command.Ctx) error {
	if len(c.Args) > 2 {
		return countUnion(c)
	}
	k, v, err := open(c, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() {
		c.Out.Int(0)
		return nil
	}
	n, ok := cached(v.b)
	if !ok {
		h, err := histogramOf(v.b)
		if err != nil {
			return err
		}
		n = h.estimate()
		// Storing it is why the command, though it only reads, may replicate
		// and so is run with its keys locked for writing.
		v.setCached(n)
		if err := k.SetString(v.b, k.Expire); err != nil {
			return err
		}
	}
	c.Out.Int(int64(n))
	return nil
}

func countUnion(c *command.Ctx) error {
	var u union
	if _, err := mergeKeys(c, c.Args[1:], &u); err != nil {
		return err
	}
	c.Out.Int(int64(u.estimate()))
	return nil
}

// mergeKeys takes the HyperLogLogs under keys into u; what does not exist is
// empty. anyDense says whether one of them is dense.
func mergeKeys(c *command.Ctx, keys [][]byte, u *union) (anyDense bool, err error) {
	for _, key := range keys {
		b, ok, err := c.Keys.GetString(c.DB, key)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		if err := check(b); err != nil {
			return false, err
		}
		if err := u.merge(b); err != nil {
			return false, err
		}
		anyDense = anyDense || !isSparse(b)
	}
	return anyDense, nil
}
