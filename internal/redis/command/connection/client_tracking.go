package connection

import (
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var clientTrackingSpec = &command.Spec{
	Name:       "tracking",
	Arity:      -3,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.0.0",
	Complexity: "O(1). Some options may introduce additional complexity.",
	Summary:    "Enable or disable server assisted client side caching support",
	Args: []command.Arg{
		{Name: "status", Type: "oneof", Args: onOff[0].Args},
		{Name: "client-id", Type: "integer", Token: "REDIRECT", Optional: true},
		{Name: "prefix", Type: "string", Token: "PREFIX", Optional: true, Multiple: true, MultipleToken: true},
		{Name: "bcast", Type: "pure-token", Token: "BCAST", Optional: true},
		{Name: "optin", Type: "pure-token", Token: "OPTIN", Optional: true},
		{Name: "optout", Type: "pure-token", Token: "OPTOUT", Optional: true},
		{Name: "noloop", Type: "pure-token", Token: "NOLOOP", Optional: true},
	},
	Handler: clientTracking,
}

func clientTracking(c *command.Ctx) error {
	t, err := parseTracking(c, c.Args[3:])
	if err != nil {
		return err
	}
	switch {
	case command.Is(c.Args[2], "ON"):
		if err := checkTracking(t, c.Session.Tracking()); err != nil {
			return err
		}
		c.Session.SetTracking(t)
	case command.Is(c.Args[2], "OFF"):
		c.Session.SetTracking(nil)
	default:
		return command.ErrSyntax
	}
	c.Out.OK()
	return nil
}

func parseTracking(c *command.Ctx, args [][]byte) (*command.Tracking, error) {
	t := &command.Tracking{}
	for i := 0; i < len(args); i++ {
		more := i+1 < len(args)
		switch arg := args[i]; {
		case command.Is(arg, "REDIRECT") && more:
			i++
			if t.Redirect != 0 {
				return nil, command.Errorf("ERR A client can only redirect to a single other client")
			}
			id, err := command.ParseInt(args[i])
			if err != nil {
				return nil, err
			}
			if !exists(c, id) {
				return nil, command.Errorf("ERR The client ID you want redirect to does not exist")
			}
			t.Redirect = id
		case command.Is(arg, "PREFIX") && more:
			i++
			t.Prefixes = append(t.Prefixes, string(args[i]))
		case command.Is(arg, "BCAST"):
			t.Broadcast = true
		case command.Is(arg, "OPTIN"):
			t.OptIn = true
		case command.Is(arg, "OPTOUT"):
			t.OptOut = true
		case command.Is(arg, "NOLOOP"):
			t.NoLoop = true
		default:
			return nil, command.ErrSyntax
		}
	}
	return t, nil
}

func exists(c *command.Ctx, id int64) bool {
	for _, client := range c.Server.Clients() {
		if client.ID == id {
			return true
		}
	}
	return false
}

// checkTracking refuses what contradicts itself or the mode the client is in, and
// adds the latter's prefixes.
func checkTracking(t, old *command.Tracking) error {
	switch {
	case len(t.Prefixes) > 0 && !t.Broadcast:
		return command.Errorf("ERR PREFIX option requires BCAST mode to be enabled")
	case old != nil && old.Broadcast != t.Broadcast:
		return command.Errorf("ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.")
	case t.Broadcast && (t.OptIn || t.OptOut):
		return command.Errorf("ERR OPTIN and OPTOUT are not compatible with BCAST")
	case t.OptIn && t.OptOut:
		return command.Errorf("ERR You can't specify both OPTIN mode and OPTOUT mode")
	case old != nil && ((t.OptIn && old.OptOut) || (t.OptOut && old.OptIn)):
		return command.Errorf("ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.")
	}
	if !t.Broadcast {
		return nil
	}
	if len(t.Prefixes) == 0 {
		t.Prefixes = []string{""}
	}
	for i, prefix := range t.Prefixes {
		for _, other := range t.Prefixes[i+1:] {
			if overlap(prefix, other) {
				return command.Errorf("ERR Prefix '%s' overlaps with another provided prefix '%s'. Prefixes for a single client must not overlap.", prefix, other)
			}
		}
	}
	if old == nil {
		return nil
	}
	added := t.Prefixes
	t.Prefixes = append([]string(nil), old.Prefixes...)
	for _, prefix := range added {
		for _, other := range old.Prefixes {
			if prefix != other && overlap(prefix, other) {
				return command.Errorf("ERR Prefix '%s' overlaps with an existing prefix '%s'. Prefixes for a single client must not overlap.", prefix, other)
			}
		}
		t.Prefixes = append(t.Prefixes, prefix)
	}
	return nil
}

func overlap(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

var clientTrackinginfoSpec = &command.Spec{
	Name:       "trackinginfo",
	Arity:      2,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Return information about server assisted client side caching for the current connection",
	Handler: func(c *command.Ctx) error {
		t := c.Session.Tracking()
		flags, redirect, prefixes := []string{"off"}, int64(-1), []string(nil)
		if t != nil {
			flags, redirect, prefixes = trackingFlags(c, t), t.Redirect, t.Prefixes
		}
		c.Out.Map(3)
		c.Out.BulkString("flags")
		c.Out.Set(len(flags))
		for _, flag := range flags {
			c.Out.BulkString(flag)
		}
		c.Out.BulkString("redirect")
		c.Out.Int(redirect)
		c.Out.BulkString("prefixes")
		c.Out.Array(len(prefixes))
		for _, prefix := range prefixes {
			c.Out.BulkString(prefix)
		}
		return nil
	},
}

func trackingFlags(c *command.Ctx, t *command.Tracking) []string {
	flags := []string{"on"}
	for _, f := range []struct {
		on   bool
		name string
	}{
		{t.Broadcast, "bcast"},
		{t.OptIn, "optin"},
		{t.OptIn && c.Session.Caching(), "caching-yes"},
		{t.OptOut, "optout"},
		{t.OptOut && c.Session.Caching(), "caching-no"},
		{t.NoLoop, "noloop"},
		{t.Redirect != 0 && !exists(c, t.Redirect), "broken_redirect"},
	} {
		if f.on {
			flags = append(flags, f.name)
		}
	}
	return flags
}

var clientGetredirSpec = &command.Spec{
	Name:       "getredir",
	Arity:      2,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.0.0",
	Complexity: "O(1)",
	Summary:    "Get tracking notifications redirection client ID if any",
	Handler: func(c *command.Ctx) error {
		if t := c.Session.Tracking(); t != nil {
			c.Out.Int(t.Redirect)
		} else {
			c.Out.Int(-1)
		}
		return nil
	},
}

var clientCachingSpec = &command.Spec{
	Name:       "caching",
	Arity:      3,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.0.0",
	Complexity: "O(1)",
	Summary:    "Instruct the server about tracking or not keys in the next request",
	Args: []command.Arg{{Name: "mode", Type: "oneof", Args: []command.Arg{
		{Name: "yes", Type: "pure-token", Token: "YES"},
		{Name: "no", Type: "pure-token", Token: "NO"},
	}}},
	Handler: func(c *command.Ctx) error {
		t := c.Session.Tracking()
		switch {
		case t == nil:
			return command.Errorf("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
		case command.Is(c.Args[2], "YES"):
			if !t.OptIn {
				return command.Errorf("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
			}
		case command.Is(c.Args[2], "NO"):
			if !t.OptOut {
				return command.Errorf("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
			}
		default:
			return command.ErrSyntax
		}
		c.Session.SetCaching()
		c.Out.OK()
		return nil
	},
}
