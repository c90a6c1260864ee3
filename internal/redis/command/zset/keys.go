package zset

import (
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// mpopKeys finds ZMPOP's keys.
func mpopKeys(args [][]byte) ([]int, error) {
	n, err := command.ParseInt(args[1])
	if err != nil || n <= 0 {
		return nil, command.ErrNumKeys
	}
	return positions(args, 2, n)
}

// readKeys finds the keys of ZUNION and its like.
func readKeys(args [][]byte) ([]int, error) { return inputKeys(args, 1) }

// storeKeys finds those of ZUNIONSTORE and its like: the destination comes first.
func storeKeys(args [][]byte) ([]int, error) {
	keys, err := inputKeys(args, 2)
	return append([]int{1}, keys...), err
}

// inputKeys finds the keys that follow their number, the argument at i.
func inputKeys(args [][]byte, i int) ([]int, error) {
	n, err := command.ParseInt(args[i])
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, command.Errorf("ERR at least 1 input key is needed for '%s' command", strings.ToLower(string(args[0])))
	}
	return positions(args, i+1, n)
}

// positions lists the n arguments from first on, if there are so many.
func positions(args [][]byte, first int, n int64) ([]int, error) {
	if n > int64(len(args)-first) {
		return nil, command.ErrSyntax
	}
	keys := make([]int, n)
	for i := range keys {
		keys[i] = first + i
	}
	return keys, nil
}
