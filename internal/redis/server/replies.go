package server

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// mark is where the reply of one command of a run ends. If the run's writes fail,
// the replies of those that wrote are replaced.
type mark struct {
	end   int
	wrote bool
}

func (s *session) mark(wrote bool) {
	s.marks = append(s.marks, mark{len(s.out.Buf), wrote})
}

// failReplies replaces the replies of a batch from its first write on: what wrote
// gets err, and so does what came after, as it may have seen the write.
func failReplies(replies []reply, err error) {
	failed := false
	for i := range replies {
		r := &replies[i]
		r.out, failed = failWrites(r.out, r.marks, r.session.out.Proto, err, failed)
	}
}

// failWrites does so for the replies of one session. failed says that an earlier
// one failed; the result, that one did so far.
func failWrites(out []byte, marks []mark, proto int, err error, failed bool) ([]byte, bool) {
	w := resp.Writer{Proto: proto}
	from := 0
	for _, m := range marks {
		failed = failed || m.wrote
		switch {
		case m.end == from: // a reply the client did not want
		case failed:
			w.Error(command.ReplyText(err))
		default:
			w.Raw(out[from:m.end])
		}
		from = m.end
	}
	return append(w.Buf, out[from:]...), failed
}

// recycleMarks keeps one of two slices for the session's next run.
func recycleMarks(have, free []mark) []mark {
	if have == nil && cap(free) <= 1024 {
		return free[:0]
	}
	return have
}
