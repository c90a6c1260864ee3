package connection

import (
	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
)

var authSpec = &command.Spec{
	Name:       "auth",
	Arity:      -2,
	Flags:      always | command.NoAuth | command.AllowBusy,
	Categories: fastConnection,
	Group:      "connection",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of passwords defined for the user",
	Summary:    "Authenticate to the server",
	Args: []command.Arg{
		{Name: "username", Type: "string", Optional: true},
		{Name: "password", Type: "string"},
	},
	Handler: auth,
}

func auth(c *command.Ctx) error {
	user, password := []byte(acl.DefaultName), c.Args[len(c.Args)-1]
	switch {
	case len(c.Args) > 3:
		return command.ErrSyntax
	case len(c.Args) == 3:
		user = c.Args[1]
	case c.Server.Users().Default().NoPass():
		return command.Errorf("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	}
	if err := authenticate(c, user, password); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

// authenticate makes the client the user if the password is right.
func authenticate(c *command.Ctx, name, password []byte) error {
	user, ok := c.Server.Users().Authenticate(name, password)
	if !ok {
		context := command.AtTopLevel
		if c.Session.InMulti() {
			context = command.InMulti
		}
		command.LogDenial(c.Session, c.Server, acl.DeniedAuth, context, string(c.Args[0]), string(name))
		return command.ErrWrongPass
	}
	c.Session.Authenticate(user)
	return nil
}
