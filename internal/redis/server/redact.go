package server

import (
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// redacted stands for secrets in the slow log and in MONITOR.
var redacted = []byte("(redacted)")

// redact hides the passwords, and the users, that a command carries.
func redact(spec *command.Spec, args [][]byte) [][]byte {
	switch spec.FullName() {
	case "auth":
		return hide(args, func(i int) bool { return i > 0 })
	case "acl|setuser":
		return hide(args, func(i int) bool { return i > 1 })
	case "config|set":
		return hide(args, func(i int) bool { return i > 2 && i%2 == 1 && secretParam(args[i-1]) })
	case "hello", "migrate":
		return hide(args, secretOption(args))
	}
	return args
}

// hide copies args without those at the chosen positions.
func hide(args [][]byte, secret func(i int) bool) [][]byte {
	out := append([][]byte(nil), args...)
	for i := range out {
		if secret(i) {
			out[i] = redacted
		}
	}
	return out
}

func secretParam(name []byte) bool {
	for _, secret := range []string{"requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"} {
		if command.Is(name, secret) {
			return true
		}
	}
	return false
}

// secretOption tells the words after AUTH and AUTH2: a user and a password, but for
// MIGRATE's AUTH, which has only the latter.
func secretOption(args [][]byte) func(i int) bool {
	var secret []int
	for i := 1; i < len(args); i++ {
		switch {
		case command.Is(args[i], "AUTH") && command.Is(args[0], "migrate"):
			secret = append(secret, i+1)
			i++
		case command.Is(args[i], "AUTH"), command.Is(args[i], "AUTH2"):
			secret = append(secret, i+1, i+2)
			i += 2
		}
	}
	return func(i int) bool { return slices.Contains(secret, i) }
}
