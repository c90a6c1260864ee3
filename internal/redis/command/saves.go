package command

import "time"

// Saves is the state of SAVE, BGSAVE and BGREWRITEAOF.
type Saves struct {
	InBackground  bool
	For           time.Duration // the present one in the background
	Took          time.Duration // the last one in the background, negative before the first
	Failed        bool          // the last one in the background
	Count         int64
	Changes       int64 // commands that changed the data since the last one
	Rewriting     bool
	RewriteFailed bool // the last one
}
