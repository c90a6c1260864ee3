package server

import (
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

func TestWaitaofWaitsForTheJournal(t *testing.T) {
	for _, durability := range []storage.Durability{storage.Always, storage.EverySec, storage.No} {
		t.Run(durability.String(), func(t *testing.T) {
			store, err := frontstore.Open(frontstore.Options{Dir: t.TempDir(), Durability: durability})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			})
			s := serve(t, withStore(store))
			c, other := dial(t, s), dial(t, s)
			other.want("*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0") // it wrote nothing
			for range 3 {
				c.want("+OK\r\n", "SET", "k", "v")
				c.want("*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
			}
			applied, synced, _ := store.Progress()
			if synced == 0 || synced > applied {
				t.Errorf("on disk up to %d of %d", synced, applied)
			}
			c.want("*2\r\n:1\r\n:0\r\n", "WAITAOF", "0", "0", "0")
			c.want("*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "1", "20") // no replica
			c.want("-ERR value is out of range, value must between 0 and 1\r\n", "WAITAOF", "2", "0", "0")
			c.want("-ERR value is out of range, must be positive\r\n", "WAITAOF", "0", "-1", "0")
			c.want("-ERR timeout is negative\r\n", "WAITAOF", "0", "0", "-1")
		})
	}
}

func TestWaitaofCountsReplicasThatHaveItOnDisk(t *testing.T) {
	s := serve(t)
	c, replica := dial(t, s), dial(t, s)
	c.want("-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n", "WAITAOF", "1", "0", "0")
	replica.send(request("PSYNC", "?", "-1"))
	if got := replica.reply(); !strings.HasPrefix(got, "+FULLRESYNC") {
		t.Fatalf("got %q", got)
	}
	eventually(t, "the replica has the data set", func() bool { return strings.Contains(c.do("INFO", "replication"), "state=online") })
	c.want("+OK\r\n", "SET", "k", "v")
	replica.send(request("REPLCONF", "ACK", "100000"))
	c.want(":1\r\n", "WAIT", "1", "0")
	c.want("*2\r\n:0\r\n:0\r\n", "WAITAOF", "0", "1", "20") // it has it, but not on disk
	c.send(request("WAITAOF", "0", "1", "0"))
	eventually(t, "the client waits", func() bool { return strings.Contains(dial(t, s).do("CLIENT", "LIST"), "cmd=waitaof") })
	replica.send(request("REPLCONF", "ACK", "100000", "FACK", "100000"))
	if got := c.reply(); got != "*2\r\n:0\r\n:1\r\n" {
		t.Errorf("got %q", got)
	}
}
