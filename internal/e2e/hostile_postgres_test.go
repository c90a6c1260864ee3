package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// postgresHostility is what the PostgreSQL port meets.
var postgresHostility = []hostileCase{
	{"a million nested parentheses", func(t *testing.T, v *victim) {
		refused(t, v, "SELECT "+strings.Repeat("(", 1_000_000)+"1"+strings.Repeat(")", 1_000_000), "54001")
	}},
	{"a million open parentheses", func(t *testing.T, v *victim) {
		refused(t, v, "SELECT "+strings.Repeat("(", 1_000_000), "54001", "42601")
	}},
	{"64,000 chained operators", func(t *testing.T, v *victim) {
		refused(t, v, "SELECT 1"+strings.Repeat("+1", 64_000), "54001")
	}},
	{"64,000 other chains", func(t *testing.T, v *victim) {
		for _, sql := range []string{
			"SELECT " + strings.Repeat("NOT ", 64_000) + "true",
			"SELECT " + strings.Repeat("- ", 64_000) + "1",
			"SELECT 1" + strings.Repeat("::int", 64_000),
			"SELECT true" + strings.Repeat(" AND true", 64_000),
			"SELECT 1" + strings.Repeat(" UNION SELECT 1", 64_000),
			"SELECT " + strings.Repeat("CASE WHEN true THEN ", 64_000) + "1" + strings.Repeat(" END", 64_000),
			"SELECT " + strings.Repeat("array[", 64_000) + "1" + strings.Repeat("]", 64_000),
			"SELECT " + strings.Repeat("abs(", 64_000) + "1" + strings.Repeat(")", 64_000),
			"SELECT * FROM " + strings.Repeat("(SELECT * FROM ", 64_000) + "t" + strings.Repeat(") x", 64_000),
			"SELECT * FROM t" + strings.Repeat(" JOIN t ON true", 64_000),
			"SELECT ARRAY[1]" + strings.Repeat("[1]", 64_000),
			"WITH " + strings.Repeat("a AS (WITH ", 64_000) + "a AS (SELECT 1) SELECT 1" + strings.Repeat(") SELECT 1", 64_000),
			"SELECT 'x'" + strings.Repeat(" COLLATE \"C\"", 64_000),
			"SELECT 1" + strings.Repeat(" IS NULL", 64_000),
			"SELECT '" + strings.Repeat("[", 1_000_000) + "'::jsonb",
			"SELECT '" + strings.Repeat("{", 1_000_000) + "'::int[]",
			"SELECT " + strings.Repeat("(", 64_000) + "1" + strings.Repeat(") IN (1)", 64_000),
		} {
			oneAnswer(t, v, sql)
		}
	}},
	{"a regular expression that explodes", func(t *testing.T, v *victim) {
		oneAnswer(t, v, `SELECT repeat('a', 5000) ~ '(a*)*b'`)
		oneAnswer(t, v, `SELECT 'a' ~ '`+strings.Repeat("(", 100_000)+`'`)
		oneAnswer(t, v, `SELECT 'a' ~ 'a{1,255}{1,255}{1,255}'`)
	}},
	{"functions that make much of little", func(t *testing.T, v *victim) {
		for _, sql := range []string{
			"SELECT repeat('x', 2000000000)",
			"SELECT repeat(repeat('x', 1000000), 1000000)",
			"SELECT lpad('x', 2000000000, 'y')",
			"SELECT length(repeat('x', 100000000))",
			"SELECT 10::numeric ^ 1000000",
			"SELECT factorial(100000)",
			"SELECT array_fill(1, ARRAY[2000000000])",
			"SELECT string_agg(repeat('x', 1000), '') FROM generate_series(1, 100000)",
			"SELECT array_agg(g) FROM generate_series(1, 100000000000) g",
		} {
			stopped(t, v, sql)
		}
	}},
	{"fifty thousand values", func(t *testing.T, v *victim) {
		oneAnswer(t, v, "SELECT count(*) FROM (VALUES (1)"+strings.Repeat(",(1)", 50_000)+") v")
		oneAnswer(t, v, "SELECT 1 IN (1"+strings.Repeat(",1", 50_000)+")")
	}},
	{"half a message", func(t *testing.T, v *victim) {
		whole := bytes.Join([][]byte{startup("user", "postgres"), message('Q', "CREATE TABLE half (a int)\x00")}, nil)
		for i := 1; i < len(whole); i++ {
			dial(t, v.orbit.sql).send(whole[:i])
		}
		var n int
		if err := v.sql.QueryRow(t.Context(), "SELECT count(*) FROM pg_class WHERE relname = 'half'").Scan(&n); err != nil || n != 0 {
			t.Errorf("half a statement was run: %d, %v", n, err)
		}
	}},
	{"a start-up byte by byte", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.sql)
		for _, b := range startup("user", "postgres") {
			c.send([]byte{b})
			time.Sleep(time.Millisecond)
		}
		c.until(readyForQuery)
	}},
	{"a start-up packet of 2 GB", func(t *testing.T, v *victim) {
		for _, length := range []uint32{0x7fffffff, 0xffffffff, 10_005, 0, 3, 7} {
			c := dial(t, v.orbit.sql)
			c.send(binary.BigEndian.AppendUint32(nil, length), make([]byte, 20_000))
			c.rest()
		}
	}},
	{"a start-up packet without an end", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.sql)
		c.send(frame("\x00\x03\x00\x00user\x00postgres\x00database"))
		mustContain(t, c.rest(), "FATAL")
	}},
	{"another version", func(t *testing.T, v *victim) {
		for _, version := range []string{"\x00\x02\x00\x00", "\x00\x04\x00\x00", "\xff\xff\xff\xff"} {
			c := dial(t, v.orbit.sql)
			c.send(frame(version + "user\x00postgres\x00\x00"))
			mustContain(t, c.rest(), "C0A000")
		}
	}},
	{"encryption asked for again and again", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.sql)
		c.send(bytes.Repeat([]byte{0, 0, 0, 8, 4, 210, 22, 47}, 10_000))
		c.rest()
	}},
	{"cancel requests with guessed keys", func(t *testing.T, v *victim) {
		for i := range uint32(500) {
			c := dial(t, v.orbit.sql)
			request := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 16, 4, 210, 22, 46}, i)
			c.send(binary.BigEndian.AppendUint32(request, i))
			c.rest()
		}
	}},
	{"a message length of 1 GB", func(t *testing.T, v *victim) {
		for _, length := range []uint32{0x40000000, 0x7fffffff, 0xffffffff, 3, 0} {
			for _, typ := range []byte("QPBd") {
				c := connected(t, v)
				c.send(binary.BigEndian.AppendUint32([]byte{typ}, length))
				mustContain(t, c.rest(), "C08P01")
			}
		}
	}},
	{"a hundred messages of 200 MB that never come", func(t *testing.T, v *victim) {
		for range 100 {
			connected(t, v).send(binary.BigEndian.AppendUint32([]byte{'Q'}, 200<<20), []byte("SELECT "))
		}
	}},
	{"a Bind with more than it holds", func(t *testing.T, v *victim) {
		parse := message('P', "\x00SELECT $1::text\x00\x00\x00")
		for _, body := range []string{
			"\x00\x00\x00\x00\xff\xff",                                  // 65,535 parameters, none there
			"\x00\x00\x00\x00\x00\x01\x7f\xff\xff\xff",                  // one of 2 GB
			"\x00\x00\x00\x00\x00\x01\x80\x00\x00\x00",                  // one of -2 GB
			"\x00\x00\xff\xff",                                          // 65,535 formats, none there
			"\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01x\xff\xff",         // 65,535 result formats
			"\x00\x00\x00\x00\x00\x00\x00\x00",                          // too few parameters
			"\x00\x00\x00\x00\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff",  // too many
			"\x00\x00\x00\x01\x00\x09\x00\x01\xff\xff\xff\xff\x00\x00",  // format 9 of a NULL
			"\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01x\x00\x01\x00\x09", // format 9 of a result
			"\x00",                              // no statement
			"no zero",                           // no portal
			"\x00x\x00\x00\x00\x00\x00\x00\x00", // a statement that is not there
		} {
			c := connected(t, v)
			c.send(parse, message('B', body), message('E', "\x00\x00\x00\x00\x00"), message('S', ""), message('X', ""))
			mustContain(t, c.rest(), "SERROR\x00")
		}
	}},
	{"messages that nobody sends", func(t *testing.T, v *victim) {
		for typ := range 256 {
			if strings.ContainsRune("QPBDECHSFXdcf", rune(typ)) {
				continue
			}
			c := connected(t, v)
			c.send(message(byte(typ), "\x00\x00\x00\x00"))
			mustContain(t, c.rest(), "FATAL")
		}
	}},
	{"empty bodies", func(t *testing.T, v *victim) {
		for _, typ := range []byte("QPBDECFdcf") {
			c := connected(t, v)
			c.send(message(typ, ""), message('S', ""), message('X', ""))
			c.rest()
		}
	}},
	{"a client that never reads", func(t *testing.T, v *victim) {
		query := message('Q', "SELECT repeat('x', 100000) FROM generate_series(1, 100000)\x00") // 10 GB
		for range 20 {
			connected(t, v).send(query)
		}
		time.Sleep(time.Second)
		v.mustBeWell(t)
	}},
	{"a client that pipelines and never reads", func(t *testing.T, v *victim) {
		c := connected(t, v)
		if err := c.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
			t.Fatal(err)
		}
		step := bytes.Join([][]byte{
			message('P', "\x00SELECT repeat('x', 10000)\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x00"),
			message('E', "\x00\x00\x00\x00\x00"),
		}, nil)
		steps := bytes.Repeat(step, 1000)
		for range 1000 {
			if _, err := c.Write(steps); err != nil {
				break // it is made to wait
			}
		}
	}},
	{"statements prepared without end", func(t *testing.T, v *victim) {
		c := connected(t, v)
		text := "SELECT '" + strings.Repeat("x", 1000) + "'"
		for i := range 20_000 {
			name := string(binary.BigEndian.AppendUint32(nil, uint32(i)|0x01010101<<7))
			if strings.ContainsRune(name, 0) {
				continue
			}
			c.send(message('P', name+"\x00"+text+"\x00\x00\x00"))
		}
		c.send(message('S', ""), message('X', ""))
		c.rest()
	}},
	{"COPY data that is none", func(t *testing.T, v *victim) {
		if _, err := v.sql.Exec(t.Context(), "CREATE TABLE IF NOT EXISTS copied (a int)"); err != nil {
			t.Fatal(err)
		}
		c := connected(t, v)
		c.send(message('Q', "COPY copied FROM STDIN\x00"), message('d', strings.Repeat("x", 1<<20)), message('c', ""), message('X', ""))
		mustContain(t, c.rest(), "C22P02")
		c = connected(t, v) // a row that never ends
		c.send(message('Q', "COPY copied FROM STDIN\x00"))
		line := message('d', strings.Repeat("1", 1<<20))
		for range 64 {
			c.send(line)
		}
		_ = c.Close()
		c = connected(t, v) // gone in the middle
		c.send(message('Q', "COPY copied FROM STDIN\x00"), message('d', "1\n2\n"))
		_ = c.Close()
		var n int
		if err := v.sql.QueryRow(t.Context(), "SELECT count(*) FROM copied").Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows of broken copies are there, %v", n, err)
		}
	}},
	{"an HTTP request", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.sql)
		c.send([]byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
		c.rest()
	}},
	{"a TLS greeting", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.sql)
		if err := tls.Client(c, &tls.Config{InsecureSkipVerify: true}).Handshake(); err == nil { //nolint:gosec // nothing is to be verified
			t.Error("the PostgreSQL port speaks TLS without being asked")
		}
	}},
	{"a Redis client", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.sql)
		c.send([]byte("*1\r\n$4\r\nPING\r\n"))
		c.rest()
	}},
	{"garbage", func(t *testing.T, v *victim) {
		random := rand.New(rand.NewPCG(5, 6))
		for range 200 {
			c := dial(t, v.orbit.sql)
			c.send(garbage(random, 4096))
			_ = c.Close()
		}
	}},
	{"garbage within the protocol", func(t *testing.T, v *victim) {
		random := rand.New(rand.NewPCG(7, 8))
		for range 200 {
			c := connected(t, v)
			for range 20 {
				typ := "QPBDECSFdcf"[random.IntN(11)]
				c.send(message(typ, string(garbage(random, random.IntN(64)))))
			}
			_ = c.Close()
		}
	}},
}

// readyForQuery is the message that ends a start-up: no transaction is open.
const readyForQuery = "Z\x00\x00\x00\x05I"

// frame is a length and a body, which is all that the first packet has.
func frame(body string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

// message is a frame behind its type.
func message(typ byte, body string) []byte { return append([]byte{typ}, frame(body)...) }

// startup is the first packet of a client.
func startup(settings ...string) []byte {
	return frame("\x00\x03\x00\x00" + strings.Join(settings, "\x00") + "\x00\x00")
}

// connected is a connection that has been let in.
func connected(t *testing.T, v *victim) raw {
	t.Helper()
	c := dial(t, v.orbit.sql)
	c.send(startup("user", "postgres", "database", "postgres"))
	c.until(readyForQuery)
	return c
}

// refused sends a statement by both protocols; each must answer one of the codes
// and go on.
func refused(t *testing.T, v *victim, sql string, codes ...string) {
	t.Helper()
	for mode, err := range answers(t, v, sql, 30*time.Second) {
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || !strings.Contains(strings.Join(codes, " "), pg.Code) {
			t.Errorf("%s: %.100s: got %.300v, want %v", mode, sql, err, codes)
		}
	}
}

// oneAnswer sends a statement by both protocols; each must answer it, whatever
// the answer is.
func oneAnswer(t *testing.T, v *victim, sql string) {
	t.Helper()
	for mode, err := range answers(t, v, sql, 30*time.Second) {
		var pg *pgconn.PgError
		if err != nil && !errors.As(err, &pg) {
			t.Errorf("%s: %.100s: %.300v", mode, sql, err)
		}
	}
}

// stopped is oneAnswer for a statement that may take for ever: it is cancelled
// after two seconds, and that must be answered.
func stopped(t *testing.T, v *victim, sql string) {
	t.Helper()
	c := connected(t, v)
	began := time.Now()
	c.send(message('Q', "SET statement_timeout = 2000\x00"), message('Q', sql+"\x00"), message('X', ""))
	c.rest()
	t.Logf("%.60s: %v, %d MB", sql, time.Since(began).Round(time.Millisecond), v.peak(t)>>20)
}

// answers runs a statement by the simple and by the extended protocol.
func answers(t *testing.T, v *victim, sql string, within time.Duration) map[string]error {
	t.Helper()
	got := map[string]error{}
	for mode, by := range map[string]pgx.QueryExecMode{"simple": pgx.QueryExecModeSimpleProtocol, "extended": pgx.QueryExecModeExec} {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		conn, err := pgx.Connect(ctx, v.postgresURL())
		if err != nil {
			t.Fatal(err)
		}
		_, got[mode] = conn.Exec(ctx, sql, by)
		if err := conn.Ping(ctx); err != nil {
			t.Errorf("%s: %.100s: the connection is of no use afterwards: %v", mode, sql, err)
		}
		_ = conn.Close(ctx)
		cancel()
	}
	return got
}
