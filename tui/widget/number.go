package widget

import (
	"fmt"
	"strconv"
	"time"
)

// Count is a number in at most five characters: 999, 12.3k, 4M.
func Count(n int64) string { return short(n, 1000, []string{"", "k", "M", "G", "T", "P", "E"}) }

// Bytes is a size in at most six characters: 512B, 1.5K, 20M.
func Bytes(n int64) string { return short(n, 1024, []string{"B", "K", "M", "G", "T", "P", "E"}) }

func short(n, base int64, units []string) string {
	if n < base {
		return strconv.FormatInt(n, 10) + units[0]
	}
	v, u := float64(n), 0
	for v >= float64(base)-0.5 && u < len(units)-1 {
		v /= float64(base)
		u++
	}
	if v < 9.95 || v < 99.95 && base == 1000 {
		text := strconv.FormatFloat(v, 'f', 1, 64)
		if text[len(text)-2:] == ".0" {
			text = text[:len(text)-2]
		}
		return text + units[u]
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + units[u]
}

// Span is how long something is: 4s, 12m 03s, 3h 20m, 12d 4h.
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh %02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd %dh", int(d.Hours())/24, int(d.Hours())%24)
}

// Grouped is a number with all of its digits, in groups of three: 1,234,567.
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
