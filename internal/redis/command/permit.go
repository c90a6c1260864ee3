package command

import (
	"time"

	"github.com/orbit-server/orbit/internal/redis/acl"
)

// Contexts in which ACL LOG tells denials.
const (
	AtTopLevel = "toplevel"
	InMulti    = "multi"
	InLua      = "lua"
)

// Permit reports whether the session's user may run a command, and records it if
// not.
func Permit(session Session, server Server, spec *Spec, args [][]byte, context string) acl.Denial {
	user := session.User()
	denial, at := user.Check(spec.Request(args))
	if denial == acl.Allowed {
		return denial
	}
	object := spec.FullName()
	if denial != acl.DeniedCommand {
		object = string(args[at])
	}
	LogDenial(session, server, denial, context, object, user.Name())
	return denial
}

// LogDenial records and counts a denial.
func LogDenial(session Session, server Server, denial acl.Denial, context, object, user string) {
	info := session.Info()
	server.Telemetry().Denied[denial].Add(1)
	server.Users().Log.Add(acl.Entry{
		Reason: denial, Context: context, Object: object, User: user, Client: info.String(), Created: time.Now(),
	}, server.Params().Int("acllog-max-len"))
}

// DenialReply is the reply to a command that the user may not run.
func DenialReply(denial acl.Denial, spec *Spec) error {
	switch denial {
	case acl.DeniedKey:
		return Error("NOPERM this user has no permissions to access one of the keys used as arguments")
	case acl.DeniedChannel:
		return Error("NOPERM this user has no permissions to access one of the channels used as arguments")
	}
	return Errorf("NOPERM this user has no permissions to run the '%s' command", spec.FullName())
}
