package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

// settings are a configuration as flags give it.
func settings(t *testing.T, flags ...string) *config.Config {
	t.Helper()
	set := pflag.NewFlagSet("orbit", pflag.ContinueOnError)
	config.Flags(set)
	if err := set.Parse(flags); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func shutdown(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// work writes and reads in both protocols as the owner of the data directory.
func work(t *testing.T, client *admin.Client, superuser, round string) {
	t.Helper()
	ctx := t.Context()
	keys := connectRedis(client)
	if err := keys.Append(ctx, "rounds", round).Err(); err != nil {
		t.Fatal(err)
	}
	if who, err := keys.Do(ctx, "ACL", "WHOAMI").Text(); err != nil || who != "(owner)" {
		t.Errorf("WHOAMI: %q, %v", who, err)
	}
	if err := keys.Close(); err != nil {
		t.Error(err)
	}
	sql := connectSQL(t, client, "postgres", superuser)
	if _, err := sql.Exec(ctx, "create table if not exists rounds (name text)"); err != nil {
		t.Error(err)
	}
	if _, err := sql.Exec(ctx, "insert into rounds values ($1)", round); err != nil {
		t.Error(err)
	}
	if err := sql.Close(ctx); err != nil {
		t.Error(err)
	}
}

func connectRedis(client *admin.Client) *redis.Client {
	return redis.NewClient(&redis.Options{Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return client.Connect(ctx, admin.RedisProtocol)
	}})
}

func connectSQL(t *testing.T, client *admin.Client, database, superuser string) *pgx.Conn {
	t.Helper()
	o, err := pgx.ParseConfig("host=orbit database=" + database + " user=" + superuser + " sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	o.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"orbit"}, nil }
	o.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return client.Connect(ctx, admin.PostgresProtocol)
	}
	sql, err := pgx.ConnectConfig(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return sql
}

// TestLocal has the owner of a directory ask it without a server, and through one
// that demands passwords of everybody else.
func TestLocal(t *testing.T) {
	dir := t.TempDir()
	s, client, err := Offline(settings(t, "--data-dir", dir), quiet)
	if err != nil {
		t.Fatal(err)
	}
	status, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	work(t, client, status.Postgres.Superuser, "1")
	shutdown(t, s)

	t.Setenv("ORBIT_REDIS_PASSWORD", "secret")
	t.Setenv("ORBIT_POSTGRES_PASSWORD", "secret")
	s, err = New(settings(t, "--data-dir", dir, "--redis-addr", "127.0.0.1:0", "--postgres-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer shutdown(t, s)
	if client, err = admin.NewClient(dir); err != nil {
		t.Fatal(err)
	}
	work(t, client, status.Postgres.Superuser, "2")
	guest := redis.NewClient(&redis.Options{Addr: s.RedisAddr().String(), Password: "secret"})
	if got, err := guest.Get(t.Context(), "rounds").Result(); err != nil || got != "12" {
		t.Errorf("rounds: %q, %v", got, err)
	}
	if err := guest.Close(); err != nil {
		t.Error(err)
	}
	res, err := http.Post("http://"+s.admin.Addrs()[1].String()+"/redis", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("over TCP: %s, %v", res.Status, err)
	}
}
