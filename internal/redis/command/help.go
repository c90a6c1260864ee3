package command

import "strings"

// Help writes the reply of a container's HELP: lines between redis-server's own
// head and tail.
func Help(c *Ctx, lines []string) {
	name := strings.ToUpper(c.Spec.Name)
	if p := c.Spec.Parent(); p != nil {
		name = strings.ToUpper(p.Name)
	}
	c.Out.Array(len(lines) + 3)
	c.Out.Simple(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, line := range lines {
		c.Out.Simple(line)
	}
	c.Out.Simple("HELP")
	c.Out.Simple("    Prints this help.")
}

// ErrSubcommand is the reply to a subcommand with arguments it does not have.
func ErrSubcommand(c *Ctx) error {
	return Errorf("ERR unknown subcommand or wrong number of arguments for '%.128s'. Try %s HELP.",
		c.Args[1], strings.ToUpper(c.Spec.Parent().Name))
}
