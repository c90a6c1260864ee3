package server

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A program with go-redis, in both protocols.
func TestGoRedis(t *testing.T) {
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprint("RESP", proto), func(t *testing.T) {
			s := serve(t)
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			rdb := redis.NewClient(&redis.Options{Addr: s.Addr().String(), Protocol: proto, ClientName: "test", DB: 2})
			defer func() { _ = rdb.Close() }()
			check := func(what string, err error) {
				t.Helper()
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			check("PING", rdb.Ping(ctx).Err())
			check("SET", rdb.Set(ctx, "k", "v", time.Minute).Err())
			if v, err := rdb.Get(ctx, "k").Result(); v != "v" || err != nil {
				t.Errorf("GET: %q, %v", v, err)
			}
			if _, err := rdb.Get(ctx, "none").Result(); !errors.Is(err, redis.Nil) {
				t.Errorf("GET of nothing: %v", err)
			}
			if ttl := rdb.TTL(ctx, "k").Val(); ttl <= 0 || ttl > time.Minute {
				t.Errorf("TTL: %v", ttl)
			}
			check("HSET", rdb.HSet(ctx, "h", "a", 1, "b", 2).Err())
			if m := rdb.HGetAll(ctx, "h").Val(); len(m) != 2 || m["b"] != "2" {
				t.Errorf("HGETALL: %v", m)
			}
			check("ZADD", rdb.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "x"}, redis.Z{Score: -2, Member: "y"}).Err())
			if z := rdb.ZRangeWithScores(ctx, "z", 0, -1).Val(); len(z) != 2 || z[0].Member != "y" || z[1].Score != 1.5 {
				t.Errorf("ZRANGE: %v", z)
			}
			check("SADD", rdb.SAdd(ctx, "s", "a", "b").Err())
			if members := rdb.SMembers(ctx, "s").Val(); len(members) != 2 {
				t.Errorf("SMEMBERS: %v", members)
			}
			var incr *redis.IntCmd
			_, err := rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
				for range 1000 {
					incr = p.Incr(ctx, "n")
				}
				return nil
			})
			check("pipeline", err)
			if incr.Val() != 1000 {
				t.Errorf("pipeline: %d", incr.Val())
			}
			err = rdb.Watch(ctx, func(tx *redis.Tx) error {
				n, err := tx.Get(ctx, "n").Int()
				if err != nil {
					return err
				}
				_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
					p.Set(ctx, "n", n+1, 0)
					return nil
				})
				return err
			}, "n")
			check("WATCH", err)
			if n := rdb.Get(ctx, "n").Val(); n != "1001" {
				t.Errorf("after the transaction: %s", n)
			}
			if name := rdb.ClientGetName(ctx).Val(); name != "test" {
				t.Errorf("CLIENT GETNAME: %q", name)
			}
			if list := rdb.Command(ctx).Val(); list["get"] == nil || list["get"].Arity != 2 || list["get"].FirstKeyPos != 1 {
				t.Errorf("COMMAND: %v", list["get"])
			}
			if c := rdb.ConfigGet(ctx, "maxclients").Val(); c["maxclients"] != "10000" {
				t.Errorf("CONFIG GET: %v", c)
			}
			if _, err := rdb.SlowLogGet(ctx, 5).Result(); err != nil {
				t.Errorf("SLOWLOG GET: %v", err)
			}
			var keys []string
			it := rdb.Scan(ctx, 0, "*", 2).Iterator()
			for it.Next(ctx) {
				keys = append(keys, it.Val())
			}
			if check("SCAN", it.Err()); len(keys) != 5 {
				t.Errorf("SCAN: %v", keys)
			}
		})
	}
}
