package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ergochat/readline"
)

// prompt reads lines at a terminal, with history that is kept across runs.
type prompt struct{ *readline.Instance }

// completion gives the words that may stand where the cursor is: whole words that
// begin with the last `typed` bytes of what stands before it.
type completion func(before string) (words []string, typed int)

// newPrompt opens a prompt whose history is kept under a name.
func newPrompt(history, text string, complete completion) (*prompt, error) {
	o := &readline.Config{
		Prompt: text, HistoryFile: historyFile(history), HistoryLimit: 10_000, HistorySearchFold: true,
		DisableAutoSaveHistory: true, AutoComplete: completer{complete}, Undo: true,
	}
	i, err := readline.NewFromConfig(o)
	if err != nil {
		return nil, err
	}
	return &prompt{i}, nil
}

// historyFile is in the user's state directory, readable by nobody else; "" if there
// is no such directory.
func historyFile(name string) string {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(home, ".local", "state")
	}
	dir := filepath.Join(base, "orbit")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil || f.Close() != nil {
		return ""
	}
	return path
}

// line reads a line. done tells that there will be no more; an interrupted line is
// empty.
func (p *prompt) line() (text string, interrupted, done bool, err error) {
	text, err = p.ReadLine()
	switch {
	case errors.Is(err, readline.ErrInterrupt):
		return "", true, false, nil
	case errors.Is(err, io.EOF):
		return "", false, true, nil
	}
	return text, false, false, err
}

// completer is completion as the library wants it.
type completer struct{ complete completion }

// Do is readline.AutoCompleter's.
func (c completer) Do(line []rune, pos int) (rest [][]rune, length int) {
	before := string(line[:pos])
	words, typed := c.complete(before)
	for _, w := range words {
		rest = append(rest, []rune(w[typed:]+" "))
	}
	return rest, len([]rune(before[len(before)-typed:]))
}

// lastWord is what stands before the cursor since the last space.
func lastWord(before string) string {
	return before[strings.LastIndexAny(before, " \t(,")+1:]
}

// matching are the words that begin with what was typed, in any case, as they are to
// be written.
func matching(words []string, typed string) (found []string) {
	for _, w := range words {
		if len(w) >= len(typed) && strings.EqualFold(w[:len(typed)], typed) {
			found = append(found, w)
		}
	}
	return found
}
