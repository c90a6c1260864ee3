package server

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

func commandDocs(c *command.Ctx) error {
	specs := c.Server.Registry().All()
	if names := c.Args[2:]; len(names) > 0 {
		specs = nil
		for _, name := range names {
			if spec := c.Server.Registry().Find(string(name)); spec != nil {
				specs = append(specs, spec)
			}
		}
	}
	c.Out.Map(len(specs))
	for _, spec := range specs {
		document(c.Out, spec)
	}
	return nil
}

// document writes a command's name and its documentation.
func document(out *resp.Writer, spec *command.Spec) {
	out.BulkString(spec.FullName())
	doc := out.LaterMap()
	n := 0
	text := func(name, value string) {
		if value != "" {
			out.BulkString(name)
			out.BulkString(value)
			n++
		}
	}
	text("summary", spec.Summary)
	text("since", spec.Since)
	text("group", spec.Group)
	text("complexity", spec.Complexity)
	if len(spec.Args) > 0 {
		out.BulkString("arguments")
		documentArgs(out, spec.Args)
		n++
	}
	if len(spec.Sub) > 0 {
		out.BulkString("subcommands")
		out.Map(len(spec.Sub))
		for _, sub := range spec.Sub {
			document(out, sub)
		}
		n++
	}
	out.Close(doc, n)
}

func documentArgs(out *resp.Writer, args []command.Arg) {
	out.Array(len(args))
	for i := range args {
		arg := &args[i]
		doc := out.LaterMap()
		out.BulkString("name")
		out.BulkString(arg.Name)
		out.BulkString("type")
		out.BulkString(arg.Type)
		n := 2
		if arg.KeySpec > 0 {
			out.BulkString("key_spec_index")
			out.Int(int64(arg.KeySpec - 1))
			n++
		}
		if arg.Token != "" {
			out.BulkString("token")
			out.BulkString(arg.Token)
			n++
		}
		if flags := argFlags(arg); len(flags) > 0 {
			out.BulkString("flags")
			writeSet(out, "", flags)
			n++
		}
		if len(arg.Args) > 0 {
			out.BulkString("arguments")
			documentArgs(out, arg.Args)
			n++
		}
		out.Close(doc, n)
	}
}

func argFlags(arg *command.Arg) []string {
	var flags []string
	if arg.Optional {
		flags = append(flags, "optional")
	}
	if arg.Multiple {
		flags = append(flags, "multiple")
	}
	if arg.MultipleToken {
		flags = append(flags, "multiple_token")
	}
	return flags
}
