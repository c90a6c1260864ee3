package server

import "github.com/orbit-server/orbit/internal/redis/command"

const syncFlags = command.Admin | command.NoScript | command.NoAsyncLoading | command.NoMulti

var syncSpec = &command.Spec{
	Name:       "sync",
	Arity:      1,
	Flags:      syncFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of keys",
	Summary:    "Internal command used for replication",
	Handler: func(c *command.Ctx) error {
		if err := needsLink(c); err != nil {
			return err
		}
		c.Session.Sync("", 0)
		return nil
	},
}

var psyncSpec = &command.Spec{
	Name:       "psync",
	Arity:      -3,
	Flags:      syncFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "2.8.0",
	Complexity: "O(N) where N is the number of keys",
	Summary:    "Internal command used for replication",
	Args: []command.Arg{
		{Name: "replicationid", Type: "string"},
		{Name: "offset", Type: "integer"},
	},
	Handler: psync,
}

func psync(c *command.Ctx) error {
	if len(c.Args) > 3 && command.Is(c.Args[3], "FAILOVER") {
		return command.Errorf("ERR PSYNC FAILOVER can't be sent to a master.")
	}
	id := string(c.Args[1])
	// The offset is that of the next byte wanted, counted from one.
	next, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if id == "" {
		id = "?"
	}
	if err := needsLink(c); err != nil {
		return err
	}
	c.Session.Sync(id, next-1)
	return nil
}

// needsLink is an error while the server itself follows a primary and has no link to
// it: what it has is not to be handed on.
func needsLink(c *command.Ctx) error {
	if p := c.Server.Replication().Primary; p != nil && !p.Up {
		return command.Errorf("NOMASTERLINK Can't SYNC while not connected with my master")
	}
	return nil
}

var replconfSpec = &command.Spec{
	Name:       "replconf",
	Arity:      -1,
	Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.AllowBusy,
	Categories: adminSlow,
	Group:      "server",
	Since:      "3.0.0",
	Complexity: "O(1)",
	Summary:    "An internal command for configuring the replication stream",
	Handler:    replconf,
}

// replconf takes what a replica says of itself. ACK and GETACK have no reply.
func replconf(c *command.Ctx) error {
	if len(c.Args)%2 == 0 {
		return command.ErrSyntax
	}
	h := c.Session.Handshake()
	for args := c.Args[1:]; len(args) > 0; args = args[2:] {
		option, value := args[0], args[1]
		switch {
		case command.Is(option, "LISTENING-PORT"):
			port, err := command.ParseInt(value)
			if err != nil {
				return err
			}
			h.Port = int(port)
		case command.Is(option, "IP-ADDRESS"):
			if len(value) >= maxHost {
				return command.Errorf("ERR REPLCONF ip-address provided by replica instance is too long: %d bytes", len(value))
			}
			h.Host = string(value)
		case command.Is(option, "CAPA"):
			h.EOF = h.EOF || command.Is(value, "EOF")
		case command.Is(option, "ACK"):
			if offset, err := command.ParseInt(value); err == nil {
				c.Session.Acknowledge(offset)
			}
			if len(args) > 3 && command.Is(args[2], "FACK") {
				if offset, err := command.ParseInt(args[3]); err == nil {
					c.Session.AcknowledgeOnDisk(offset)
				}
			}
			return nil
		case command.Is(option, "GETACK"):
			c.Session.AskedForAck()
			return nil
		case command.Is(option, "RDB-ONLY"):
			if len(value) != 1 || value[0] != '0' && value[0] != '1' {
				return command.Errorf("ERR value is out of range, value must between 0 and 1")
			}
			h.RDBOnly = value[0] == '1'
		case command.Is(option, "RDB-FILTER-ONLY"):
			return command.ErrNotSupported("REPLCONF rdb-filter-only")
		default:
			return command.Errorf("ERR Unrecognized REPLCONF option: %s", option)
		}
	}
	c.Out.OK()
	return nil
}

// maxHost is redis-server's NET_HOST_STR_LEN.
const maxHost = 256
