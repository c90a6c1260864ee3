package widget

import (
	"math"
	"strings"
)

// eighths are blocks that fill a cell from below.
var eighths = []rune(" ▁▂▃▄▅▆▇█")

// Chart draws values as columns of blocks from left to right, the newest at the right
// edge, in exactly width by height cells. What is not a number was not measured and
// stays empty; zero has a line at the bottom, so that the two are told apart. top is the
// value that fills the whole height.
func Chart(values []float64, top float64, width, height int) []string {
	if width <= 0 || height <= 0 {
		return nil
	}
	values = values[max(len(values)-width, 0):]
	lines := make([]string, height)
	for row := range height {
		var b strings.Builder
		b.WriteString(strings.Repeat(" ", width-len(values)))
		below := (height - 1 - row) * 8
		for _, v := range values {
			b.WriteRune(eighths[max(min(steps(v, top, height)-below, 8), 0)])
		}
		lines[row] = b.String()
	}
	return lines
}

// steps is how many eighths of a cell a value is high.
func steps(v, top float64, height int) int {
	switch {
	case math.IsNaN(v):
		return 0
	case v <= 0 || top <= 0:
		return 1
	}
	return max(min(int(math.Round(v/top*float64(8*height))), 8*height), 1)
}

// Spark is a chart of one line.
func Spark(values []float64, top float64, width int) string {
	if width <= 0 {
		return ""
	}
	return Chart(values, top, width, 1)[0]
}

// Ceiling is a round number that none of the values exceeds: 1, 2 or 5 and zeros. A
// chart's scale that moves in such steps does not tremble.
func Ceiling(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		if v > most { // false for what is not a number
			most = v
		}
	}
	if most == 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, m := range []float64{1, 2, 5} {
		if most <= m*unit {
			return m * unit
		}
	}
	return 10 * unit
}

// Bar is a bar of a part of a whole, between 0 and 1.
func Bar(part float64, width int) string {
	if width <= 0 {
		return ""
	}
	if math.IsNaN(part) {
		part = 0
	}
	n := int(math.Round(max(min(part, 1), 0) * float64(width*8)))
	b := strings.Repeat("█", n/8)
	if n%8 > 0 {
		b += string(bars[n%8])
	}
	return b + strings.Repeat(" ", width-(n+7)/8)
}

// bars are blocks that fill a cell from the left.
var bars = []rune(" ▏▎▍▌▋▊▉")
