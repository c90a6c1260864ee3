package server

import (
	"errors"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/script"
)

const errReloadOption command.Error = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."

// debugReload is DEBUG RELOAD [NOSAVE] [NOFLUSH] [MERGE]. Nobody else is served
// meanwhile. What is loaded takes the place of the data at once, when it is whole:
// unlike redis-server it loses nothing if the file is bad.
func debugReload(c *command.Ctx, options [][]byte) error {
	save, flush, merge := true, true, false
	for _, o := range options {
		switch {
		case command.Is(o, "NOSAVE"):
			save = false
		case command.Is(o, "NOFLUSH"):
			flush = false
		case command.Is(o, "MERGE"):
			merge = true
		default:
			return errReloadOption
		}
	}
	if err := c.Keys.LockAll(); err != nil {
		return err
	}
	if save {
		if err := c.Server.Save(true); err != nil {
			return command.Errorf("ERR Error trying to save the RDB dump: %v", err)
		}
	}
	load := addFile
	if flush {
		load = replaceWithFile
	}
	if err := load(c, merge); err != nil {
		return command.Errorf("ERR Error trying to load the RDB dump: %v", err)
	}
	c.Out.OK()
	return nil
}

// replaceWithFile puts the file's keys and libraries in the place of all there are.
func replaceWithFile(c *command.Ctx, merge bool) error {
	next, err := c.Keys.Replace()
	if err != nil {
		return err
	}
	var codes [][]byte
	_, err = dataset.LoadFile(dataset.Path(c.Server.Params()), next.Run(), dataset.LoadOptions{
		Replace:  merge,
		Function: func(code []byte) error { codes = append(codes, code); return nil },
	})
	var change *script.Change
	if err == nil {
		change, err = c.Server.Scripts().Load(codes, script.Flush)
	}
	if err != nil {
		return errors.Join(err, next.Abandon())
	}
	if err := next.Commit(); err != nil {
		return err
	}
	return scripting.Commit(c, change)
}

// addFile adds the file's keys and libraries to what there is. Without merge, what
// is there already is an error.
func addFile(c *command.Ctx, merge bool) error {
	policy := script.Append
	if merge {
		policy = script.Replace
	}
	_, err := dataset.LoadFile(dataset.Path(c.Server.Params()), c.Keys, dataset.LoadOptions{
		Replace: merge,
		Function: func(code []byte) error {
			change, err := c.Server.Scripts().Load([][]byte{code}, policy)
			if err != nil {
				return err
			}
			return scripting.Commit(c, change)
		},
	})
	return err
}

// debugLoadAOF is DEBUG LOADAOF: the store is the log, so there is nothing to
// replay. Everything is made durable, and what is kept in memory beside it is read
// anew.
func debugLoadAOF(c *command.Ctx) error {
	if err := c.Keys.LockAll(); err != nil {
		return err
	}
	if err := c.Keys.Reread(); err != nil {
		return err
	}
	if err := scripting.Reload(c); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}
