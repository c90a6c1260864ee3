package connection

import (
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var clientKillSpec = &command.Spec{
	Name:       "kill",
	Arity:      -3,
	Flags:      clientFlags | command.Admin,
	Categories: adminSlow,
	Group:      "connection",
	Since:      "2.4.0",
	Complexity: "O(N) where N is the number of client connections",
	Summary:    "Kill the connection of a client",
	Args: []command.Arg{{Name: "filter", Type: "oneof", Args: []command.Arg{
		{Name: "old-format", Type: "string"},
		{Name: "new-format", Type: "oneof", Multiple: true, Args: []command.Arg{
			{Name: "client-id", Type: "integer", Token: "ID", Optional: true},
			{Name: "client-type", Type: "oneof", Token: "TYPE", Optional: true, Args: typeArgs},
			{Name: "username", Type: "string", Token: "USER", Optional: true},
			{Name: "addr", Type: "string", Token: "ADDR", Optional: true},
			{Name: "laddr", Type: "string", Token: "LADDR", Optional: true},
			{Name: "skipme", Type: "oneof", Token: "SKIPME", Optional: true, Args: []command.Arg{
				{Name: "yes", Type: "pure-token", Token: "YES"},
				{Name: "no", Type: "pure-token", Token: "NO"},
			}},
			{Name: "maxage", Type: "integer", Token: "MAXAGE", Optional: true},
		}},
	}}},
	Handler: clientKill,
}

// victims says which clients to kill.
type victims struct {
	id, maxAge        int64
	kind, addr, laddr string
	user              string // if byUser
	byUser            bool
	skipMe            bool
}

func clientKill(c *command.Ctx) error {
	if len(c.Args) == 3 {
		n := kill(c, victims{addr: string(c.Args[2])})
		if n == 0 {
			return command.Errorf("ERR No such client")
		}
		c.Out.OK()
		return nil
	}
	v := victims{skipMe: true}
	if len(c.Args)%2 != 0 {
		return command.ErrSyntax
	}
	for args := c.Args[2:]; len(args) > 0; args = args[2:] {
		if err := v.set(c, args[0], args[1]); err != nil {
			return err
		}
	}
	c.Out.Int(int64(kill(c, v)))
	return nil
}

func (v *victims) set(c *command.Ctx, option, value []byte) (err error) {
	switch {
	case command.Is(option, "ID"):
		if v.id, err = command.ParseInt(value); err != nil || v.id < 1 {
			return command.Errorf("ERR client-id should be greater than 0")
		}
	case command.Is(option, "MAXAGE"):
		if v.maxAge, err = command.ParseInt(value); err != nil || v.maxAge < 1 {
			return command.Errorf("ERR maxage is not an integer or out of range")
		}
	case command.Is(option, "TYPE"):
		v.kind, err = clientType(value)
	case command.Is(option, "ADDR"):
		v.addr = string(value)
	case command.Is(option, "LADDR"):
		v.laddr = string(value)
	case command.Is(option, "USER"):
		v.byUser = true
		if v.user = string(value); c.Server.Users().Get(v.user) == nil {
			return command.Errorf("ERR No such user '%s'", value)
		}
	case command.Is(option, "SKIPME") && command.Is(value, "YES"):
		v.skipMe = true
	case command.Is(option, "SKIPME") && command.Is(value, "NO"):
		v.skipMe = false
	default:
		return command.ErrSyntax
	}
	return err
}

func (v *victims) match(i *command.ClientInfo) bool {
	return (v.id == 0 || v.id == i.ID) &&
		(v.kind == "" || v.kind == i.Type) &&
		(v.addr == "" || v.addr == i.Addr) &&
		(v.laddr == "" || v.laddr == i.LAddr) &&
		(!v.byUser || v.user == i.User) &&
		(v.maxAge == 0 || i.Age >= time.Duration(v.maxAge)*time.Second)
}

// kill closes the clients and counts them. The caller itself goes only after its
// reply.
func kill(c *command.Ctx, v victims) (n int) {
	me := c.Session.ID()
	for _, info := range c.Server.Clients() {
		switch {
		case !v.match(&info):
		case info.ID == me && v.skipMe:
		case info.ID == me:
			c.Session.Close()
			n++
		case c.Server.KillClient(info.ID):
			n++
		}
	}
	return n
}
