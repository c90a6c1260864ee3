package dump

import (
	"errors"
	"io"
)

// copyText is rows in COPY's text form, which are made while they are read.
type copyText struct {
	fill func() error // appends a row, or some, to out
	out  []byte
	rest []byte // of out
	err  error
}

func (c *copyText) Read(p []byte) (int, error) {
	if len(c.rest) == 0 && c.err == nil {
		c.out = c.out[:0]
		for len(c.out) < 32<<10 && c.err == nil {
			c.err = c.fill()
		}
		c.rest = c.out
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	if n > 0 {
		return n, nil
	}
	return 0, c.err
}

func (c *copyText) format() string { return "" }

func (c *copyText) failed() error {
	if errors.Is(c.err, io.EOF) {
		return nil
	}
	return c.err
}

// null is NULL as COPY's text form has it.
const null = `\N`

// appendText appends a value as COPY's text form has it.
func appendText(b, value []byte) []byte {
	for _, c := range value {
		switch c {
		case '\\':
			b = append(b, '\\', '\\')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, c)
		}
	}
	return b
}
