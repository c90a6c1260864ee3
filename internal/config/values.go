package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// units of ParseSize, longest first so that "kb" is not read as "b".
var units = []struct {
	suffix string
	factor int64
}{
	{"kb", 1 << 10},
	{"mb", 1 << 20},
	{"gb", 1 << 30},
	{"tb", 1 << 40},
	{"k", 1 << 10},
	{"m", 1 << 20},
	{"g", 1 << 30},
	{"t", 1 << 40},
	{"b", 1},
}

// ParseSize reads a number of bytes such as 512, 64MB or 1g. Units are powers of
// 1,024, as in redis.conf (kb, mb, gb) and postgresql.conf.
func ParseSize(s string) (int64, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	factor := int64(1)
	for _, u := range units {
		if digits, ok := strings.CutSuffix(text, u.suffix); ok {
			text, factor = strings.TrimSpace(digits), u.factor
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, fmt.Errorf("use a number of bytes such as 512MB or 2GB")
	}
	return n * factor, nil
}

func size(v string) error {
	_, err := ParseSize(v)
	return err
}

func count(v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return fmt.Errorf("use a whole number from 1")
	}
	return nil
}

// mustCount reads a value that count has accepted.
func mustCount(v string) int {
	n, _ := strconv.Atoi(v)
	return n
}

// assumedMemory stands for the machine's memory where that is not known.
const assumedMemory = 4 << 30

// ParseMemory reads a number of bytes, or a share of the machine's memory such as
// 50%.
func ParseMemory(s string) (int64, error) {
	percent, share := strings.CutSuffix(strings.TrimSpace(s), "%")
	if !share {
		return ParseSize(s)
	}
	n, err := strconv.ParseFloat(percent, 64)
	if err != nil || !(n >= 0 && n <= 100) {
		return 0, fmt.Errorf("use a size such as 512MB, or a share of the memory from 0%% to 100%%")
	}
	total, err := machineMemory()
	if err != nil {
		total = assumedMemory
	}
	return int64(n / 100 * float64(total)), nil
}

func memory(v string) error {
	_, err := ParseMemory(v)
	return err
}

func duration(v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return fmt.Errorf("use a time such as 30s or 5m")
	}
	return nil
}

func partitions(v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 1024 || n&(n-1) != 0 {
		return fmt.Errorf("use a power of two from 1 to 1024")
	}
	return nil
}
