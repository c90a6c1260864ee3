package command

import (
	"strings"

	"github.com/orbit-server/orbit/internal/redis/acl"
)

// Access of keys, as access rules see it. A key that is only asked whether it
// exists, or how long it is, needs neither: whoever may write it would know.
const (
	noAccess = acl.Access(0)
	read     = acl.Read
	write    = acl.Write
	both     = acl.Read | acl.Write
)

// accesses are what commands do with their keys, in order, the last of them with
// all that follow, where their flags tell it wrong: those that write are taken to
// read too, and the others only to read. It is what the key specs of redis-server
// 7.0 say (src/commands/*.json).
var accesses = listAccesses([]accessList{
	{[]acl.Access{write}, `append del expire expireat geoadd hdel hexpire hexpireat hmset hpersist hpexpire hpexpireat hset hsetnx
		linsert lpush lpushx lrem lset ltrim mset msetnx persist pexpire pexpireat pfadd psetex restore restore-asking rpush rpushx
		sadd setex setnx setrange srem unlink xack xadd xautoclaim xclaim xdel xgroup|create xgroup|createconsumer
		xgroup|delconsumer xgroup|destroy xgroup|setid xsetid xtrim zadd zrem zremrangebylex zremrangebyrank zremrangebyscore`},
	{[]acl.Access{write, read}, `bitop geosearchstore sdiffstore sinterstore sunionstore zdiffstore zinterstore zrangestore zunionstore`},
	{[]acl.Access{both, write}, `blmove brpoplpush lmove rename renamenx rpoplpush smove`},
	{[]acl.Access{read, write}, `copy georadius georadiusbymember sort`},
	{[]acl.Access{both, read}, `pfmerge`},
	{[]acl.Access{both}, `eval evalsha fcall`},
	{[]acl.Access{read}, `pfdebug xreadgroup`},
	{[]acl.Access{noAccess}, `exists hexists hlen hstrlen llen memory|usage object|encoding object|freq object|idletime
		object|refcount scard sismember strlen touch type watch xlen zcard`},
})

type accessList struct {
	access   []acl.Access
	commands string
}

func listAccesses(lists []accessList) map[string][]acl.Access {
	byName := make(map[string][]acl.Access)
	for _, l := range lists {
		for _, name := range strings.Fields(l.commands) {
			byName[name] = l.access
		}
	}
	return byName
}

// setAccess is done for each spec of a registry.
func (s *Spec) setAccess() {
	if s.access = accesses[s.FullName()]; s.access != nil {
		return
	}
	s.access = []acl.Access{read}
	if s.Has(Write) {
		s.access = []acl.Access{both}
	}
}

// keyAccess finds the keys among args. Where they cannot be found there are none:
// such a command fails by itself.
func (s *Spec) keyAccess(args [][]byte) []acl.Key {
	positions, err := s.keyPositions(args)
	if err != nil {
		return nil
	}
	keys := make([]acl.Key, len(positions))
	for i, pos := range positions {
		keys[i] = acl.Key{Pos: pos, Access: s.access[min(i, len(s.access)-1)]}
		if s.Access != nil {
			keys[i].Access = s.Access(args)
		}
	}
	return keys
}

// Request is a command line as access rules judge it.
func (s *Spec) Request(args [][]byte) *acl.Request {
	r := &acl.Request{ID: s.index, Exempt: s.Has(NoAuth), Args: args}
	if s.FirstKey != 0 || s.Keys != nil {
		r.Keys = s.keyAccess
	}
	switch s.Name {
	case "publish", "spublish":
		r.FirstChannel, r.LastChannel = 1, 1
	case "subscribe", "ssubscribe":
		r.FirstChannel, r.LastChannel = 1, len(args)-1
	case "psubscribe":
		r.FirstChannel, r.LastChannel, r.Pattern = 1, len(args)-1, true
	}
	return r
}

// AccessTable is the commands as access rules name them.
func (r *Registry) AccessTable() *acl.Table {
	var list []*acl.Command
	for _, spec := range r.list {
		list = append(list, spec.rule())
	}
	return acl.NewTable(list)
}

func (s *Spec) rule() *acl.Command {
	c := &acl.Command{ID: s.index, Name: s.FullName(), Categories: s.Categories}
	for _, sub := range s.Sub {
		c.Sub = append(c.Sub, sub.rule())
	}
	return c
}
