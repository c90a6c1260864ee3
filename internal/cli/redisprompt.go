package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	shared "github.com/orbit-server/orbit/internal/prompt"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// prompt runs commands as they are typed, until the end of input, exit or quit.
func (s *redisSession) prompt(ctx context.Context) (err error) {
	names, err := s.commandNames()
	if err != nil {
		return err
	}
	db := s.o.database
	p, err := newPrompt(shared.RedisHistory, redisPrompt(db), func(before string) ([]string, int) {
		word := shared.LastWord(before)
		if word != strings.TrimLeft(before, " \t") {
			return nil, 0
		}
		return shared.Matching(names, word), len(word)
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	for ctx.Err() == nil {
		text, _, done, err := p.line()
		if err != nil || done {
			return err
		}
		words, err := resp.SplitLine(text)
		if err != nil {
			_, _ = fmt.Fprintln(s.o.streams.Err, "orbit: "+err.Error())
			continue
		}
		if len(words) == 0 {
			continue
		}
		if err := keepInHistory(p, text, words); err != nil {
			return err
		}
		if name := strings.ToLower(words[0]); name == "exit" || name == "quit" {
			return nil
		}
		err = s.run(words)
		var reply errReply
		switch {
		case errors.As(err, &reply) && !s.o.json:
			_, _ = fmt.Fprintf(s.o.streams.Out, "(error) %s\n", reply.text)
		case err != nil && reply.text == "":
			return err
		}
		if err == nil && len(words) == 2 && strings.EqualFold(words[0], "select") {
			if db, err = strconv.Atoi(words[1]); err == nil {
				p.SetPrompt(redisPrompt(db))
			}
		}
	}
	return nil
}

// keepInHistory keeps a line, but not passwords.
func keepInHistory(p *prompt, text string, words []string) error {
	if shared.Secret(words) {
		return nil
	}
	return p.SaveToHistory(text)
}

func redisPrompt(db int) string {
	if db == 0 {
		return "redis> "
	}
	return fmt.Sprintf("redis[%d]> ", db)
}

// commandNames asks for the commands there are, in capitals.
func (s *redisSession) commandNames() ([]string, error) {
	reply, err := s.Do("COMMAND", "LIST")
	if err != nil {
		return nil, err
	}
	names := []string{"EXIT"}
	for i := range reply.Items {
		if name := string(reply.Items[i].Text); !strings.Contains(name, "|") {
			names = append(names, strings.ToUpper(name))
		}
	}
	return names, nil
}
