package session

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/orbit-server/orbit/internal/admin"
)

// SQLOptions say who speaks to which database.
type SQLOptions struct {
	Role        string // the directory's superuser if empty
	Database    string
	Application string // as pg_stat_activity shows it
	Notice      func(*pgconn.Notice)
	// Notification takes what NOTIFY sends to channels that are listened to.
	Notification func(*pgconn.Notification)
}

// cancelTime is how long a server may take to stop a query.
const cancelTime = 3 * time.Second

// SQL opens a session on a database. ctx bounds the opening only.
func SQL(ctx context.Context, client *admin.Client, o SQLOptions) (*pgconn.PgConn, error) {
	if o.Role == "" {
		status, err := client.Status(ctx)
		if err != nil {
			return nil, err
		}
		if status.Postgres == nil {
			return nil, errors.New("the server of this data directory does not serve PostgreSQL: it runs without --postgres-addr")
		}
		o.Role = status.Postgres.Superuser
	}
	c, err := pgconn.ParseConfig("host=orbit sslmode=disable")
	if err != nil {
		return nil, err
	}
	c.User, c.Database = o.Role, o.Database
	c.RuntimeParams["application_name"] = o.Application
	c.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"orbit"}, nil }
	c.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return client.Connect(ctx, admin.PostgresProtocol)
	}
	// A query whose context ends is cancelled by the server, and the session goes on;
	// only if that does not help is the connection given up.
	c.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelTime}
	}
	if o.Notice != nil {
		c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { o.Notice(n) }
	}
	if o.Notification != nil {
		c.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { o.Notification(n) }
	}
	conn, err := pgconn.ConnectConfig(ctx, c)
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return nil, refused // without what the library says around it
	}
	return conn, err
}
