package keymap

// Names of the actions on tables and their rows.
const (
	RowsTab       ID = "rows.next-tab"
	RowsSort      ID = "rows.sort"
	RowsMark      ID = "rows.mark"
	RowsEdit      ID = "rows.edit"
	RowsNull      ID = "rows.set-null"
	RowsInsert    ID = "rows.insert"
	RowsDuplicate ID = "rows.duplicate"
	RowsDelete    ID = "rows.delete"
	RowsCopy      ID = "rows.copy"
	RowsCopyRow   ID = "rows.copy-row"
	RowsExport    ID = "rows.export"
	RowsWider     ID = "rows.wider"
	RowsNarrower  ID = "rows.narrower"
	RowsFit       ID = "rows.fit"

	CellForm     ID = "cell.form"
	CellWrap     ID = "cell.wrap"
	CellNext     ID = "cell.next-match"
	CellPrevious ID = "cell.previous-match"
	CellCopy     ID = "cell.copy"

	DraftEdit    ID = "draft.edit"
	DraftNull    ID = "draft.set-null"
	DraftDefault ID = "draft.default"
	DraftSave    ID = "draft.save"

	PromptRun        ID = "prompt.run"
	PromptExplain    ID = "prompt.explain"
	PromptDatabase   ID = "prompt.database"
	PromptComplete   ID = "prompt.complete"
	PromptOlder      ID = "prompt.older"
	PromptNewer      ID = "prompt.newer"
	PromptResults    ID = "prompt.results"
	PromptEdit       ID = "results.text"
	PromptNextResult ID = "results.next"
	PromptExport     ID = "results.export"
)

// tableActions are the actions on tables, as Actions lists them.
var tableActions = []Action{
	{ID: RowsTab, Keys: []string{"t"}, Help: "Rows, structure, indexes or definition of the table", Short: "tabs"},
	{ID: RowsSort, Keys: []string{"s"}, Help: "Sort by the column: up, down, by the key again", Short: "sort"},
	{ID: RowsEdit, Keys: []string{"e"}, Help: "Edit the value", Short: "edit", Writes: true},
	{ID: RowsNull, Keys: []string{"N"}, Help: "Set the value to NULL", Writes: true},
	{ID: RowsInsert, Keys: []string{"i"}, Help: "Insert a row", Short: "insert", Writes: true},
	{ID: RowsDuplicate, Keys: []string{"D"}, Help: "Insert a row like this one", Writes: true},
	{ID: RowsDelete, Keys: []string{"d", "delete"}, Help: "Delete the row, or those that are marked", Short: "delete", Writes: true},
	{ID: RowsMark, Keys: []string{"space"}, Help: "Mark the row, or take its mark away"},
	{ID: RowsCopy, Keys: []string{"y"}, Help: "Copy the value", Short: "copy"},
	{ID: RowsCopyRow, Keys: []string{"Y"}, Help: "Copy the row as text, JSON or INSERT, or those that are marked"},
	{ID: RowsExport, Keys: []string{"x"}, Help: "Write the rows into a file, as CSV or JSON lines", Short: "export"},
	{ID: RowsWider, Keys: []string{"+", ">"}, Help: "Make the column wider"},
	{ID: RowsNarrower, Keys: []string{"-", "<"}, Help: "Make the column narrower"},
	{ID: RowsFit, Keys: []string{"="}, Help: "Make the column as wide as its values"},

	{ID: CellForm, Keys: []string{"f"}, Help: "Show the value as text, JSON or bytes", Short: "form"},
	{ID: CellWrap, Keys: []string{"w"}, Help: "Wrap long lines, or scroll them", Short: "wrap"},
	{ID: CellNext, Keys: []string{"n"}, Help: "Next match"},
	{ID: CellPrevious, Keys: []string{"N"}, Help: "Previous match"},
	{ID: CellCopy, Keys: []string{"y"}, Help: "Copy the value", Short: "copy"},

	{ID: DraftEdit, Keys: []string{"enter", "e"}, Help: "Type the column's value", Short: "value", Writes: true},
	{ID: DraftNull, Keys: []string{"N"}, Help: "Set the column to NULL", Short: "NULL", Writes: true},
	{ID: DraftDefault, Keys: []string{"D", "delete"}, Help: "Leave the column to its default", Short: "default", Writes: true},
	{ID: DraftSave, Keys: []string{"ctrl+s"}, Help: "Insert the row", Short: "insert", Writes: true},

	{ID: PromptRun, Keys: []string{"f5", "alt+enter"}, Help: "Run the statement at the cursor", Short: "run"},
	{ID: PromptExplain, Keys: []string{"f6"}, Help: "Show how the statement would be run", Short: "explain"},
	{ID: PromptDatabase, Keys: []string{"f4"}, Help: "Choose the database", Short: "database"},
	{ID: PromptComplete, Keys: []string{"tab"}, Help: "Complete what is typed", Short: "complete"},
	{ID: PromptOlder, Keys: []string{"alt+up", "ctrl+up"}, Help: "What was run before"},
	{ID: PromptNewer, Keys: []string{"alt+down", "ctrl+down"}, Help: "What was run after it"},
	{ID: PromptResults, Keys: []string{"esc"}, Help: "From the text to its results", Short: "results"},
	{ID: PromptEdit, Keys: []string{"esc", "i", "e"}, Help: "From the results back to the text", Short: "text"},
	{ID: PromptNextResult, Keys: []string{"n"}, Help: "The next statement's result"},
	{ID: PromptExport, Keys: []string{"x"}, Help: "Run the query again, and write its rows into a file", Short: "export"},
}
