package param

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// OutputLimit is one class of client-output-buffer-limit: a client whose pending
// replies exceed Hard bytes, or Soft bytes for longer than Time, is closed. 0
// bytes means no limit.
type OutputLimit struct {
	Hard, Soft int64
	Time       time.Duration
}

// OutputLimits is client-output-buffer-limit.
type OutputLimits struct{ Normal, Replica, PubSub OutputLimit }

const outputLimitDefault = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"

// ParseOutputLimits reads groups of class, hard, soft, seconds. Classes that are
// not named keep the limits of base.
func ParseOutputLimits(text string, base OutputLimits) (OutputLimits, error) {
	words := strings.Fields(text)
	if len(words) == 0 || len(words)%4 != 0 {
		return base, errors.New("Wrong number of arguments in buffer limit configuration.")
	}
	for ; len(words) > 0; words = words[4:] {
		var class *OutputLimit
		switch lower(words[0]) {
		case "normal":
			class = &base.Normal
		case "slave", "replica":
			class = &base.Replica
		case "pubsub":
			class = &base.PubSub
		default:
			return base, errors.New("Invalid client class specified in buffer limit configuration.")
		}
		hard, okHard := parseMemory(words[1])
		soft, okSoft := parseMemory(words[2])
		seconds, err := strconv.ParseInt(words[3], 10, 32)
		if !okHard || !okSoft || err != nil || seconds < 0 {
			return base, errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		*class = OutputLimit{hard, soft, time.Duration(seconds) * time.Second}
	}
	return base, nil
}

func (l OutputLimit) String() string {
	return fmt.Sprintf("%d %d %d", l.Hard, l.Soft, l.Time/time.Second)
}

func (l OutputLimits) String() string {
	return fmt.Sprintf("normal %s slave %s pubsub %s", l.Normal, l.Replica, l.PubSub)
}

// OutputLimits is the present value of client-output-buffer-limit.
func (p *Params) OutputLimits() OutputLimits {
	limits, err := ParseOutputLimits(p.Text("client-output-buffer-limit"), OutputLimits{})
	if err != nil {
		panic(err) // only checked text is stored
	}
	return limits
}

// checkOutputLimits fills the classes that are not named with their defaults.
func checkOutputLimits(text string) (string, error) {
	base, err := ParseOutputLimits(outputLimitDefault, OutputLimits{})
	if err != nil {
		return "", err
	}
	limits, err := ParseOutputLimits(text, base)
	if err != nil {
		return "", err
	}
	return limits.String(), nil
}
