package keys

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// renamed tells a value that its key has another name.
type renamed struct {
	of *value
	to string
}

// act does what an action on a value says; done is false if it is none here.
func (v *value) act(id keymap.ID) (cmd tea.Cmd, done bool) {
	if !v.known || v.gone {
		return nil, false
	}
	o := ops{v.env, v.db}
	switch id {
	case keymap.ValueTTL:
		return o.ttl([]string{v.key}, ""), true
	case keymap.ValueRename:
		return o.rename(v.key, func(to string) tea.Cmd { return pane.Ask(renamed{v, to}) }), true
	case keymap.ValueCopyKey:
		return o.copy(v.key), true
	case keymap.ValueDelete:
		return o.delete([]string{v.key}, pane.Ask(pane.Back{})), true
	}
	if v.isText() {
		return v.actOnText(id)
	}
	return v.actOnItems(id)
}

func (v *value) actOnText(id keymap.ID) (tea.Cmd, bool) {
	x := &v.text
	switch id {
	case keymap.ValueForm:
		x.nextForm()
	case keymap.ValueWrap:
		x.viewer.Wrap()
	case keymap.ValueNext:
		x.viewer.NextMatch(1)
	case keymap.ValuePrev:
		x.viewer.NextMatch(-1)
	case keymap.ValueMore:
		if x.whole(v.info.Elements) {
			return pane.Ask(pane.Toast{Text: "this is all of it"}), true
		}
		if x.limit >= mostText {
			return pane.Ask(pane.Toast{Text: "more than " + widget.Bytes(mostText) + " is not shown: use `orbit redis GET`", Level: pane.Warning}), true
		}
		x.limit *= 4
		return v.loadText(), true
	case keymap.ValueCopy:
		return v.copyText(x.raw, x.whole(v.info.Elements)), true
	case keymap.ValueEdit:
		if err := v.editable(); err != nil {
			return pane.Fail(err), true
		}
		if len(x.raw) > 1000 || strings.ContainsAny(string(x.raw), "\n\r\t") || widget.Suits(x.raw) == widget.Hex {
			return v.editor(string(x.raw), v.setString), true
		}
		return v.env.Ask(pane.Prompt{Title: "Value of " + name(v.key), Initial: string(x.raw), Done: v.setString}), true
	case keymap.ValueEditor:
		if err := v.editable(); err != nil {
			return pane.Fail(err), true
		}
		return v.editor(string(x.raw), v.setString), true
	default:
		return nil, false
	}
	return nil, true
}

// editable says why a string cannot be edited: what is not there would be lost.
func (v *value) editable() error {
	if v.text.raw == nil || !v.text.whole(v.info.Elements) {
		return errors.New("only the beginning of the value is here: fetch more of it first")
	}
	return nil
}

func (v *value) copyText(b []byte, whole bool) tea.Cmd {
	said := "copied " + widget.Bytes(int64(len(b)))
	if !whole {
		said += ", the beginning of it"
	}
	return tea.Batch(tea.SetClipboard(string(b)), pane.Say(said))
}

func (v *value) setString(to string) tea.Cmd {
	db, key := v.db, v.key
	return then(do(func(ctx context.Context) (string, error) {
		return "saved " + name(key), v.env.Source.SetString(ctx, db, key, to)
	}))
}

func (v *value) actOnItems(id keymap.ID) (tea.Cmd, bool) {
	i := &v.items
	switch id {
	case keymap.ValueSort:
		i.nextSort(v.info.Type)
		return v.want(), true
	case keymap.ValueAdd:
		return v.addItem(), true
	case keymap.ValueGroups:
		if v.info.Type == "stream" {
			i.grouped, i.begun = !i.grouped, false
			i.show(v.info.Type)
			return v.loadItems(), true
		}
		return nil, true
	}
	item, ok := i.current()
	if !ok {
		return nil, false
	}
	switch id {
	case keymap.ValueCopy:
		text := item.Value
		if v.info.Type == "set" || v.info.Type == "zset" && i.grid.Column() == 0 || text == "" {
			text = item.Name
		}
		return v.copyText([]byte(text), item.Size == 0), true
	case keymap.ValueRemove:
		return v.removeItem(item), true
	case keymap.ValueEdit, keymap.ValueEditor:
		return v.editItem(item, id == keymap.ValueEditor), true
	}
	return nil, false
}

func (v *value) removeItem(item source.Item) tea.Cmd {
	db, key, typ := v.db, v.key, v.info.Type
	return v.env.Ask(pane.Confirm{Question: fmt.Sprintf("Remove %s from %s?", name(item.Name), name(key)), Yes: then(do(func(ctx context.Context) (string, error) {
		return "removed " + name(item.Name), v.env.Source.RemoveItem(ctx, db, key, typ, item)
	}))})
}

// put gives an element its value.
func (v *value) put(item source.Item, said string) tea.Cmd {
	db, key, typ := v.db, v.key, v.info.Type
	return then(do(func(ctx context.Context) (string, error) { return said, v.env.Source.PutItem(ctx, db, key, typ, item) }))
}

func (v *value) editItem(item source.Item, editor bool) tea.Cmd {
	switch v.info.Type {
	case "set", "stream":
		return pane.Ask(pane.Toast{Text: "an element of a " + v.info.Type + " cannot be changed: add another and remove this one"})
	}
	if item.Size > 0 {
		return pane.Ask(pane.Toast{Text: "the value is too large to be edited here: use `orbit redis`", Level: pane.Warning})
	}
	done := func(to string) tea.Cmd {
		return v.put(source.Item{Name: item.Name, Value: to}, "saved "+name(item.Name))
	}
	if editor || len(item.Value) > 1000 || strings.ContainsAny(item.Value, "\n\r\t") || widget.Suits([]byte(item.Value)) == widget.Hex {
		return v.editor(item.Value, done)
	}
	what := map[string]string{"hash": "Value of ", "list": "Value at ", "zset": "Score of "}[v.info.Type]
	return v.env.Ask(pane.Prompt{Title: what + name(item.Name), Initial: item.Value, Done: done})
}

func (v *value) addItem() tea.Cmd {
	ask := func(title, hint string, done func(string) tea.Cmd) tea.Cmd {
		return v.env.Ask(pane.Prompt{Title: title, Hint: hint, Done: done})
	}
	two := func(first, second, hint string) tea.Cmd {
		return ask(first, "", func(n string) tea.Cmd {
			return ask(second, hint, func(val string) tea.Cmd { return v.put(source.Item{Name: n, Value: val}, "added "+name(n)) })
		})
	}
	switch v.info.Type {
	case "hash":
		return two("The field", "Its value", "")
	case "zset":
		return two("The member", "Its score", "a number")
	case "stream":
		return two("The entry's field", "Its value", "the entry gets the next id")
	case "set":
		return ask("The member", "", func(n string) tea.Cmd { return v.put(source.Item{Name: n}, "added "+name(n)) })
	case "list":
		return ask("The value", "it is put at the end", func(val string) tea.Cmd { return v.put(source.Item{Value: val}, "added") })
	}
	return nil
}

// openItem shows an element as a whole.
func (v *value) openItem() tea.Cmd {
	item, ok := v.items.current()
	if !ok {
		return nil
	}
	return v.env.Ask(pane.Open{Pane: newItem(v.env, v.db, v.key, v.info.Type, item)})
}
