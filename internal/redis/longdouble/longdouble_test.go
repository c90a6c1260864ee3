package longdouble

import (
	"errors"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command"
)

func TestAddIsRedisServers(t *testing.T) {
	for _, row := range []struct{ a, b, want string }{
		{"10.5", "0.1", "10.6"},
		{"0.1", "0.2", "0.3"},
		{"5.0e3", "2.0e2", "5200"},
		{"3.0", "1.000000000000005", "4.000000000000005"},
		{"1", "-1", "0"},
		{"0", "-0.0", "0"},
		{"-5", "2", "-3"},
		{"1e17", "1", "100000000000000001"},
		{"0", "1e-17", "0.00000000000000001"},
		{"0", "1e-20", "0"},
		{"0x10", "1", "17"},
	} {
		got, err := Add([]byte(row.a), []byte(row.b))
		if err != nil || string(got) != row.want {
			t.Errorf("%s + %s = %s, %v; want %s", row.a, row.b, got, err, row.want)
		}
	}
	for _, row := range []struct {
		a, b string
		want error
	}{
		{"x", "1", command.ErrNotFloat},
		{"1", " 1", command.ErrNotFloat},
		{"1", "nan", command.ErrNotFloat},
		{"1", "inf", command.ErrNaN},
		{"1", "0x", command.ErrNotFloat},
	} {
		if got, err := Add([]byte(row.a), []byte(row.b)); !errors.Is(err, row.want) {
			t.Errorf("%s + %s = %s, %v; want %v", row.a, row.b, got, err, row.want)
		}
	}
}
