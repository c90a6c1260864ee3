package stream

import (
	"bytes"
	"math"
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

const (
	errID    command.Error = "ERR Invalid stream ID specified as stream command argument"
	errStart command.Error = "ERR invalid start ID for the interval"
	errEnd   command.Error = "ERR invalid end ID for the interval"
)

// parseID reads "ms-seq", or "ms" with missing as its number.
func parseID(arg []byte, missing uint64) (id keyspace.StreamID, err error) {
	if len(arg) > 127 {
		return id, errID
	}
	ms, seq, both := bytes.Cut(arg, []byte("-"))
	if id.Ms, err = command.ParseUint(ms); err != nil {
		return id, errID
	}
	id.Seq = missing
	if both {
		if id.Seq, err = command.ParseUint(seq); err != nil {
			return id, errID
		}
	}
	return id, nil
}

// parseBound reads an id, or "-" or "+" for the least and the greatest.
func parseBound(arg []byte, missing uint64) (keyspace.StreamID, error) {
	switch string(arg) {
	case "-":
		return keyspace.StreamID{}, nil
	case "+":
		return keyspace.MaxStreamID, nil
	}
	return parseID(arg, missing)
}

// parseStart reads the lower bound of an interval: "(id" does not include id.
func parseStart(arg []byte) (keyspace.StreamID, error) {
	if len(arg) < 2 || arg[0] != '(' {
		return parseBound(arg, 0)
	}
	id, err := parseID(arg[1:], 0)
	if err != nil {
		return id, err
	}
	id, ok := id.Next()
	if !ok {
		return id, errStart
	}
	return id, nil
}

// parseEnd reads the upper bound of an interval.
func parseEnd(arg []byte) (keyspace.StreamID, error) {
	if len(arg) < 2 || arg[0] != '(' {
		return parseBound(arg, math.MaxUint64)
	}
	id, err := parseID(arg[1:], math.MaxUint64)
	if err != nil {
		return id, err
	}
	id, ok := id.Prev()
	if !ok {
		return id, errEnd
	}
	return id, nil
}

func parseIDs(args [][]byte) ([]keyspace.StreamID, error) {
	ids := make([]keyspace.StreamID, len(args))
	for i, arg := range args {
		var err error
		if ids[i], err = parseID(arg, 0); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func appendID(b []byte, id keyspace.StreamID) []byte {
	b = strconv.AppendUint(b, id.Ms, 10)
	return strconv.AppendUint(append(b, '-'), id.Seq, 10)
}

func writeID(c *command.Ctx, id keyspace.StreamID) {
	var scratch [48]byte
	c.Out.Bulk(appendID(scratch[:0], id))
}
