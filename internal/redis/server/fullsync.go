package server

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/replication"
)

// sendDataset sends a replica the data set as it is between two writes, and has it
// follow the stream from there.
func (s *Server) sendDataset(r *replica, eof, rdbOnly bool) (err error) {
	snapshot, id, offset, err := s.beginSync(r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	r.become(replicaLoads)
	out := bufio.NewWriterSize(r, 64<<10)
	if !r.old {
		if _, err := fmt.Fprintf(out, "+FULLRESYNC %s %d\r\n", id, offset); err != nil {
			return err
		}
	}
	state := replicaOnline
	if eof && !r.old {
		// The replica cannot tell the stream from the end of the data set before it
		// has seen the latter alone.
		state = replicaAcks
		err = s.sendDelimited(out, snapshot)
	} else {
		err = s.sendCounted(out, snapshot)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return err
	}
	if rdbOnly {
		state = replicaLeaving
	}
	r.become(state)
	s.countGoodReplicas()
	r.wake()
	return nil
}

// beginSync takes a snapshot and begins the replica's reading of the stream at
// the same moment: all other runs are before it or after it.
func (s *Server) beginSync(r *replica) (snapshot *keyspace.Snapshot, id string, offset int64, err error) {
	run := s.keys.NewRun()
	if err := run.LockAll(); err != nil {
		return nil, "", 0, err
	}
	var reader *replication.Reader
	reader, id, offset = s.feed.Attach(r.wake)
	followed := r.follow(reader)
	if followed {
		snapshot, err = s.keys.Snapshot()
	}
	_, applyErr := run.Apply() // it wrote nothing
	if !followed {
		return nil, "", 0, errReplicaGone
	}
	return snapshot, id, offset, errors.Join(err, applyErr)
}

// sendDelimited sends a data set whose size is not known, between two delimiters.
func (s *Server) sendDelimited(out *bufio.Writer, snapshot *keyspace.Snapshot) error {
	var random [20]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	delimiter := hex.EncodeToString(random[:])
	if _, err := fmt.Fprintf(out, "$EOF:%s\r\n", delimiter); err != nil {
		return err
	}
	if err := s.writeDataset(out, snapshot); err != nil {
		return err
	}
	_, err := out.WriteString(delimiter)
	return err
}

// sendCounted sends a data set after its size, by way of a file.
func (s *Server) sendCounted(out *bufio.Writer, snapshot *keyspace.Snapshot) (err error) {
	file, err := os.CreateTemp("", "orbit-sync-*.rdb")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	buffered := bufio.NewWriterSize(file, 64<<10)
	if err := errors.Join(s.writeDataset(buffered, snapshot), buffered.Flush()); err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "$%d\r\n", size); err != nil {
		return err
	}
	_, err = io.Copy(out, file)
	return err
}

func (s *Server) writeDataset(out io.Writer, snapshot *keyspace.Snapshot) error {
	_, err := dataset.Save(out, snapshot, dataset.SaveOptions{Limits: dataset.Limits(s.params), Uses: dataset.Uses(s.params)})
	return err
}
