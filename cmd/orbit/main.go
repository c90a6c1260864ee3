// Command orbit serves the Redis and PostgreSQL protocols from one process and
// looks after the data it keeps.
package main

import (
	"context"
	"os"

	"github.com/orbit-server/orbit/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System()))
}
