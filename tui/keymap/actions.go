package keymap

import "slices"

// Contexts, in the order in which pages list them.
const (
	App     Context = "app"
	Move    Context = "move"
	Tree    Context = "tree"
	Keys    Context = "keys"
	Value   Context = "value"
	Rows    Context = "rows"
	Cell    Context = "cell"
	Draft   Context = "draft"
	Prompt  Context = "prompt"
	Results Context = "results"
	Observe Context = "observe"
)

// Section is a context as a page shows it.
type Section struct {
	Context Context
	Title   string
}

// Sections are the contexts that have actions. A key of a screen's own context comes
// before the same key of App.
var Sections = []Section{
	{App, "Everywhere"},
	{Move, "Moving about"},
	{Tree, "Tree"},
	{Keys, "List of keys"},
	{Value, "A key's value"},
	{Rows, "Rows of a table"},
	{Cell, "A long value"},
	{Draft, "A new row"},
	{Prompt, "Prompts"},
	{Results, "Results of a statement"},
	{Observe, "What the server does"},
}

// Names of actions that every screen shares.
const (
	Quit      ID = "app.quit"
	Help      ID = "app.help"
	Palette   ID = "app.palette"
	Search    ID = "app.search"
	NextPane  ID = "app.next-pane"
	PrevPane  ID = "app.previous-pane"
	Back      ID = "app.back"
	Forward   ID = "app.forward"
	Refresh   ID = "app.refresh"
	ToggleBar ID = "app.toggle-tree"

	Up       ID = "move.up"
	Down     ID = "move.down"
	Left     ID = "move.left"
	Right    ID = "move.right"
	PageUp   ID = "move.page-up"
	PageDown ID = "move.page-down"
	HalfUp   ID = "move.half-page-up"
	HalfDown ID = "move.half-page-down"
	Top      ID = "move.top"
	Bottom   ID = "move.bottom"
	Start    ID = "move.start"
	End      ID = "move.end"
	Open     ID = "move.open"
	Close    ID = "move.close"
)

// Names of the tree's actions.
const (
	TreeToggle    ID = "tree.toggle"
	TreeSeparator ID = "tree.separator"
)

// Actions is the table.
var Actions = slices.Concat([]Action{
	{ID: Help, Keys: []string{"?", "f1"}, Help: "Show what the keys do here", Short: "help"},
	{ID: Palette, Keys: []string{":", "ctrl+p"}, Help: "Find an action or a place by name", Short: "commands"},
	{ID: Search, Keys: []string{"/"}, Help: "Search or filter what is shown", Short: "search"},
	{ID: NextPane, Keys: []string{"tab"}, Help: "Go to the next pane", Short: "pane"},
	{ID: PrevPane, Keys: []string{"shift+tab"}, Help: "Go to the previous pane"},
	{ID: Back, Keys: []string{"[", "alt+left"}, Help: "Go back to where you were"},
	{ID: Forward, Keys: []string{"]", "alt+right"}, Help: "Go forward again"},
	{ID: Refresh, Keys: []string{"r", "f5", "ctrl+r"}, Help: "Fetch what is shown again"},
	{ID: ToggleBar, Keys: []string{"ctrl+t"}, Help: "Hide or show the tree"},
	{ID: Quit, Keys: []string{"q", "ctrl+c"}, Help: "Quit", Short: "quit"},

	{ID: Up, Keys: []string{"up", "k"}, Help: "Up"},
	{ID: Down, Keys: []string{"down", "j"}, Help: "Down"},
	{ID: Left, Keys: []string{"left", "h"}, Help: "Left, or close a branch"},
	{ID: Right, Keys: []string{"right", "l"}, Help: "Right, or open a branch"},
	{ID: PageUp, Keys: []string{"pgup", "ctrl+b"}, Help: "A page up"},
	{ID: PageDown, Keys: []string{"pgdown", "ctrl+f"}, Help: "A page down"},
	{ID: HalfUp, Keys: []string{"ctrl+u"}, Help: "Half a page up"},
	{ID: HalfDown, Keys: []string{"ctrl+d"}, Help: "Half a page down"},
	{ID: Top, Keys: []string{"home", "g"}, Help: "To the top"},
	{ID: Bottom, Keys: []string{"end", "G"}, Help: "To the bottom"},
	{ID: Start, Keys: []string{"0", "^"}, Help: "To the first column"},
	{ID: End, Keys: []string{"$"}, Help: "To the last column"},
	{ID: Open, Keys: []string{"enter"}, Help: "Open what is under the cursor", Short: "open"},
	{ID: Close, Keys: []string{"esc"}, Help: "Close, or give up what was begun"},

	{ID: TreeToggle, Keys: []string{"space"}, Help: "Open or close a branch"},
	{ID: TreeSeparator, Keys: []string{"s"}, Help: "Choose what separates the parts of key names", Short: "separator"},
}, keyActions, tableActions, observeActions)
