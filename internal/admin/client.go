package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
)

// ErrNoServer says that no server holds the data directory.
var ErrNoServer = errors.New("no server runs on this data directory")

// maxAnswer bounds what the client reads, bytes.
const maxAnswer = 64 << 20

// Client asks the server of one data directory.
type Client struct {
	http *http.Client
	dir  string
}

// NewClient makes a client; it connects at each call.
func NewClient(dataDir string) (*Client, error) {
	path, err := SocketPath(dataDir)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial}}, dir: dataDir}, nil
}

// Status asks for the server's status. It returns ErrNoServer, wrapped, when none runs.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	body, err := c.get(ctx, "/status")
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
	}
	return s, nil
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
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%s: %w", c.dir, ErrNoServer)
	}
	if err != nil {
		return nil, fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("admin endpoint of %s: %s: %s", c.dir, res.Status, body)
	}
	return body, nil
}
