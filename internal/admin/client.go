package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// ErrNoServer says that no server holds the data directory.
var ErrNoServer = errors.New("no server runs on this data directory")

// maxAnswer bounds what the client reads, bytes.
const maxAnswer = 64 << 20

// Client asks the server of one data directory.
type Client struct {
	http *http.Client
	dial func(ctx context.Context) (net.Conn, error)
	dir  string
	// source is what the client asks if it is within this process. Files pass it
	// without the endpoint between.
	source Source
}

// NewClient makes a client; it connects at each call.
func NewClient(dataDir string) (*Client, error) {
	path, err := SocketPath(dataDir)
	if err != nil {
		return nil, err
	}
	return newClient(dataDir, func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}), nil
}

func newClient(dataDir string, dial func(ctx context.Context) (net.Conn, error)) *Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	return &Client{http: &http.Client{Transport: transport}, dial: dial, dir: dataDir}
}

// Connect opens a connection that speaks one of the protocols, as the data
// directory's owner: without a password, whatever the access rules. ctx bounds the
// opening only.
func (c *Client) Connect(ctx context.Context, p Protocol) (_ net.Conn, err error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, c.unreachable(err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	defer func() {
		if err != nil {
			err = errors.Join(err, conn.Close())
		}
	}()
	if _, err := fmt.Fprintf(conn, "POST /%s HTTP/1.1\r\nHost: orbit\r\nConnection: Upgrade\r\nUpgrade: %s\r\nContent-Length: 0\r\n\r\n", p, p.upgrade()); err != nil {
		return nil, c.unreachable(err)
	}
	// Nothing follows the answer until the client has spoken, so that what is read
	// ahead holds nothing else.
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		return nil, errors.Join(c.refusal(res, body), err, res.Body.Close())
	}
	return conn, nil
}

// unreachable says that the endpoint did not answer.
func (c *Client) unreachable(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s: %w", c.dir, ErrNoServer)
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%s is no directory", c.dir)
	}
	return fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
}

// refusal is an answer other than what was asked for.
func (c *Client) refusal(res *http.Response, body []byte) error {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &said) == nil && said.Error != "" {
		return fmt.Errorf("admin endpoint of %s: %s", c.dir, said.Error)
	}
	return fmt.Errorf("admin endpoint of %s: %s: %s", c.dir, res.Status, body)
}

// Status asks for the server's status. It returns ErrNoServer, wrapped, when none runs.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	err = c.getJSON(ctx, "/status", &s)
	return s, err
}

// Metrics returns the metrics in Prometheus's text format.
func (c *Client) Metrics(ctx context.Context) ([]byte, error) { return c.get(ctx, "/metrics") }

// Ready is nil when the server accepts connections.
func (c *Client) Ready(ctx context.Context) error {
	_, err := c.get(ctx, "/readyz")
	return err
}

func (c *Client) get(ctx context.Context, path string) (_ []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://orbit"+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, c.refusal(res, body)
	}
	return body, nil
}
