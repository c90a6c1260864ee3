package pane

import tea "charm.land/bubbletea/v2"

// Messages with which a screen asks the App for something: Env.Ask gives it one at once,
// Ask makes a command of one.
type (
	// Open shows another screen. Preview shows it in place of the present one, which is
	// not gone back to, and leaves the focus where it is.
	Open struct {
		Pane    Pane
		Preview bool
	}
	// Back goes back to the screen before.
	Back struct{}
	// Toast is a sentence at the lower edge, for some seconds.
	Toast struct {
		Text  string
		Level Level
	}
	// Confirm asks before something is done that cannot be undone. Count is how many
	// things it is done to: above one, it is in the question.
	Confirm struct {
		Question string
		Detail   string
		Count    int
		Yes      tea.Cmd
	}
	// Prompt asks for a line of text. Check may refuse it, with a reason.
	Prompt struct {
		Title   string
		Detail  string
		Initial string
		Hint    string
		Check   func(text string) error
		Done    func(text string) tea.Cmd
	}
	// Choose has one of several picked.
	Choose struct {
		Title   string
		Options []string
		Done    func(i int) tea.Cmd
	}
	// Changed says that data is not what it was, by the user's own doing: what is shown
	// is fetched again.
	Changed struct{}
	// Reload has the tree look again at what is behind a node.
	Reload struct{ ID string }
)

// Level is how a toast looks.
type Level int

// The levels.
const (
	Info Level = iota
	Done
	Warning
	Failure
)

// Ask is the command that gives the App a message.
func Ask(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// Fail is the command that shows an error.
func Fail(err error) tea.Cmd { return Ask(Toast{Text: err.Error(), Level: Failure}) }

// Say is the command that shows what was done.
func Say(text string) tea.Cmd { return Ask(Toast{Text: text, Level: Done}) }
