package keymap

// Names of the actions on keys and their values.
const (
	KeysMark      ID = "keys.mark"
	KeysMarkAll   ID = "keys.mark-all"
	KeysUnmark    ID = "keys.unmark"
	KeysNew       ID = "keys.new"
	KeysDelete    ID = "keys.delete"
	KeysTTL       ID = "keys.ttl"
	KeysRename    ID = "keys.rename"
	KeysDuplicate ID = "keys.duplicate"
	KeysCopyName  ID = "keys.copy-name"
	KeysOrder     ID = "keys.order"
	KeysType      ID = "keys.type"

	ValueEdit    ID = "value.edit"
	ValueEditor  ID = "value.editor"
	ValueAdd     ID = "value.add"
	ValueRemove  ID = "value.remove"
	ValueCopy    ID = "value.copy"
	ValueForm    ID = "value.form"
	ValueWrap    ID = "value.wrap"
	ValueSort    ID = "value.sort"
	ValueMore    ID = "value.more"
	ValueNext    ID = "value.next-match"
	ValuePrev    ID = "value.previous-match"
	ValueGroups  ID = "value.groups"
	ValueTTL     ID = "value.ttl"
	ValueRename  ID = "value.rename"
	ValueCopyKey ID = "value.duplicate"
	ValueDelete  ID = "value.delete"
)

// keyActions are the actions on keys, as Actions lists them.
var keyActions = []Action{
	{ID: KeysMark, Keys: []string{"space"}, Help: "Mark the key, or take its mark away", Short: "mark"},
	{ID: KeysMarkAll, Keys: []string{"*"}, Help: "Mark all keys that are loaded"},
	{ID: KeysUnmark, Keys: []string{"U"}, Help: "Take all marks away"},
	{ID: KeysDelete, Keys: []string{"d", "delete"}, Help: "Delete the key, or those that are marked", Short: "delete", Writes: true},
	{ID: KeysTTL, Keys: []string{"t"}, Help: "Set when the key expires, or those that are marked", Short: "ttl", Writes: true},
	{ID: KeysRename, Keys: []string{"R"}, Help: "Rename the key", Short: "rename", Writes: true},
	{ID: KeysDuplicate, Keys: []string{"c"}, Help: "Copy the key to another name", Writes: true},
	{ID: KeysNew, Keys: []string{"n"}, Help: "Make a new key", Short: "new", Writes: true},
	{ID: KeysOrder, Keys: []string{"o"}, Help: "Choose the order: name, size, elements, TTL", Short: "order"},
	{ID: KeysType, Keys: []string{"T"}, Help: "Show keys of one type only"},
	{ID: KeysCopyName, Keys: []string{"y"}, Help: "Copy the key's name to the clipboard"},

	{ID: ValueEdit, Keys: []string{"e"}, Help: "Edit the value, or the one under the cursor", Short: "edit", Writes: true},
	{ID: ValueEditor, Keys: []string{"E"}, Help: "Edit it in $VISUAL or $EDITOR", Short: "editor", Writes: true},
	{ID: ValueAdd, Keys: []string{"a"}, Help: "Add an element", Short: "add", Writes: true},
	{ID: ValueRemove, Keys: []string{"d", "delete"}, Help: "Remove the element", Short: "remove", Writes: true},
	{ID: ValueCopy, Keys: []string{"y"}, Help: "Copy the value to the clipboard", Short: "copy"},
	{ID: ValueForm, Keys: []string{"f"}, Help: "Show the value as text, JSON or bytes", Short: "form"},
	{ID: ValueWrap, Keys: []string{"w"}, Help: "Wrap long lines, or scroll them"},
	{ID: ValueSort, Keys: []string{"s"}, Help: "Sort by the column: up, down, as it is", Short: "sort"},
	{ID: ValueMore, Keys: []string{"m"}, Help: "Fetch more of a long value", Short: "more"},
	{ID: ValueNext, Keys: []string{"n"}, Help: "Next match"},
	{ID: ValuePrev, Keys: []string{"N"}, Help: "Previous match"},
	{ID: ValueGroups, Keys: []string{"v"}, Help: "Show a stream's entries, or its consumer groups", Short: "groups"},
	{ID: ValueTTL, Keys: []string{"t"}, Help: "Set when the key expires", Writes: true},
	{ID: ValueRename, Keys: []string{"R"}, Help: "Rename the key", Writes: true},
	{ID: ValueCopyKey, Keys: []string{"c"}, Help: "Copy the key to another name", Writes: true},
	{ID: ValueDelete, Keys: []string{"D"}, Help: "Delete the key", Writes: true},
}
