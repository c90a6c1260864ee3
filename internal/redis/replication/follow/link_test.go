package follow

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const (
	history   = "0123456789012345678901234567890123456789"
	delimiter = "abcdefghijabcdefghijabcdefghijabcdefghij"
)

// scripted is a primary that answers each request with the next of its lines, and
// tells what it was asked.
func scripted(t *testing.T, answers ...string) (addr string, asked chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	asked = make(chan string, 20)
	go func() {
		defer close(asked)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		in := bufio.NewReader(conn)
		for _, answer := range answers {
			request, err := readRequest(in)
			if err != nil {
				return
			}
			asked <- request
			if _, err := io.WriteString(conn, answer); err != nil {
				return
			}
		}
		_, _ = io.Copy(io.Discard, in)
	}()
	return listener.Addr().String(), asked
}

func readRequest(in *bufio.Reader) (string, error) {
	var n int
	if _, err := fmt.Fscanf(in, "*%d\r\n", &n); err != nil {
		return "", err
	}
	words := make([]string, n)
	for i := range words {
		var size int
		if _, err := fmt.Fscanf(in, "$%d\r\n", &size); err != nil {
			return "", err
		}
		word := make([]byte, size+2)
		if _, err := io.ReadFull(in, word); err != nil {
			return "", err
		}
		words[i] = string(word[:size])
	}
	return strings.Join(words, " "), nil
}

func TestTheHandshake(t *testing.T) {
	for name, c := range map[string]struct {
		o       Options
		at      Position
		answers []string
		asked   string
		want    Position
		full    bool
	}{
		"a new replica": {
			o:       Options{Port: 7000},
			answers: []string{"+PONG\r\n", "+OK\r\n", "+OK\r\n", "\n\n+FULLRESYNC " + history + " 17\r\n"},
			asked:   "PING,REPLCONF listening-port 7000,REPLCONF capa eof capa psync2,PSYNC ? -1",
			want:    Position{history, 17}, full: true,
		},
		"one that comes back, with a password": {
			o:       Options{Port: 1, User: "u", Password: "p", Host: "here"},
			at:      Position{history, 99},
			answers: []string{"-NOAUTH Authentication required.\r\n", "+OK\r\n", "+OK\r\n", "-ERR unknown\r\n", "+OK\r\n", "+CONTINUE\r\n"},
			asked:   "PING,AUTH u p,REPLCONF listening-port 1,REPLCONF ip-address here,REPLCONF capa eof capa psync2,PSYNC " + history + " 100",
			want:    Position{history, 99},
		},
		"a history that has got another name": {
			o:       Options{Password: "p"},
			at:      Position{history, 5},
			answers: []string{"+PONG\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n", "+CONTINUE " + delimiter + "\r\n"},
			asked:   "PING,AUTH p,REPLCONF listening-port 0,REPLCONF capa eof capa psync2,PSYNC " + history + " 6",
			want:    Position{delimiter, 5},
		},
	} {
		t.Run(name, func(t *testing.T) {
			addr, asked := scripted(t, c.answers...)
			c.o.Addr, c.o.Timeout = addr, 10*time.Second
			link, err := Connect(context.Background(), c.o, c.at)
			if err != nil {
				t.Fatal(err)
			}
			if link.Position != c.want || link.Full != c.full {
				t.Errorf("got %+v, full %v", link.Position, link.Full)
			}
			if err := link.Close(); err != nil {
				t.Error(err)
			}
			var all []string
			for request := range asked {
				all = append(all, request)
			}
			if got := strings.Join(all, ","); got != c.asked {
				t.Errorf("asked %s\n want %s", got, c.asked)
			}
		})
	}
}

func TestAnswersThatEndTheHandshake(t *testing.T) {
	ok := []string{"+PONG\r\n", "+OK\r\n", "+OK\r\n"}
	for _, answers := range [][]string{
		{"-DENIED go away\r\n"},
		{strings.Repeat("x", maxLine+10)},
		{"HTTP/1.1 400 Bad Request\r\n", "\r\n"},
		append(ok, "+FULLRESYNC x 1\r\n"),
		append(ok, "+FULLRESYNC "+history+" -1\r\n"),
		append(ok, "+FULLRESYNC "+history+" 99999999999999999999\r\n"),
		append(ok, "+CONTINUE\r\n"), // though nothing was offered
		append(ok, "-NOMASTERLINK Can't SYNC while not connected with my master\r\n"),
		append(ok, ":1\r\n"),
	} {
		addr, _ := scripted(t, answers...)
		link, err := Connect(context.Background(), Options{Addr: addr, Timeout: 300 * time.Millisecond}, Position{})
		if err == nil {
			t.Errorf("%.60q: got %+v", answers, link.Position)
		}
	}
}

func TestACancelledHandshakeEnds(t *testing.T) {
	addr, asked := scripted(t, "") // answers nothing
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := Connect(ctx, Options{Addr: addr, Timeout: time.Hour}, Position{}); err == nil {
		t.Error("it is connected")
	}
}

// The data set comes in pieces of any size; what follows it stays for the stream.
func TestDatasets(t *testing.T) {
	body := strings.Repeat("0123456789", 5000) + delimiter[:39]
	for name, in := range map[string]string{
		"counted":   fmt.Sprintf("$%d\r\n%s", len(body), body),
		"delimited": "$EOF:" + delimiter + "\r\n" + body + delimiter,
	} {
		for _, pieces := range []func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader,
		} {
			r := bufio.NewReaderSize(pieces(strings.NewReader(in+"the stream")), maxLine)
			head, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			d, err := newDataset(nil, r, strings.TrimSpace(head))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(d)
			if err != nil || string(got) != body || d.Finish() != nil {
				t.Fatalf("%s: %d bytes of %d, %v, %v", name, len(got), len(body), err, d.Finish())
			}
			if rest, _ := io.ReadAll(r); string(rest) != "the stream" {
				t.Errorf("%s: left %.50q", name, rest)
			}
		}
	}
}

func TestDatasetsThatEndTooSoon(t *testing.T) {
	for _, head := range []string{"$EOF:" + delimiter, "$100"} {
		d, err := newDataset(nil, bufio.NewReader(strings.NewReader("half of it")), head)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(d); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", head, err)
		}
	}
	for _, head := range []string{"-ERR no", "$-1", "$0", "$x", "$EOF:short", "*1", "$99999999999999999999"} {
		if _, err := newDataset(nil, nil, head); err == nil {
			t.Errorf("%s: no error", head)
		}
	}
}

func FuzzDataset(f *testing.F) {
	f.Add("$EOF:"+delimiter, []byte("abc"+delimiter+"stream"))
	f.Add("$3", []byte("abcstream"))
	f.Add("$EOF:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", bytes.Repeat([]byte("a"), 100))
	f.Fuzz(func(t *testing.T, head string, in []byte) {
		if head == "" {
			return
		}
		r := bufio.NewReaderSize(bytes.NewReader(in), 64)
		d, err := newDataset(nil, r, head)
		if err != nil {
			return
		}
		got, err := io.ReadAll(d)
		if !bytes.HasPrefix(in, got) {
			t.Fatalf("gave %q of %q", got, in)
		}
		rest, _ := io.ReadAll(r)
		if err == nil && len(got)+len(d.delimiter)+len(rest) != len(in) {
			t.Fatalf("%d + %d + %d of %d", len(got), len(d.delimiter), len(rest), len(in))
		}
	})
}
