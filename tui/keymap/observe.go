package keymap

// Names of the actions on what the server does.
const (
	ObserveSort     ID = "observe.sort"
	ObserveKill     ID = "observe.kill"
	ObserveCancel   ID = "observe.cancel"
	ObserveReset    ID = "observe.reset"
	ObservePause    ID = "observe.pause"
	ObserveClear    ID = "observe.clear"
	ObservePattern  ID = "observe.pattern"
	ObserveListen   ID = "observe.listen"
	ObserveKeyspace ID = "observe.keyspace-events"
	ObserveMode     ID = "observe.mode"
	ObserveStop     ID = "observe.stop"
)

// observeActions are the actions on what the server does, as Actions lists them.
var observeActions = []Action{
	{ID: ObserveSort, Keys: []string{"s"}, Help: "Sort by the column: up, down, as it is", Short: "sort"},
	{ID: ObserveKill, Keys: []string{"d", "delete"}, Help: "End the client's connection", Short: "kill", Writes: true},
	{ID: ObserveCancel, Keys: []string{"c"}, Help: "Cancel the client's SQL query, and let its session go on", Short: "cancel query", Writes: true},
	{ID: ObserveReset, Keys: []string{"D"}, Help: "Forget the slow log and the latency events", Short: "reset", Writes: true},
	{ID: ObservePause, Keys: []string{"space", "p"}, Help: "Hold what is shown, or let it go on", Short: "pause"},
	{ID: ObserveClear, Keys: []string{"x"}, Help: "Forget the events that are shown", Short: "clear"},
	{ID: ObservePattern, Keys: []string{"P"}, Help: "Choose the pattern of Redis channels (PSUBSCRIBE)", Short: "pattern"},
	{ID: ObserveListen, Keys: []string{"n"}, Help: "Listen to a channel of SQL (LISTEN), or to none", Short: "listen"},
	{ID: ObserveKeyspace, Keys: []string{"e"}, Help: "Switch keyspace events on, or off (notify-keyspace-events)", Short: "keyspace events", Writes: true},
	{ID: ObserveMode, Keys: []string{"m"}, Help: "Switch the protocol to the other mode", Short: "switch mode", Writes: true},
	{ID: ObserveStop, Keys: []string{"X"}, Help: "Give up the change of mode", Short: "give up"},
}
