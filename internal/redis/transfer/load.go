package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// OnConflict says what becomes of a key that is there already.
type OnConflict string

// What becomes of it: nothing, and the one that comes is dropped; it is replaced; or
// the loading ends.
const (
	Skip    OnConflict = "skip"
	Replace OnConflict = "replace"
	Fail    OnConflict = "fail"
)

// Form is how keys lie in a file.
type Form string

// The forms that are read and written. RESP are commands; what is read may be an
// append-only file, which may begin with an RDB file.
const (
	RDB   Form = "rdb"
	RESP  Form = "resp"
	JSONL Form = "jsonl"
)

// LoadOptions say how files are loaded.
type LoadOptions struct {
	Options
	Form       Form
	OnConflict OnConflict
	// DryRun has the server asked about each key, and nothing changed.
	DryRun bool
}

// LoadStats is what was loaded.
type LoadStats struct {
	Stats
	// Conflicts are keys that were there already, FirstConflict is the first of them.
	Conflicts     int64  `json:"conflicts"`
	FirstConflict string `json:"-"`
}

// ErrConflict says that a key is there already.
var ErrConflict = errors.New("a key exists already")

// Load sends what in holds as commands to a server at the other end of conn, which
// must be new. On an error it is closed, and what came before is loaded.
func Load(in io.Reader, conn io.ReadWriteCloser, o LoadOptions) (LoadStats, error) {
	l := loader{
		o: &o, in: bufio.NewReaderSize(in, 64<<10), replies: resp.NewReplyReader(conn),
		sent: make(chan sent, window), failed: make(chan struct{}), done: make(chan struct{}),
	}
	l.to = NewRestores(conn)
	l.to.Replace = o.OnConflict == Replace
	l.to.Sent = l.wrote
	l.to.DryRun = o.DryRun
	go l.read()
	stats, err := l.load()
	if err == nil {
		err = l.to.Flush()
	}
	close(l.sent)
	if err != nil {
		select {
		case <-l.failed: // it is why writing failed, too
			err = errReplies
		default:
			// Replies to what did not go out will not come.
			err = errors.Join(err, conn.Close())
		}
	}
	<-l.done
	l.stats.Stats = stats
	l.stats.Keys -= l.refused
	if err == nil || errors.Is(err, errReplies) {
		err = l.err
	}
	return l.stats, err
}

// window is how many replies may be awaited.
const window = 4096

// sent is a command whose reply is awaited.
type sent struct {
	db      int
	key     []byte // nil: not about a key
	command int64  // of a file of commands, from 1
}

type loader struct {
	o       *LoadOptions
	in      *bufio.Reader
	to      *Restores
	sent    chan sent
	replies *resp.ReplyReader

	// Of the goroutine that reads replies; others may look once done is closed.
	done    chan struct{}
	failed  chan struct{} // closed when err is set
	err     error
	stats   LoadStats
	refused int64
}

func (l *loader) load() (s Stats, err error) {
	switch l.o.Form {
	case JSONL:
		return ReadLines(l.in, l.to, l.o.Options)
	case RESP:
		if magic, err := l.in.Peek(5); err != nil || !bytes.Equal(magic, []byte("REDIS")) {
			err = l.commands(l.in, &s)
			return s, err
		}
		fallthrough
	default:
		s, rest, err := Walk(l.in, l.to, l.o.Options)
		if err != nil || l.o.Form == RDB {
			return s, err
		}
		err = l.commands(rest, &s)
		return s, err
	}
}

// errReplies ends a load whose replies tell that something went wrong.
var errReplies = errors.New("a command failed")

// wrote awaits a reply, after writing out what is buffered if too many are awaited.
func (l *loader) wrote(db int, key []byte) error { return l.await(sent{db: db, key: key}) }

func (l *loader) await(s sent) error {
	select {
	case <-l.failed:
		return errReplies
	case l.sent <- s:
		return nil
	default:
	}
	if err := l.to.Flush(); err != nil {
		return err
	}
	select {
	case <-l.failed:
		return errReplies
	case l.sent <- s:
		return nil
	}
}

// read takes the replies.
func (l *loader) read() {
	defer close(l.done)
	for s := range l.sent {
		if l.err != nil {
			continue // whoever sends sees failed soon
		}
		reply, err := l.replies.Next()
		if err == nil {
			err = l.reply(&s, &reply)
		} else {
			err = fmt.Errorf("the connection to the server was lost: %w", err)
		}
		if err != nil {
			l.err = err
			close(l.failed)
		}
	}
}

func (l *loader) reply(s *sent, r *resp.Reply) error {
	text, failed := r.Error()
	conflict := failed && strings.HasPrefix(text, "BUSYKEY") || l.o.DryRun && s.key != nil && string(r.Text) == "1"
	switch {
	case conflict:
		l.stats.Conflicts++
		if l.stats.FirstConflict == "" {
			l.stats.FirstConflict = fmt.Sprintf("%.100q of database %d", s.key, s.db)
		}
		if l.o.OnConflict != Replace {
			l.refused++
		}
		if l.o.OnConflict == Fail && !l.o.DryRun {
			return fmt.Errorf("%w: %s", ErrConflict, l.stats.FirstConflict)
		}
		return nil
	case !failed:
		return nil
	case s.key != nil:
		return fmt.Errorf("key %.100q of database %d: %s", s.key, s.db, text)
	case s.command > 0:
		return fmt.Errorf("command %d: %s", s.command, text)
	}
	return errors.New(text)
}

// commands sends the commands of a file as they are.
func (l *loader) commands(in io.Reader, s *Stats) error {
	var r resp.Reader
	r.MaxBulk = 1 << 30
	buf := make([]byte, 64<<10)
	for {
		got, err := in.Read(buf)
		r.Feed(buf[:got])
		for {
			args, failed := r.Next()
			if failed != nil {
				return fmt.Errorf("behind command %d: %w", s.Commands, failed)
			}
			if args == nil {
				break
			}
			if bytes.HasPrefix(args[0], []byte("#")) {
				continue // a time stamp of an append-only file
			}
			s.Commands++
			if l.o.DryRun {
				continue
			}
			if err := l.to.write(string(args[0]), args[1:]...); err != nil {
				return err
			}
			if err := l.await(sent{command: s.Commands}); err != nil {
				return err
			}
		}
		r.Done()
		switch {
		case errors.Is(err, io.EOF) && r.Buffered() > 0:
			return fmt.Errorf("the file ends in the middle of command %d", s.Commands+1)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
