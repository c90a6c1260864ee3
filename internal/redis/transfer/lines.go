package transfer

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/redis/rdb"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// line is a key as JSON Lines have it: a contract, see docs/CLI_JSON_OUTPUT.md.
type line struct {
	DB  int    `json:"db"`
	Key string `json:"key"`
	// Encoding is "base64" if the key, or anything in the value, is not UTF-8: all
	// texts of both are encoded then.
	Encoding string          `json:"encoding,omitempty"`
	Type     string          `json:"type"`
	Expire   int64           `json:"expire_ms,omitempty"` // unix milliseconds
	Value    json.RawMessage `json:"value"`
}

// streamLine is the value of a stream.
type streamLine struct {
	Entries    []entryLine `json:"entries"`
	LastID     string      `json:"last_id"`
	Added      uint64      `json:"entries_added"`
	MaxDeleted string      `json:"max_deleted_id"`
	Groups     []groupLine `json:"groups,omitempty"`
}

type entryLine struct {
	ID     string      `json:"id"`
	Fields [][2]string `json:"fields"`
}

type groupLine struct {
	Name      string         `json:"name"`
	LastID    string         `json:"last_id"`
	Read      int64          `json:"entries_read"`
	Consumers []consumerLine `json:"consumers,omitempty"`
}

type consumerLine struct {
	Name    string        `json:"name"`
	Seen    int64         `json:"seen_ms"`
	Pending []pendingLine `json:"pending,omitempty"`
}

type pendingLine struct {
	ID        string `json:"id"`
	Delivered int64  `json:"delivered_ms"`
	Count     int64  `json:"count"`
}

// fieldLine is a field of a hash with a TTL of its own.
type fieldLine struct {
	Value  string `json:"value"`
	Expire int64  `json:"expire_ms"`
}

// functionLine is a library of functions.
type functionLine struct {
	Function string `json:"function"`
}

// Lines writes an object of JSON for each key and library, one a line.
type Lines struct {
	w     *bufio.Writer
	value lineValue
}

var _ Sink = (*Lines)(nil)

// NewLines writes to w. The last bytes go out with Flush.
func NewLines(w io.Writer) *Lines { return &Lines{w: bufio.NewWriterSize(w, 64<<10)} }

// Flush writes what is buffered.
func (l *Lines) Flush() error { return l.w.Flush() }

func (l *Lines) write(v any) error {
	b, err := marshal(v)
	if err != nil {
		return err
	}
	_, err = l.w.Write(append(b, '\n'))
	return err
}

// marshal is json.Marshal without escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Function is Sink's.
func (l *Lines) Function(code []byte) error { return l.write(functionLine{string(code)}) }

// Key is Sink's.
func (l *Lines) Key(e *rdb.Entry, r *rdb.Reader) error {
	v := &l.value
	*v = lineValue{texts: v.texts[:0], scores: v.scores[:0], expires: v.expires[:0], text: utf8.Valid(e.Key)}
	if err := r.Value(v); err != nil {
		return err
	}
	out := line{DB: e.DB, Key: v.string(e.Key), Type: v.kind.String(), Expire: e.Expire}
	if !v.text {
		out.Encoding = "base64"
	}
	var err error
	if out.Value, err = marshal(v.json()); err != nil {
		return err
	}
	return l.write(&out)
}

// lineValue gathers a value: whether it is text is known at its end only.
type lineValue struct {
	kind    rdb.Kind
	text    bool // all so far is UTF-8
	texts   [][]byte
	scores  []float64
	expires []int64
	ids     []rdb.ID
	pairs   [][][]byte
	info    rdb.StreamInfo
	groups  []gatheredGroup
}

type gatheredGroup struct {
	name      []byte
	last      rdb.ID
	read      int64
	consumers []gatheredConsumer
}

type gatheredConsumer struct {
	name    []byte
	seen    int64
	pending []pendingLine
}

var _ rdb.Receiver = (*lineValue)(nil)

func (v *lineValue) add(texts ...[]byte) {
	for _, t := range texts {
		v.text = v.text && utf8.Valid(t)
	}
	v.texts = append(v.texts, texts...)
}

// String is rdb.Receiver's, as are the methods below.
func (v *lineValue) String(value []byte) error {
	v.kind = rdb.String
	v.add(value)
	return nil
}

// Begin begins a collection.
func (v *lineValue) Begin(k rdb.Kind) error {
	v.kind = k
	return nil
}

// Element adds to a list or set.
func (v *lineValue) Element(b []byte) error {
	v.add(b)
	return nil
}

// Field adds to a hash.
func (v *lineValue) Field(field, value []byte, expire int64) error {
	v.add(field, value)
	v.expires = append(v.expires, expire)
	return nil
}

// Member adds to a sorted set.
func (v *lineValue) Member(member []byte, score float64) error {
	v.add(member)
	v.scores = append(v.scores, score)
	return nil
}

// Entry adds to a stream.
func (v *lineValue) Entry(id rdb.ID, pairs [][]byte, _ bool) error {
	for _, p := range pairs {
		v.text = v.text && utf8.Valid(p)
	}
	v.ids, v.pairs = append(v.ids, id), append(v.pairs, append([][]byte(nil), pairs...))
	return nil
}

// Info completes a stream's entries.
func (v *lineValue) Info(i rdb.StreamInfo) error {
	v.info = i
	return nil
}

// Group adds a group.
func (v *lineValue) Group(name []byte, last rdb.ID, read int64) error {
	v.text = v.text && utf8.Valid(name)
	v.groups = append(v.groups, gatheredGroup{name: name, last: last, read: read})
	return nil
}

// Consumer adds a consumer to the last group.
func (v *lineValue) Consumer(name []byte, seen int64) error {
	v.text = v.text && utf8.Valid(name)
	g := &v.groups[len(v.groups)-1]
	g.consumers = append(g.consumers, gatheredConsumer{name: name, seen: seen})
	return nil
}

// Pending adds an entry to the last consumer's.
func (v *lineValue) Pending(id rdb.ID, delivered, count int64) error {
	g := &v.groups[len(v.groups)-1]
	c := &g.consumers[len(g.consumers)-1]
	c.pending = append(c.pending, pendingLine{string(idText(id)), delivered, count})
	return nil
}

// string is a text as the line has it.
func (v *lineValue) string(b []byte) string {
	if v.text {
		return string(b)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// json is the value as the line has it.
func (v *lineValue) json() any {
	switch v.kind {
	case rdb.String:
		return v.string(v.texts[0])
	case rdb.Hash:
		fields := make(map[string]any, len(v.expires))
		for i, expire := range v.expires {
			name, value := v.string(v.texts[2*i]), v.string(v.texts[2*i+1])
			if expire != 0 {
				fields[name] = fieldLine{value, expire}
			} else {
				fields[name] = value
			}
		}
		return fields
	case rdb.ZSet:
		members := make([][2]any, 0, len(v.scores))
		for i, score := range v.scores {
			members = append(members, [2]any{v.string(v.texts[i]), jsonScore(score)})
		}
		return members
	case rdb.Stream:
		return v.stream()
	}
	elements := make([]string, 0, len(v.texts))
	for _, t := range v.texts {
		elements = append(elements, v.string(t))
	}
	return elements
}

// jsonScore is a number, or a text where JSON has no number.
func jsonScore(score float64) any {
	text := string(resp.AppendDouble(nil, score))
	if math.IsInf(score, 0) || math.IsNaN(score) {
		return text
	}
	return json.Number(text)
}

func (v *lineValue) stream() streamLine {
	s := streamLine{
		Entries: make([]entryLine, 0, len(v.ids)), LastID: string(idText(v.info.Last)),
		Added: v.info.Added, MaxDeleted: string(idText(v.info.MaxDeleted)),
	}
	for i, id := range v.ids {
		e := entryLine{ID: string(idText(id))}
		for p := 0; p+1 < len(v.pairs[i]); p += 2 {
			e.Fields = append(e.Fields, [2]string{v.string(v.pairs[i][p]), v.string(v.pairs[i][p+1])})
		}
		s.Entries = append(s.Entries, e)
	}
	for _, g := range v.groups {
		group := groupLine{Name: v.string(g.name), LastID: string(idText(g.last)), Read: g.read}
		for _, c := range g.consumers {
			group.Consumers = append(group.Consumers, consumerLine{v.string(c.name), c.seen, c.pending})
		}
		s.Groups = append(s.Groups, group)
	}
	return s
}
