package keys

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// ops are what is done to keys of a database, from the list and from a value.
type ops struct {
	env *pane.Env
	db  int
}

// changeTimeout bounds a change. What it changed until then stays changed.
const changeTimeout = 5 * time.Minute

// do runs a change outside of Update, and says what was done.
func do(change func(ctx context.Context) (said string, err error)) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), changeTimeout)
		defer cancel()
		said, err := change(ctx)
		if err != nil {
			return pane.Toast{Text: err.Error(), Level: pane.Failure}
		}
		return pane.Toast{Text: said, Level: pane.Done}
	}
}

// then has what is shown fetched again after a change.
func then(change tea.Cmd) tea.Cmd { return tea.Sequence(change, pane.Ask(pane.Changed{})) }

func some(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// name is a key's name in a sentence.
func name(key string) string { return `"` + widget.Clean(short(key)) + `"` }

func short(s string) string {
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}

// delete deletes keys after a question; after is what follows.
func (o ops) delete(keys []string, after tea.Cmd) tea.Cmd {
	if len(keys) == 0 {
		return nil
	}
	question, detail := "Delete "+name(keys[0])+"?", ""
	if len(keys) > 1 {
		question = "Delete " + some(len(keys), "key") + "?"
		for i, k := range keys {
			if i == 5 {
				detail += fmt.Sprintf("and %d more", len(keys)-i)
				break
			}
			detail += widget.Clean(short(k)) + "\n"
		}
	}
	return o.env.Ask(pane.Confirm{Question: question, Detail: detail, Yes: tea.Sequence(then(do(func(ctx context.Context) (string, error) {
		n, err := o.env.Source.DeleteKeys(ctx, o.db, keys)
		return "deleted " + some(n, "key"), err
	})), after)})
}

// ttl asks when keys expire.
func (o ops) ttl(keys []string, now string) tea.Cmd {
	if len(keys) == 0 {
		return nil
	}
	title := "When " + name(keys[0]) + " expires"
	if len(keys) > 1 {
		title = "When " + some(len(keys), "key") + " expire"
	}
	return o.env.Ask(pane.Prompt{
		Title: title, Initial: now, Hint: "90 (seconds), 10m, 36h, 7d, or never",
		Check: func(text string) error {
			_, err := parseTTL(text)
			return err
		},
		Done: func(text string) tea.Cmd {
			ttl, err := parseTTL(text)
			if err != nil {
				return pane.Fail(err)
			}
			return then(do(func(ctx context.Context) (string, error) {
				n, err := o.env.Source.SetTTL(ctx, o.db, keys, ttl)
				if ttl == 0 {
					return some(n, "key") + " no longer expiring", err
				}
				return some(n, "key") + " to expire in " + widget.Span(ttl), err
			}))
		},
	})
}

// parseTTL reads a time to live: 0 is for ever.
func parseTTL(text string) (time.Duration, error) {
	text = strings.TrimSpace(strings.ToLower(text))
	if text == "never" || text == "-1" {
		return 0, nil
	}
	bad := fmt.Errorf("%q is no time: write 90, 10m, 36h, 7d or never", text)
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		if days, ok := strings.CutSuffix(text, "d"); ok {
			if seconds, err = strconv.ParseFloat(days, 64); err != nil {
				return 0, bad
			}
			seconds *= 24 * 60 * 60
		} else {
			d, err := time.ParseDuration(text)
			if err != nil {
				return 0, bad
			}
			seconds = d.Seconds()
		}
	}
	if seconds < 0.001 || seconds > 1e9 { // not NaN either
		return 0, errors.New("it has to be more than nothing, and less than thirty years")
	}
	if seconds != seconds {
		return 0, bad
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// rename asks for a key's other name; after follows with it.
func (o ops) rename(key string, after func(to string) tea.Cmd) tea.Cmd {
	return o.other("Rename "+name(key), "renamed to ", key, o.env.Source.Rename, after)
}

// copy asks for the name of a copy.
func (o ops) copy(key string) tea.Cmd {
	return o.other("Copy "+name(key)+" to", "copied to ", key, o.env.Source.Copy, func(string) tea.Cmd { return nil })
}

func (o ops) other(title, said, key string, change func(ctx context.Context, db int, from, to string) error, after func(to string) tea.Cmd) tea.Cmd {
	return o.env.Ask(pane.Prompt{
		Title: title, Initial: key, Hint: "a name that no key has yet",
		Check: func(to string) error {
			if to == key {
				return errors.New("that is its name")
			}
			return nil
		},
		Done: func(to string) tea.Cmd {
			return func() tea.Msg {
				ctx, cancel := context.WithTimeout(context.Background(), changeTimeout)
				defer cancel()
				if err := change(ctx, o.db, key, to); err != nil {
					return pane.Toast{Text: err.Error(), Level: pane.Failure}
				}
				return tea.Sequence(pane.Say(said+name(to)), after(to), pane.Ask(pane.Changed{}))()
			}
		},
	})
}

// newKey asks what a new key is to be.
func (o ops) newKey(prefix string) tea.Cmd {
	types := []string{"string", "hash", "list", "set", "zset", "stream"}
	ask := func(title, initial, hint string, done func(string) tea.Cmd) tea.Cmd {
		return o.env.Ask(pane.Prompt{Title: title, Initial: initial, Hint: hint, Done: done})
	}
	return ask("The new key's name", prefix, "", func(key string) tea.Cmd {
		return o.env.Ask(pane.Choose{Title: "Its type", Options: types, Done: func(i int) tea.Cmd {
			typ := types[i]
			create := func(item source.Item) tea.Cmd {
				return then(do(func(ctx context.Context) (string, error) {
					return "made " + name(key), o.env.Source.NewKey(ctx, o.db, key, typ, item)
				}))
			}
			switch typ {
			case "hash", "stream":
				return ask("The first field", "", "", func(field string) tea.Cmd {
					return ask("Its value", "", "", func(v string) tea.Cmd { return create(source.Item{Name: field, Value: v}) })
				})
			case "zset":
				return ask("The first member", "", "", func(member string) tea.Cmd {
					return ask("Its score", "0", "a number", func(v string) tea.Cmd { return create(source.Item{Name: member, Value: v}) })
				})
			case "set":
				return ask("The first member", "", "", func(member string) tea.Cmd { return create(source.Item{Name: member}) })
			}
			return ask("Its value", "", "", func(v string) tea.Cmd { return create(source.Item{Value: v}) })
		}})
	})
}
