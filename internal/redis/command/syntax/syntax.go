package syntax

import "github.com/orbit-server/orbit/internal/redis/command"

// Piece is the grammar of one piece of a command's arguments. Match looks at
// the front of args and reports how many of them it takes: 0 when it does not
// apply. An error ends the parsing: the piece applies but is wrong.
//
// A handler's parser reads as the command's syntax:
//
//	err := syntax.Parse(c.Args[1:],
//		syntax.Bytes(&key),
//		syntax.Bytes(&value),
//		syntax.Options(
//			syntax.OneOf(command.Flag("NX", &nx), syntax.Flag("XX", &xx)),
//			syntax.Flag("GET", &get),
//			syntax.Named("EX", syntax.Int(&seconds)),
//		))
//
// Each piece escapes to the heap, which costs some 50 ns; a command on the hot
// path handles its bare form before it parses.
type Piece interface {
	Match(args [][]byte) (n int, err error)
}

// syntaxFunc makes a Piece of a function.
type syntaxFunc func(args [][]byte) (int, error)

func (f syntaxFunc) Match(args [][]byte) (int, error) { return f(args) }

// Parse matches args against pieces in their order. Every piece must apply,
// unless it is an optional one, and nothing may be left over.
func Parse(args [][]byte, pieces ...Piece) error {
	for _, piece := range pieces {
		n, err := piece.Match(args)
		if err != nil {
			return err
		}
		if n == 0 && !optional(piece) {
			return command.ErrSyntax
		}
		args = args[n:]
	}
	if len(args) > 0 {
		return command.ErrSyntax
	}
	return nil
}

// value makes the Piece of a single argument.
func value(set func(arg []byte) error) Piece {
	return syntaxFunc(func(args [][]byte) (int, error) {
		if len(args) == 0 {
			return 0, nil
		}
		return 1, set(args[0])
	})
}

// Bytes takes one argument as it is. The slice is the connection's.
func Bytes(dst *[]byte) Piece {
	return value(func(arg []byte) error {
		*dst = arg
		return nil
	})
}

// String takes one argument as a string of its own.
func String(dst *string) Piece {
	return value(func(arg []byte) error {
		*dst = string(arg)
		return nil
	})
}

// Int takes one integer.
func Int(dst *int64) Piece {
	return value(func(arg []byte) (err error) {
		*dst, err = command.ParseInt(arg)
		return err
	})
}

// IntOr is Int with an error of its own when the argument is no integer.
func IntOr(dst *int64, otherwise error) Piece {
	return value(func(arg []byte) (err error) {
		if *dst, err = command.ParseInt(arg); err != nil {
			return otherwise
		}
		return nil
	})
}

// Float takes one floating point number.
func Float(dst *float64) Piece {
	return value(func(arg []byte) (err error) {
		*dst, err = command.ParseFloat(arg)
		return err
	})
}

// Value takes one argument and hands it to set.
func Value(set func(arg []byte) error) Piece { return value(set) }

// Rest takes all remaining arguments, at least one.
func Rest(dst *[][]byte) Piece {
	return syntaxFunc(func(args [][]byte) (int, error) {
		*dst = args
		return len(args), nil
	})
}

// Counted takes a number and then as many arguments ("numkeys key [key …]").
// bad is the error for a number that is not positive.
func Counted(dst *[][]byte, bad error) Piece {
	return syntaxFunc(func(args [][]byte) (int, error) {
		if len(args) == 0 {
			return 0, nil
		}
		n, err := command.ParseInt(args[0])
		if err != nil {
			return 0, err
		}
		if n <= 0 {
			return 0, bad
		}
		if n > int64(len(args)-1) {
			return 0, command.ErrSyntax
		}
		*dst = args[1 : 1+n]
		return int(n) + 1, nil
	})
}

// Token takes the word itself, in any case.
func Token(word string) Piece {
	return syntaxFunc(func(args [][]byte) (int, error) {
		if len(args) > 0 && command.Is(args[0], word) {
			return 1, nil
		}
		return 0, nil
	})
}

// Flag takes a word and sets *dst.
func Flag(word string, dst *bool) Piece {
	return syntaxFunc(func(args [][]byte) (int, error) {
		if len(args) > 0 && command.Is(args[0], word) {
			*dst = true
			return 1, nil
		}
		return 0, nil
	})
}

// Choice takes any one of words and sets *dst to its position plus one.
func Choice(dst *int, words ...string) Piece {
	return syntaxFunc(func(args [][]byte) (int, error) {
		if len(args) == 0 {
			return 0, nil
		}
		for i, word := range words {
			if command.Is(args[0], word) {
				*dst = i + 1
				return 1, nil
			}
		}
		return 0, nil
	})
}

// Named takes a word and then all of pieces ("LIMIT offset count").
func Named(word string, pieces ...Piece) Piece {
	return syntaxFunc(func(args [][]byte) (int, error) {
		if len(args) == 0 || !command.Is(args[0], word) {
			return 0, nil
		}
		used := 1
		for _, piece := range pieces {
			n, err := piece.Match(args[used:])
			if err != nil {
				return 0, err
			}
			if n == 0 && !optional(piece) {
				return 0, command.ErrSyntax
			}
			used += n
		}
		return used, nil
	})
}

// options is a Piece that may match nothing.
type options struct {
	match func(args [][]byte) (int, error)
}

func (o options) Match(args [][]byte) (int, error) { return o.match(args) }

func optional(s Piece) bool {
	_, ok := s.(options)
	return ok
}

// Optional takes piece if it applies.
func Optional(piece Piece) Piece { return options{match: piece.Match} }

// Options takes any of pieces, in any order, until none applies. A piece may
// come again; the last one counts, as in redis-server, unless OneOf forbids it.
func Options(pieces ...Piece) Piece {
	return options{match: func(args [][]byte) (int, error) {
		used := 0
		for used < len(args) {
			n, err := matchAny(pieces, args[used:])
			if err != nil {
				return 0, err
			}
			if n == 0 {
				break
			}
			used += n
		}
		return used, nil
	}}
}

func matchAny(pieces []Piece, args [][]byte) (int, error) {
	for _, piece := range pieces {
		if n, err := piece.Match(args); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, nil
}

// OneOf takes one of pieces; a second, different one is a syntax error. It
// remembers the first, so it serves one parsing only.
func OneOf(pieces ...Piece) Piece {
	taken := -1
	return syntaxFunc(func(args [][]byte) (int, error) {
		for i, piece := range pieces {
			n, err := piece.Match(args)
			if err != nil {
				return 0, err
			}
			if n == 0 {
				continue
			}
			if taken >= 0 && taken != i {
				return 0, command.ErrSyntax
			}
			taken = i
			return n, nil
		}
		return 0, nil
	})
}
