package connection

import (
	"crypto/sha256"
	"crypto/subtle"

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
	user, password := []byte(defaultUser), c.Args[len(c.Args)-1]
	switch {
	case len(c.Args) > 3:
		return command.ErrSyntax
	case len(c.Args) == 3:
		user = c.Args[1]
	case c.Server.Params().Text("requirepass") == "":
		return command.Errorf("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	}
	if !valid(c.Server, user, password) {
		return command.ErrWrongPass
	}
	c.Session.Authenticate()
	c.Out.OK()
	return nil
}

// defaultUser is the only user there is.
const defaultUser = "default"

// valid compares the password in a time that does not depend on it.
func valid(s command.Server, user, password []byte) bool {
	required := s.Params().Text("requirepass")
	want, got := sha256.Sum256([]byte(required)), sha256.Sum256(password)
	same := subtle.ConstantTimeCompare(want[:], got[:]) == 1
	return string(user) == defaultUser && (same || required == "")
}
