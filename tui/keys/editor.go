package keys

import (
	"errors"
	"os"
	"os/exec"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
)

// edited is what came out of an editor.
type edited struct {
	of       *value
	path     string
	text     string
	was      string
	err      error
	finished func(to string) tea.Cmd
}

// editor has a value edited in the user's editor, in a file that only the user can read
// and that is gone afterwards.
func (v *value) editor(was string, done func(to string) tea.Cmd) tea.Cmd {
	v.editing = true
	return func() tea.Msg {
		command := editorCommand()
		if command == "" {
			return edited{of: v, err: errors.New("set VISUAL or EDITOR to the editor that is to be used")}
		}
		f, err := os.CreateTemp("", "orbit-*.txt")
		if err == nil {
			_, err = f.WriteString(was)
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			return edited{of: v, err: err}
		}
		path := f.Name()
		// The variable may have arguments, as a shell would read them.
		run := exec.Command("sh", "-c", command+` "$1"`, "sh", path)
		return tea.ExecProcess(run, func(err error) tea.Msg {
			e := edited{of: v, path: path, was: was, err: err, finished: done}
			if err == nil {
				var b []byte
				b, e.err = os.ReadFile(path)
				e.text = string(b)
			}
			e.err = errors.Join(e.err, os.Remove(path))
			return e
		})()
	}
}

func editorCommand() string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if c := os.Getenv(name); c != "" {
			return c
		}
	}
	for _, c := range []string{"nano", "vi"} {
		if _, err := exec.LookPath(c); err == nil {
			return c
		}
	}
	return ""
}

// afterEditor saves what was edited, if it is another.
func (v *value) afterEditor(e edited) tea.Cmd {
	if e.of != v {
		return nil
	}
	v.editing = false
	if e.err != nil {
		return pane.Fail(e.err)
	}
	// Editors end a file with a line's end that the value did not have.
	if n := len(e.text); n > 0 && e.text[n-1] == '\n' && (e.was == "" || e.was[len(e.was)-1] != '\n') {
		e.text = e.text[:n-1]
	}
	if e.text == e.was {
		return pane.Ask(pane.Toast{Text: "nothing was changed"})
	}
	return e.finished(e.text)
}
