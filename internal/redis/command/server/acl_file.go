package server

import "github.com/orbit-server/orbit/internal/redis/command"

const errNoFile command.Error = "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration."

func aclLoad(c *command.Ctx) error {
	path := c.Server.Params().Text("aclfile")
	if path == "" {
		return errNoFile
	}
	if err := c.Server.Users().Load(path); err != nil {
		return command.Errorf("ERR %s WARNING: ACL errors detected, no change to the previously active ACL rules was performed", err)
	}
	c.Out.OK()
	closeIfDeleted(c)
	return nil
}

func aclSave(c *command.Ctx) error {
	path := c.Server.Params().Text("aclfile")
	if path == "" {
		return errNoFile
	}
	if err := c.Server.Users().Save(path); err != nil {
		return command.Errorf("ERR There was an error trying to save the ACLs: %s", err)
	}
	c.Out.OK()
	return nil
}
