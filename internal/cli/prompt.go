package cli

import (
	"errors"
	"io"

	"github.com/ergochat/readline"

	shared "github.com/orbit-server/orbit/internal/prompt"
)

// prompt reads lines at a terminal, with history that is kept across runs.
type prompt struct{ *readline.Instance }

// completion gives the words that may stand where the cursor is: whole words that
// begin with the last `typed` bytes of what stands before it.
type completion func(before string) (words []string, typed int)

// newPrompt opens a prompt whose history is kept under a name.
func newPrompt(history, text string, complete completion) (*prompt, error) {
	o := &readline.Config{
		Prompt: text, HistoryFile: shared.HistoryFile(history), HistoryLimit: shared.HistoryLimit, HistorySearchFold: true,
		DisableAutoSaveHistory: true, AutoComplete: completer{complete}, Undo: true,
	}
	i, err := readline.NewFromConfig(o)
	if err != nil {
		return nil, err
	}
	return &prompt{i}, nil
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
