package server

import (
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
)

// Users is command.Server's.
func (s *Server) Users() *acl.Users { return s.users }

// openUsers makes the default user as requirepass and the ACL file want it.
func (s *Server) openUsers() error {
	s.users = acl.New(s.registry.AccessTable())
	s.users.Deleted, s.users.Narrowed = s.dropUser, s.dropSubscribers
	s.users.SetAllChannels(s.params.Text("acl-pubsub-default") == "allchannels")
	s.params.OnChange("acl-pubsub-default", func(text string) { s.users.SetAllChannels(text == "allchannels") })
	s.params.OnChange("requirepass", s.users.SetDefaultPassword)
	if password := s.params.Text("requirepass"); password != "" {
		s.users.SetDefaultPassword(password)
	}
	path := s.params.Text("aclfile")
	if path == "" {
		return s.recallUsers()
	}
	if err := s.users.Load(path); err != nil {
		return fmt.Errorf("redis server: access rules: %w", err)
	}
	return nil
}

// recallUsers makes the users that CONFIG REWRITE kept. A password that the
// configuration gives stays the default user's.
func (s *Server) recallUsers() error {
	if len(s.opts.Users) == 0 {
		return nil
	}
	if err := s.users.LoadText("users kept by CONFIG REWRITE", strings.Join(s.opts.Users, "\n")); err != nil {
		return fmt.Errorf("redis server: access rules: %w", err)
	}
	if password := s.params.Text("requirepass"); password != "" && !s.params.IsChanged("requirepass") {
		s.users.SetDefaultPassword(password)
	}
	return nil
}

// RewriteConfig implements command.Server.
func (s *Server) RewriteConfig() error {
	if s.opts.KeepConfig == nil {
		return command.Errorf("ERR The server is running without a config file")
	}
	var users []string
	if s.params.Text("aclfile") == "" {
		users = s.users.Describe()
	}
	if err := s.opts.KeepConfig(s.params.Changed(), users); err != nil {
		s.log.Error("CONFIG REWRITE", "error", err)
		return command.Errorf("ERR Rewriting config file: %s", err)
	}
	return nil
}

// become makes the session a user's.
func (s *session) become(user *acl.User, authed bool) {
	s.user, s.authed = user, authed
	s.reader.Unauthenticated = !authed
	s.shared.user.Store(user)
}

// greetDefault makes the session what a new connection is.
func (s *session) greetDefault() {
	if owner := s.worker.owner; owner != nil {
		s.become(owner, true)
		return
	}
	user := s.worker.srv.users.Default()
	s.become(user, !user.NeedsPassword())
}

// unlimited reports whether the session may run anything: the one thing that is
// asked for every command.
func (s *session) unlimited() bool { return s.authed && s.user.Unlimited() }

// permit decides about a command of a session that is not unlimited.
func (s *session) permit(spec *command.Spec, args [][]byte) error {
	srv := s.worker.srv
	if !s.authed && !spec.Has(command.NoAuth) && srv.users.Default().NeedsPassword() {
		return command.ErrNoAuth
	}
	if s.multi.active && spec.Has(command.NoMulti) {
		return nil // refused for that
	}
	context := command.AtTopLevel
	if s.multi.active {
		context = command.InMulti
	}
	if denial := command.Permit(s, srv, spec, args, context); denial != acl.Allowed {
		return command.DenialReply(denial, spec)
	}
	return nil
}

// permitQueued decides about a command of EXEC: the rules may have changed since
// it was queued.
func (s *session) permitQueued(spec *command.Spec, args [][]byte) error {
	reason := ""
	switch command.Permit(s, s.worker.srv, spec, args, command.InMulti) {
	case acl.Allowed:
		return nil
	case acl.DeniedCommand:
		reason = "no permission to execute the command or subcommand"
	case acl.DeniedKey:
		reason = "no permission to touch the specified keys"
	case acl.DeniedChannel:
		reason = "no permission to access one of the channels used as arguments"
	}
	return command.Errorf("NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: %s", reason)
}

// permitWaiter decides about a command that waited: the rules may have changed
// meanwhile.
func (s *Server) permitWaiter(w *waiter) error {
	if denial := command.Permit(w.session, s, w.spec, w.args, command.AtTopLevel); denial != acl.Allowed {
		return command.DenialReply(denial, w.spec)
	}
	return nil
}

// User is command.Session's.
func (s *session) User() *acl.User { return s.user }

// Authenticate is command.Session's.
func (s *session) Authenticate(user *acl.User) { s.become(user, true) }

// dropUser closes the connections of a user that is gone.
func (s *Server) dropUser(user *acl.User) {
	s.clients.each(func(client *session) {
		if client.shared.user.Load() == user {
			client.kill()
		}
	})
}

// dropSubscribers closes the connections of a user that have subscriptions which
// it may not keep.
func (s *Server) dropSubscribers(user *acl.User, keeps func(channel []byte, isPattern bool) bool) {
	p := &s.pubsub
	p.mu.RLock()
	defer p.mu.RUnlock()
	for topic, names := range p.topics {
		for name, sessions := range names {
			if keeps([]byte(name), command.Topic(topic) == command.Pattern) {
				continue
			}
			for client := range sessions {
				if client.shared.user.Load() == user {
					client.kill()
				}
			}
		}
	}
}

// kill has a connection closed, from any goroutine: at once, or once it has its
// replies if it closes anyway. Other clients see it no more.
func (s *session) kill() {
	s.setFlag(flagClosing|flagKilled, true)
	s.worker.post(func() {
		switch {
		case s.closed:
		case s.hold&holdLong != 0, s.hold&holdClose != 0:
			s.Close()
			s.closeIfDone()
		default:
			s.conn.close()
		}
	})
}
