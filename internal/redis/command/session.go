package command

// Session is the connection a command came on, as commands see it. Its methods
// are called on the session's own goroutine or event loop only.
type Session interface {
	// ID is the client's id, never used twice in a server's life.
	ID() int64
	// SelectDB changes the selected database for the commands that follow.
	SelectDB(db int)
}

// Server is what commands about the server itself work with. All methods are
// safe for concurrent use.
type Server interface {
	// Registry is the table of commands.
	Registry() *Registry
}
