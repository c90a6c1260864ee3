package transfer

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// maxLine bounds a line of JSON.
const maxLine = 1 << 30

// LineError says which line is wrong, and how.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// LineSink takes keys and libraries as they come from lines.
type LineSink interface {
	// Function is a library's code.
	Function(code []byte) error
	// BeginKey returns what encodes the key's value, and EndKey is called when that is
	// done, unless the key is left out.
	BeginKey(e *rdb.Entry) (*rdb.Encoder, error)
	EndKey(e *rdb.Entry) error
}

// ReadLines reads what Lines writes.
func ReadLines(in io.Reader, to LineSink, o Options) (Stats, error) {
	r := lineReader{to: to, o: &o}
	lines := bufio.NewReaderSize(in, 64<<10)
	for n := 1; ; n++ {
		text, err := readLine(lines)
		if len(text) > 0 {
			if err := r.line(text); err != nil {
				return r.stats, &LineError{n, err}
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return r.stats, nil
		case err != nil:
			return r.stats, &LineError{n, err}
		}
	}
}

// readLine returns a line, which is valid until the next one is read.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	for long := []byte(nil); errors.Is(err, bufio.ErrBufferFull); {
		// The reader's buffer is full of a part of it.
		long = append(long, line...)
		if line, err = in.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			line = append(long, line...)
		}
		if len(long) > maxLine {
			return nil, fmt.Errorf("longer than %d bytes", maxLine)
		}
	}
	return bytes.TrimSpace(line), err
}

type lineReader struct {
	to    LineSink
	o     *Options
	stats Stats
	scan  scanner
}

func (r *lineReader) line(text []byte) error {
	if r.scan.line(text) {
		return r.key(r.scan.kind, &r.scan.entry, func(e *rdb.Encoder) error {
			r.scan.encode(e)
			return nil
		})
	}
	return r.anyLine(text)
}

// anyLine is line by encoding/json alone.
func (r *lineReader) anyLine(text []byte) error {
	var l struct {
		line
		functionLine
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return jsonError(err)
	}
	if l.Function != "" {
		if r.o.NoFunctions {
			return nil
		}
		r.stats.Functions++
		return r.to.Function([]byte(l.Function))
	}
	kind, p, err := l.head()
	if err != nil {
		return err
	}
	e := rdb.Entry{DB: l.DB, Key: p.text(l.Key), Expire: l.Expire, Idle: -1, Freq: -1}
	if p.err != nil {
		return p.err
	}
	return r.key(kind, &e, func(to *rdb.Encoder) error {
		p.e = to
		p.value(kind, l.Value)
		return p.err
	})
}

// key hands a key on, with the value that encode encodes.
func (r *lineReader) key(kind rdb.Kind, e *rdb.Entry, encode func(*rdb.Encoder) error) error {
	to, err := r.to.BeginKey(e)
	if err != nil {
		return err
	}
	if err := encode(to); err != nil {
		return err
	}
	switch {
	case e.Expire != 0 && e.Expire <= r.o.Now:
		r.stats.Expired++
		return nil
	case r.o.Chooses != nil && !r.o.Chooses(e.DB, e.Key, kind):
		return nil
	}
	r.stats.Keys++
	return r.to.EndKey(e)
}

// jsonError says where in the line the JSON is wrong.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON at byte %d: %w", syntax.Offset, err)
	}
	return err
}

// head is what a line says of its value.
func (l *line) head() (rdb.Kind, *parser, error) {
	p := parser{base64: l.Encoding == "base64"}
	if l.Encoding != "" && !p.base64 {
		return 0, nil, fmt.Errorf(`encoding %q is not known: only "base64" is`, l.Encoding)
	}
	kind, ok := kindNamed(l.Type)
	if !ok {
		return 0, nil, fmt.Errorf(`"type" is %q: use string, list, set, zset, hash or stream`, l.Type)
	}
	return kind, &p, nil
}

func kindNamed[T string | []byte](name T) (rdb.Kind, bool) {
	for kind := rdb.String; kind <= rdb.Stream; kind++ {
		if kind.String() == string(name) {
			return kind, true
		}
	}
	return 0, false
}

// parser writes the value of a line. Errors stick.
type parser struct {
	base64 bool
	e      *rdb.Encoder
	err    error
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// text is a text of the line.
func (p *parser) text(s string) []byte {
	if !p.base64 {
		return []byte(s)
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		p.fail(err)
	}
	return b
}

// into reads the value as Go has it.
func (p *parser) into(raw json.RawMessage, v any) bool {
	if err := json.Unmarshal(raw, v); err != nil {
		p.fail(fmt.Errorf(`"value": %w`, jsonError(err)))
		return false
	}
	return true
}

var errNoMembers = errors.New(`"value" is empty, and a collection never is`)

func (p *parser) value(kind rdb.Kind, raw json.RawMessage) {
	switch kind {
	case rdb.String:
		var s string
		if p.into(raw, &s) {
			p.e.String(p.text(s))
		}
	case rdb.List, rdb.Set:
		p.elements(kind, raw)
	case rdb.ZSet:
		p.members(raw)
	case rdb.Hash:
		p.fields(raw)
	case rdb.Stream:
		p.stream(raw)
	}
}

// memberSet tells whether a member is there twice, of which what is loaded later would
// say that its value is bad, and not where.
type memberSet map[string]struct{}

func (m *memberSet) add(name string) bool {
	if *m == nil {
		*m = make(memberSet)
	}
	before := len(*m)
	(*m)[name] = struct{}{}
	return len(*m) > before
}

func errTwice(name string) error { return fmt.Errorf(`"value" has the member %.40q twice`, name) }

func (p *parser) elements(kind rdb.Kind, raw json.RawMessage) {
	var elements []string
	if !p.into(raw, &elements) {
		return
	}
	if len(elements) == 0 {
		p.fail(errNoMembers)
		return
	}
	p.e.Begin(kind, int64(len(elements)))
	var members memberSet
	for _, s := range elements {
		if kind == rdb.Set && !members.add(s) {
			p.fail(errTwice(s))
			return
		}
		p.e.Item(p.text(s))
	}
	p.e.End()
}

func (p *parser) members(raw json.RawMessage) {
	var members [][2]json.RawMessage
	if !p.into(raw, &members) {
		return
	}
	if len(members) == 0 {
		p.fail(errNoMembers)
		return
	}
	p.e.Begin(rdb.ZSet, int64(len(members)))
	var names memberSet
	for _, m := range members {
		var name string
		if !p.into(m[0], &name) {
			return
		}
		if !names.add(name) {
			p.fail(errTwice(name))
			return
		}
		score, err := strconv.ParseFloat(strings.Trim(string(m[1]), `"`), 64)
		if err != nil || score != score {
			p.fail(fmt.Errorf("the score of %.40q is %s: use a number, \"inf\" or \"-inf\"", name, m[1]))
			return
		}
		p.e.Item(p.text(name))
		p.e.Score(score)
	}
	p.e.End()
}

func (p *parser) fields(raw json.RawMessage) {
	var fields map[string]json.RawMessage
	if !p.into(raw, &fields) {
		return
	}
	if len(fields) == 0 {
		p.fail(errNoMembers)
		return
	}
	values := make(map[string]fieldLine, len(fields))
	first := int64(0)
	for name, raw := range fields {
		var f fieldLine
		if strings.HasPrefix(string(raw), "{") {
			if !p.into(raw, &f) {
				return
			}
		} else if !p.into(raw, &f.Value) {
			return
		}
		if f.Expire != 0 && (first == 0 || f.Expire < first) {
			first = f.Expire
		}
		values[name] = f
	}
	if first == 0 {
		p.e.Begin(rdb.Hash, int64(len(values)))
		for name, f := range values {
			p.e.Item(p.text(name))
			p.e.Item(p.text(f.Value))
		}
	} else {
		p.e.BeginExpiring(int64(len(values)), first)
		for name, f := range values {
			p.e.Field(p.text(name), p.text(f.Value), f.Expire)
		}
	}
	p.e.End()
}

// id reads the id of a stream's entry.
func (p *parser) id(s string) rdb.ID {
	ms, seq, found := strings.Cut(s, "-")
	id := rdb.ID{}
	var errs [2]error
	id.Ms, errs[0] = strconv.ParseUint(ms, 10, 64)
	id.Seq, errs[1] = strconv.ParseUint(seq, 10, 64)
	if !found || errs[0] != nil || errs[1] != nil {
		p.fail(fmt.Errorf("%.40q is no id of a stream: use 1-0", s))
	}
	return id
}

// nodeEntries is how many entries are written as one node.
const nodeEntries = 100

func (p *parser) stream(raw json.RawMessage) {
	var s streamLine
	if !p.into(raw, &s) {
		return
	}
	p.e.BeginStream(int64((len(s.Entries) + nodeEntries - 1) / nodeEntries))
	info := rdb.StreamInfo{Length: uint64(len(s.Entries)), Last: p.id(s.LastID), MaxDeleted: p.id(s.MaxDeleted), Added: s.Added}
	for from := 0; from < len(s.Entries); from += nodeEntries {
		var ids []rdb.ID
		var pairs [][][]byte
		for _, e := range s.Entries[from:min(from+nodeEntries, len(s.Entries))] {
			ids = append(ids, p.id(e.ID))
			var fields [][]byte
			for _, f := range e.Fields {
				fields = append(fields, p.text(f[0]), p.text(f[1]))
			}
			pairs = append(pairs, fields)
		}
		if from == 0 {
			info.First = ids[0]
		}
		p.e.Node(ids, pairs)
	}
	p.e.Info(info, int64(len(s.Groups)))
	for i := range s.Groups {
		p.group(&s.Groups[i])
	}
}

func (p *parser) group(g *groupLine) {
	pending := int64(0)
	for _, c := range g.Consumers {
		pending += int64(len(c.Pending))
	}
	p.e.Group(rdb.StreamGroup{Name: p.text(g.Name), Last: p.id(g.LastID), Read: g.Read, Pending: pending})
	for _, c := range g.Consumers {
		for _, e := range c.Pending {
			p.e.GroupPending(p.id(e.ID), e.Delivered, e.Count)
		}
	}
	p.e.Consumers(int64(len(g.Consumers)))
	for _, c := range g.Consumers {
		p.e.Consumer(p.text(c.Name), c.Seen, int64(len(c.Pending)))
		for _, e := range c.Pending {
			p.e.ConsumerPending(p.id(e.ID))
		}
		p.e.EndConsumer()
	}
}
