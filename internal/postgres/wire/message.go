package wire

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// bindBuffers are kept from Bind to Bind.
type bindBuffers struct {
	formats, results []int16
	values           [][]byte
}

// query runs a Query message.
func (c *conn) query(body []byte) error {
	f := fields{b: body}
	sql := string(f.text())
	if err := f.end(); err != nil {
		return fatal(err)
	}
	c.described = false
	if err := c.sess.Query(sql); err != nil {
		if err := c.tell(err); err != nil {
			return err
		}
	}
	return c.ready()
}

// fatal makes a message that cannot be understood the end of the connection:
// nothing after it can be trusted.
func fatal(err error) error {
	e := *pgerr.From(err)
	e.Severity = "FATAL"
	return &e
}

// extended tells a message's error and skips to Sync after it.
func (c *conn) extended(err error) error {
	if err == nil {
		return nil
	}
	c.skip = true
	return c.tell(err)
}

func (c *conn) sync() error {
	c.skip = false
	if err := c.sess.Sync(); err != nil {
		if err := c.tell(err); err != nil {
			return err
		}
	}
	return c.ready()
}

// reject gives a malformed message to the session as a statement's error.
func (c *conn) reject(err error) error { return c.sess.Reject(err) }

func (c *conn) parse(body []byte) error {
	f := fields{b: body}
	name, text := f.text(), f.text()
	n := f.count(4)
	var declared []types.OID
	for range n {
		declared = append(declared, types.OID(uint32(f.int32())))
	}
	if err := f.end(); err != nil {
		return c.reject(err)
	}
	if err := c.sess.ParseStatement(string(name), string(text), declared); err != nil {
		return err
	}
	c.simple('1')
	return nil
}

func (c *conn) bind(body []byte) error {
	f := fields{b: body}
	b := &c.params
	portal, stmt := f.text(), f.text()
	b.formats = b.formats[:0]
	for range f.count(2) {
		b.formats = append(b.formats, f.int16())
	}
	b.values = b.values[:0]
	for range f.count(4) {
		size := f.int32()
		if size == -1 {
			b.values = append(b.values, nil)
			continue
		}
		v := f.take(int(size))
		if v == nil && !f.bad {
			v = []byte{}
		}
		b.values = append(b.values, v)
	}
	b.results = b.results[:0]
	for range f.count(2) {
		b.results = append(b.results, f.int16())
	}
	if err := f.end(); err != nil {
		return c.reject(err)
	}
	err := c.sess.Bind(name(portal), name(stmt), b.formats, b.values, b.results)
	clear(b.values)
	if err != nil {
		return err
	}
	c.simple('2')
	return nil
}

// name is a statement's or portal's name; most have none.
func name(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return string(b)
}

func (c *conn) describe(body []byte) error {
	f := fields{b: body}
	kind, of := f.byte(), f.text()
	if err := f.end(); err != nil {
		return c.reject(err)
	}
	switch kind {
	case 'S':
		params, cols, err := c.sess.DescribeStatement(name(of))
		if err != nil {
			return err
		}
		b, at := begin(c.out, 't')
		b = appendInt16(b, len(params))
		for _, p := range params {
			b = appendInt32(b, int(p))
		}
		c.out = end(b, at)
		if len(cols) == 0 {
			c.simple('n')
		} else {
			c.out = appendRowDescription(c.out, cols, nil)
		}
	case 'P':
		cols, formats, err := c.sess.DescribePortal(name(of))
		if err != nil {
			return err
		}
		if len(cols) == 0 {
			c.simple('n')
		} else {
			c.out = appendRowDescription(c.out, cols, formats)
		}
	default:
		return c.reject(pgerr.New(pgerr.ProtocolViolation, "invalid DESCRIBE message subtype %d", kind))
	}
	return nil
}

func (c *conn) execute(body []byte) error {
	f := fields{b: body}
	portal, limit := f.text(), f.int32()
	if err := f.end(); err != nil {
		return c.reject(err)
	}
	c.described = true
	suspended, err := c.sess.Execute(name(portal), int(max(limit, 0)))
	if err != nil {
		return err
	}
	if suspended {
		c.simple('s')
	}
	if len(c.out) >= flushAt {
		return c.flush()
	}
	return nil
}

func (c *conn) close(body []byte) error {
	f := fields{b: body}
	kind, of := f.byte(), f.text()
	if err := f.end(); err != nil {
		return c.reject(err)
	}
	switch kind {
	case 'S':
		c.sess.CloseStatement(name(of))
	case 'P':
		c.sess.ClosePortal(name(of))
	default:
		return c.reject(pgerr.New(pgerr.ProtocolViolation, "invalid CLOSE message subtype %d", kind))
	}
	c.simple('3')
	return nil
}
