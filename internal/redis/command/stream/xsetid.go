package stream

import "github.com/orbit-server/orbit/internal/redis/command"

var xsetidSpec = &command.Spec{
	Name:     "xsetid",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "stream", "fast"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(1)",
	Summary:    "An internal command for replicating stream values",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "last-id", Type: "string"},
		{Name: "entries_added", Type: "integer", Token: "ENTRIESADDED", Optional: true},
		{Name: "max_deleted_entry_id", Type: "string", Token: "MAXDELETEDID", Optional: true},
	},
	Handler: runXsetid,
}

const (
	errAddedNegative command.Error = "ERR entries_added must be positive"
	errAddedSmall    command.Error = "ERR The entries_added specified in XSETID is smaller than the target stream length"
	errSetIDDeleted  command.Error = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
	errSetIDSmall    command.Error = "ERR The ID specified in XSETID is smaller than the target stream top item"
)

func runXsetid(c *command.Ctx) error {
	id, err := parseID(c.Args[2], 0)
	if err != nil {
		return err
	}
	added, deleted := int64(-1), id
	deletedGiven := false
	for args := c.Args[3:]; len(args) > 0; args = args[2:] {
		switch {
		case command.Is(args[0], "ENTRIESADDED") && len(args) > 1:
			if added, err = command.ParseInt(args[1]); err != nil {
				return err
			}
			if added < 0 {
				return errAddedNegative
			}
		case command.Is(args[0], "MAXDELETEDID") && len(args) > 1:
			if deleted, err = parseID(args[1], 0); err != nil {
				return err
			}
			if id.Less(deleted) {
				return errSetIDDeleted
			}
			deletedGiven = !deleted.IsZero()
		default:
			return command.ErrSyntax
		}
	}
	s, err := c.Keys.Stream(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !s.Exists() {
		return command.ErrNoSuchKey
	}
	top, ok, err := s.TopID()
	if err != nil {
		return err
	}
	switch {
	case ok && id.Less(top):
		return errSetIDSmall
	case ok && added >= 0 && s.Len() > added:
		return errAddedSmall
	}
	total := s.Added()
	if added >= 0 {
		total = uint64(added)
	}
	if !deletedGiven {
		deleted = s.MaxDeleted()
	}
	if err := s.SetLast(id, total, deleted); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}
