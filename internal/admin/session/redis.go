package session

import (
	"context"
	"errors"
	"strconv"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Redis opens a session on a database. name is what CLIENT LIST shows; with typed the
// replies are those of protocol 3, which say more of their types. ctx bounds the
// opening only.
func Redis(ctx context.Context, client *admin.Client, name string, database int, typed bool) (*resp.Conn, error) {
	raw, err := client.Connect(ctx, admin.RedisProtocol)
	if err != nil {
		return nil, err
	}
	conn := resp.NewConn(raw)
	setUp := [][]string{{"CLIENT", "SETNAME", name}, {"SELECT", strconv.Itoa(database)}}
	if typed {
		setUp = append(setUp, []string{"HELLO", "3"})
	}
	for _, words := range setUp {
		if _, err := conn.Must(words...); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}
