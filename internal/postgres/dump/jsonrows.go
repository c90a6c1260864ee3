package dump

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// jsonRows turns JSON Lines into what COPY takes. The members of the first line are
// the columns; a later line may leave some out, which are NULL then.
type jsonRows struct {
	copyText
	in    *bufio.Reader
	names []targetColumn
	of    map[string]int // the column of a member
	read  int            // lines
	first []byte
	row   []json.RawMessage
}

// maxRow bounds a line.
const maxRow = 64 << 20

func newJSONRows(in *bufio.Reader, t *target) (*jsonRows, error) {
	j := &jsonRows{in: in, of: map[string]int{}}
	j.fill = j.line
	line, err := j.next()
	if errors.Is(err, io.EOF) { // no row has nothing to say about columns
		j.names, j.err = t.columns, err
		return j, nil
	}
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return nil, fmt.Errorf("line %d: %w", j.read, err)
	}
	for _, c := range t.columns {
		if _, ok := members[c.name]; ok {
			j.of[c.name] = len(j.names)
			j.names = append(j.names, c)
			delete(members, c.name)
		}
	}
	for name := range members {
		_, err := t.column(name)
		return nil, fmt.Errorf("line %d: %w", j.read, err)
	}
	if len(j.names) == 0 {
		return nil, fmt.Errorf("line %d: an object without members", j.read)
	}
	j.row = make([]json.RawMessage, len(j.names))
	j.first = bytes.Clone(line)
	return j, nil
}

// next gives the next line. Empty ones may stand at the end only, so that the server
// counts the lines as the file does.
func (j *jsonRows) next() ([]byte, error) {
	for empty := false; ; {
		line, err := readLine(j.in, maxRow)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				err = fmt.Errorf("line %d: %w", j.read+1, err)
			}
			return nil, err
		}
		if j.read++; j.read == 1 {
			line = bytes.TrimPrefix(line, byteOrderMark)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 && empty {
			return nil, fmt.Errorf("line %d: an empty line", j.read-1)
		} else if len(line) > 0 {
			return line, nil
		}
		empty = true
	}
}

// line turns a line into a row of COPY.
func (j *jsonRows) line() error {
	line := j.first
	if j.first = nil; line == nil {
		var err error
		if line, err = j.next(); err != nil {
			return err
		}
	}
	if err := j.members(line); err != nil {
		return fmt.Errorf("line %d: %w", j.read, err)
	}
	for i, value := range j.row {
		if i > 0 {
			j.out = append(j.out, '\t')
		}
		var err error
		if j.out, err = appendField(j.out, value, j.names[i].json); err != nil {
			return fmt.Errorf("line %d: %s: %w", j.read, j.names[i].name, err)
		}
	}
	j.out = append(j.out, '\n')
	return nil
}

// members finds the values of a line.
func (j *jsonRows) members(line []byte) error {
	clear(j.row)
	d := json.NewDecoder(bytes.NewReader(line))
	open, err := d.Token()
	if err != nil {
		return jsonError(err)
	}
	if open != json.Delim('{') {
		return errors.New("no JSON object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return jsonError(err)
		}
		i, ok := j.of[fmt.Sprint(name)]
		if !ok {
			return fmt.Errorf("member %q is not in the first line, which says what the columns are", name)
		}
		if err := d.Decode(&j.row[i]); err != nil {
			return jsonError(err)
		}
	}
	if _, err := d.Token(); err != nil {
		return jsonError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

func jsonError(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("not JSON: %w", err)
}

// appendField appends a value as COPY's text format has it: strings as what they
// hold, all else as it is written.
func appendField(b []byte, value json.RawMessage, isJSON bool) ([]byte, error) {
	if value == nil || string(value) == "null" {
		return append(b, null...), nil
	}
	text := []byte(value)
	if value[0] == '"' && !isJSON {
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			return nil, err
		}
		text = []byte(s)
	}
	return appendText(b, text), nil
}

func (j *jsonRows) columns() []targetColumn                { return j.names }
func (j *jsonRows) failedAt(ofServer int, err error) error { return &LineError{ofServer, "", err} }
