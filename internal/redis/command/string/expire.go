package str

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// expireUnit says what the number of an expiry means.
type expireUnit struct {
	seconds  bool // or milliseconds
	absolute bool // since 1970, or from now
}

// expireOption is the option that arg names, "" if none.
func expireOption(arg []byte) (name string, unit expireUnit) {
	switch {
	case command.Is(arg, "EX"):
		return "EX", expireUnit{seconds: true}
	case command.Is(arg, "PX"):
		return "PX", expireUnit{}
	case command.Is(arg, "EXAT"):
		return "EXAT", expireUnit{seconds: true, absolute: true}
	case command.Is(arg, "PXAT"):
		return "PXAT", expireUnit{absolute: true}
	}
	return "", expireUnit{}
}

// parseExpire turns the argument of an expiry into unix milliseconds. It must be
// positive and must not overflow.
func parseExpire(c *command.Ctx, arg []byte, unit expireUnit, name string) (int64, error) {
	n, err := command.ParseInt(arg)
	if err != nil {
		return 0, err
	}
	if n <= 0 {
		return 0, command.ErrInvalidExpire(name)
	}
	if unit.seconds {
		if n > math.MaxInt64/1000 {
			return 0, command.ErrInvalidExpire(name)
		}
		n *= 1000
	}
	if unit.absolute {
		return n, nil
	}
	if n > math.MaxInt64-c.Keys.Now() {
		return 0, command.ErrInvalidExpire(name)
	}
	return c.Keys.Now() + n, nil
}
