package keyspace

import "iter"

// Effects are what a run did, as commands that do the same to a copy of the
// keyspace. Commands that were one to their client (a transaction, a script, a
// pop with the expiry before it) are one unit: a follower must see all of it or
// nothing.
type Effects struct {
	text     []byte   // the words of all commands
	ends     []int    // where each word ends in text
	commands []effect // in order
	units    []int    // where each unit ends in commands
}

// effect is one command of Effects.
type effect struct {
	db   int
	last int // where its words end in Effects.ends
}

// Begin starts a command on a database; its words follow.
func (e *Effects) Begin(db int) { e.commands = append(e.commands, effect{db, len(e.ends)}) }

// Word adds a word to the command begun last.
func (e *Effects) Word(word []byte) {
	e.text = append(e.text, word...)
	e.endWord()
}

// WordString is Word.
func (e *Effects) WordString(word string) {
	e.text = append(e.text, word...)
	e.endWord()
}

func (e *Effects) endWord() {
	e.ends = append(e.ends, len(e.text))
	e.commands[len(e.commands)-1].last = len(e.ends)
}

// Add adds a command.
func (e *Effects) Add(db int, words [][]byte) {
	e.Begin(db)
	for _, word := range words {
		e.Word(word)
	}
}

// EndUnit closes the unit of the commands added since the last one.
func (e *Effects) EndUnit() {
	if n := len(e.units); len(e.commands) > 0 && (n == 0 || e.units[n-1] < len(e.commands)) {
		e.units = append(e.units, len(e.commands))
	}
}

// DropUnit forgets the commands added since the last unit was closed.
func (e *Effects) DropUnit() {
	keep := 0
	if n := len(e.units); n > 0 {
		keep = e.units[n-1]
	}
	e.commands = e.commands[:keep]
	words := 0
	if keep > 0 {
		words = e.commands[keep-1].last
	}
	e.ends = e.ends[:words]
	text := 0
	if words > 0 {
		text = e.ends[words-1]
	}
	e.text = e.text[:text]
}

// Empty reports whether there is no command.
func (e *Effects) Empty() bool { return len(e.commands) == 0 }

// Units gives the commands of each unit, in order. What was added last is a unit
// even if nobody ended it.
func (e *Effects) Units() iter.Seq[Unit] {
	return func(yield func(Unit) bool) {
		e.EndUnit()
		from := 0
		for _, to := range e.units {
			if !yield(Unit{e, from, to}) {
				return
			}
			from = to
		}
	}
}

// Unit is commands that belong together.
type Unit struct {
	of       *Effects
	from, to int
}

// Len is the number of commands, at least one.
func (u Unit) Len() int { return u.to - u.from }

// DB is the database of command i.
func (u Unit) DB(i int) int { return u.of.commands[u.from+i].db }

// Words gives the words of command i. They are valid as long as the Effects.
func (u Unit) Words(i int) (n int, words iter.Seq[[]byte]) {
	e, at := u.of, u.from+i
	first := 0
	if at > 0 {
		first = e.commands[at-1].last
	}
	last := e.commands[at].last
	return last - first, func(yield func([]byte) bool) {
		from := 0
		if first > 0 {
			from = e.ends[first-1]
		}
		for _, end := range e.ends[first:last] {
			if !yield(e.text[from:end]) {
				return
			}
			from = end
		}
	}
}

// maxKeptEffects is the size of text up to which a run keeps its buffers.
const maxKeptEffects = 1 << 20

func (e *Effects) reset() {
	if cap(e.text) > maxKeptEffects {
		*e = Effects{}
		return
	}
	e.text, e.ends, e.commands, e.units = e.text[:0], e.ends[:0], e.commands[:0], e.units[:0]
}
