package command

// Tracker is a session's client-side caching.
type Tracker interface {
	// Tracking is how the client is told of changed keys, nil if it is not. It
	// must not be modified.
	Tracking() *Tracking
	// SetTracking turns it on, changes it, or turns it off with nil.
	SetTracking(t *Tracking)
	// SetCaching is CLIENT CACHING, for the next command; Caching says whether
	// it was called just before.
	SetCaching()
	Caching() bool
}

// TrackingStats are what the server remembers for CLIENT TRACKING.
type TrackingStats struct {
	Clients  int
	Keys     int
	Items    int // clients that may cache a key, summed over the keys
	Prefixes int // that are broadcast to anybody
}

// Tracking is a mode of CLIENT TRACKING.
type Tracking struct {
	// Redirect is the client that gets the messages, 0 for the client itself.
	Redirect int64
	// Broadcast has the client told of all keys that begin with a prefix, not of
	// those that it read.
	Broadcast bool
	Prefixes  []string
	// OptIn tracks only the commands after CLIENT CACHING YES, OptOut all but
	// those after CLIENT CACHING NO.
	OptIn, OptOut bool
	// NoLoop leaves out what the client changed itself.
	NoLoop bool
}
