package differential

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// peer is one of the two servers: a connection for commands and one that listens
// to keyspace events.
type peer struct {
	name         string
	conn, events *commandtest.Conn
}

// patience is how long a server may take to answer commands none of which waits.
const patience = 10 * time.Second

// endOfRound is published to see that all events before it have come.
const endOfRound = "end-of-round"

// listen subscribes to keyspace events.
func (s *peer) listen() error {
	if _, err := s.call("CONFIG", "SET", "notify-keyspace-events", "KEAn"); err != nil {
		return err
	}
	for _, subscribe := range [][]string{{"PSUBSCRIBE", "__key*__:*"}, {"SUBSCRIBE", endOfRound}} {
		if err := s.events.Send(subscribe); err != nil {
			return err
		}
		if _, err := s.events.Receive(); err != nil {
			return err
		}
	}
	return nil
}

// heard are the events since the last time, one a line.
func (s *peer) heard() ([]string, error) {
	if _, err := s.call("PUBLISH", endOfRound, ""); err != nil {
		return nil, err
	}
	var events []string
	for {
		b, err := s.events.Receive()
		if err != nil {
			return nil, err
		}
		n, err := parse(b)
		if err != nil {
			return nil, err
		}
		if n.items[1].text == endOfRound {
			return events, nil
		}
		events = append(events, n.items[2].text+" "+n.items[3].text)
	}
}

// call runs one command.
func (s *peer) call(words ...string) (*node, error) {
	nodes, err := s.batch([][]string{words})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

// batch runs commands that are sent together.
func (s *peer) batch(commands [][]string) ([]*node, error) {
	if err := s.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if err := s.conn.Send(commands...); err != nil {
		return nil, err
	}
	nodes := make([]*node, len(commands))
	for i, words := range commands {
		b, err := s.conn.Receive()
		if err == nil {
			nodes[i], err = parse(b)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %q of %q: %w", s.name, words, commands, err)
		}
	}
	return nodes, nil
}

// pair are the two servers, and what is known of the connections' state.
type pair struct {
	redis, orbit peer
	queued       [][]string // the commands of an open MULTI
}

func (p *pair) peers() []*peer { return []*peer{&p.redis, &p.orbit} }

// difference is where the two disagree.
type difference struct {
	what         string
	redis, orbit string
}

func (d *difference) String() string {
	return fmt.Sprintf("%s\n  redis %s\n  orbit %s", d.what, d.redis, d.orbit)
}

// play runs steps over empty data and returns the first difference, nil if there
// is none.
func (p *pair) play(r *round, steps []step) (*difference, error) {
	for _, server := range p.peers() {
		for _, line := range r.setup() {
			n, err := server.call(strings.Fields(line)...)
			if err != nil {
				return nil, err
			}
			if n.kind == '-' {
				return nil, fmt.Errorf("%s: %s: %s", server.name, line, n.text)
			}
		}
		if _, err := server.heard(); err != nil {
			return nil, err
		}
	}
	p.queued = nil
	var commands [][]string
	for i, s := range steps {
		last := i == len(steps)-1
		if s.scan {
			diff, err := p.compareReplies(commands)
			commands = nil
			if diff == nil && err == nil {
				diff, err = p.compareScans(s.commands[0])
			}
			if diff != nil || err != nil {
				return diff, err
			}
		}
		if !s.scan {
			commands = append(commands, s.commands...)
		}
		if len(commands) >= r.batch || last {
			diff, err := p.compareReplies(commands)
			commands = nil
			if diff != nil || err != nil {
				return diff, err
			}
		}
	}
	return p.compareEnd(steps)
}

// compareReplies runs commands on both.
func (p *pair) compareReplies(commands [][]string) (*difference, error) {
	want, err := p.redis.batch(commands)
	if err != nil {
		return nil, err
	}
	got, err := p.orbit.batch(commands)
	if err != nil {
		return nil, err
	}
	for i, words := range commands {
		if d := p.compareReply(words, want[i], got[i]); d != nil {
			return d, nil
		}
	}
	return nil, nil
}

func (p *pair) compareReply(words []string, want, got *node) *difference {
	p.settle(words, want, got)
	if w, g := want.String(), got.String(); w != g {
		return &difference{script([]step{{commands: [][]string{words}}}), w, g}
	}
	return nil
}

// settle follows MULTI and brings replies into a form that can be compared.
func (p *pair) settle(words []string, want, got *node) {
	name := strings.ToLower(words[0])
	switch {
	case want.kind == '+' && want.text == "QUEUED":
		p.queued = append(p.queued, words)
		return
	case name == "exec":
		if len(want.items) == len(p.queued) && len(got.items) == len(p.queued) {
			for i, queued := range p.queued {
				normalize(queued, want.items[i], got.items[i])
			}
		}
		p.queued = nil
		return
	case name == "discard" && want.kind == '+':
		p.queued = nil
		return
	}
	normalize(words, want, got)
}

// compareScans runs a scan to its end on both; what is found must be the same
// whatever the order, the steps and the repetitions.
func (p *pair) compareScans(words []string) (*difference, error) {
	var found [2]string
	for i, server := range p.peers() {
		text, err := server.scan(slices.Clone(words))
		if err != nil {
			return nil, err
		}
		found[i] = text
		if text == "QUEUED" && i == 0 {
			p.queued = append(p.queued, words)
		}
	}
	if found[0] != found[1] {
		return &difference{script([]step{{commands: [][]string{words}}}) + " (to its end)", found[0], found[1]}, nil
	}
	return nil, nil
}

// scan follows the cursors of a scan and returns what came, in order and once.
func (s *peer) scan(words []string) (string, error) {
	cursor := 1
	if !strings.EqualFold(words[0], "scan") {
		cursor = 2
	}
	pairs := strings.EqualFold(words[0], "hscan") || strings.EqualFold(words[0], "zscan")
	var found []string
	for {
		n, err := s.call(words...)
		if err != nil {
			return "", err
		}
		if len(n.items) != 2 || n.items[0].kind != '$' {
			return n.text, nil
		}
		items := n.items[1].items
		for len(items) > 0 {
			if pairs {
				value := items[1].String()
				if f, err := strconv.ParseFloat(items[1].text, 64); err == nil && words[0] == "ZSCAN" {
					value = fmt.Sprint(f) // 1e+17 or all its digits, by the encoding
				}
				found = append(found, items[0].String()+"="+value)
				items = items[2:]
				continue
			}
			found = append(found, items[0].String())
			items = items[1:]
		}
		if n.items[0].text == "0" {
			slices.Sort(found)
			return strings.Join(slices.Compact(found), " "), nil
		}
		words[cursor] = n.items[0].text
	}
}

// compareEnd compares the events of the round and what it left.
func (p *pair) compareEnd(steps []step) (*difference, error) {
	for _, server := range p.peers() {
		if _, err := server.call("DISCARD"); err != nil {
			return nil, err
		}
	}
	var heard [2][]string
	for i, server := range p.peers() {
		var err error
		if heard[i], err = server.heard(); err != nil {
			return nil, err
		}
	}
	for i := range max(len(heard[0]), len(heard[1])) {
		want, got := at(heard[0], i), at(heard[1], i)
		if want != got {
			return &difference{fmt.Sprintf("event %d", i+1), want, got}, nil
		}
	}
	return p.compareData()
}

func at(events []string, i int) string {
	if i < len(events) {
		return events[i]
	}
	return "(none)"
}
