package param

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parse brings a value into the form CONFIG GET shows.
func (p *Param) parse(text string) (normal string, number int64, err error) {
	switch p.Kind {
	case Bool:
		switch lower(text) {
		case "yes":
			return "yes", 1, nil
		case "no":
			return "no", 0, nil
		}
		return "", 0, errors.New("argument must be 'yes' or 'no'")
	case Enum:
		for i, word := range p.Words {
			if strings.EqualFold(word, text) {
				return word, int64(i), nil
			}
		}
		return "", 0, errors.New("argument(s) must be one of the following: " + strings.Join(p.Words, ", "))
	case Memory:
		n, ok := parseMemory(text)
		if !ok {
			return "", 0, errors.New("argument must be a memory value")
		}
		return p.inRange(n)
	case Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || text[0] == '+' {
			return "", 0, errors.New("argument couldn't be parsed into an integer")
		}
		return p.inRange(n)
	}
	if p.Check != nil {
		text, err = p.Check(text)
	}
	return text, 0, err
}

func (p *Param) inRange(n int64) (string, int64, error) {
	if n < p.Min || n > p.Max {
		return "", 0, fmt.Errorf("argument must be between %d and %d inclusive", p.Min, p.Max)
	}
	return strconv.FormatInt(n, 10), n, nil
}

var units = map[string]int64{
	"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1000 * 1000, "mb": 1 << 20, "g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

// parseMemory reads "1gb", "64mb", "100": redis-server's memtoull.
func parseMemory(text string) (int64, bool) {
	digits := strings.TrimRight(lower(text), "abcdefghijklmnopqrstuvwxyz")
	unit, known := units[lower(text[len(digits):])]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !known || n < 0 || digits[0] == '+' || n > math.MaxInt64/unit {
		return 0, false
	}
	return n * unit, true
}

// checkMemoryOrPercent reads bytes, or a share of maxmemory.
func checkMemoryOrPercent(text string) (string, error) {
	if share, ok := strings.CutSuffix(text, "%"); ok {
		n, err := strconv.Atoi(share)
		switch {
		case err != nil || n < 0:
			return "", errors.New("argument must be a memory or percent value")
		case n > 100:
			return "", errors.New("percentage argument must be less or equal to 100")
		}
		return text, nil
	}
	n, ok := parseMemory(text)
	if !ok {
		return "", errors.New("argument must be a memory or percent value")
	}
	return strconv.FormatInt(n, 10), nil
}

// checkSave reads "seconds changes" pairs, or nothing.
func checkSave(text string) (string, error) {
	words := strings.Fields(text)
	bad := errors.New("Invalid save parameters")
	if len(words)%2 != 0 {
		return "", bad
	}
	for i, word := range words {
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 || (i%2 == 0 && n < 1) {
			return "", bad
		}
	}
	return strings.Join(words, " "), nil
}

// eventClasses are the letters of notify-keyspace-events in the order that
// redis-server prints them; A stands for those before K.
const (
	eventClasses = "g$lshzxetdmn"
	eventsOfAll  = "g$lshzxetd"
)

func checkEvents(text string) (string, error) {
	has := make(map[rune]bool)
	for _, c := range text {
		switch {
		case c == 'A':
			for _, class := range eventsOfAll {
				has[class] = true
			}
		case c == 'K' || c == 'E' || strings.ContainsRune(eventClasses, c):
			has[c] = true
		default:
			return "", errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
		}
	}
	all := true
	for _, class := range eventsOfAll {
		all = all && has[class]
	}
	var out strings.Builder
	if all {
		out.WriteByte('A')
	}
	for _, class := range "g$lshzxetdKEmn" {
		if has[class] && (!all || !strings.ContainsRune(eventsOfAll, class)) {
			out.WriteRune(class)
		}
	}
	return out.String(), nil
}

// checkPercentiles reads numbers from 0 to 100.
func checkPercentiles(text string) (string, error) {
	words := strings.Fields(text)
	for _, word := range words {
		f, err := strconv.ParseFloat(word, 64)
		if err != nil || math.IsNaN(f) || f < 0 || f > 100 {
			return "", errors.New("Invalid latency-tracking-info-percentiles parameters. The values must be between 0.0 and 100.0 inclusive")
		}
	}
	return strings.Join(words, " "), nil
}

func checkOOMScores(text string) (string, error) {
	words := strings.Fields(text)
	if len(words) != 3 {
		return "", errors.New("wrong number of arguments")
	}
	for _, word := range words {
		n, err := strconv.Atoi(word)
		if err != nil || n < -2000 || n > 2000 {
			return "", errors.New("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
		}
	}
	return strings.Join(words, " "), nil
}

// lower is strings.ToLower, which does nothing to the usual lower-case input.
func lower(s string) string { return strings.ToLower(s) }
