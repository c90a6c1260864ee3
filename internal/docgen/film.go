package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// shot is a screen and how long it is shown.
type shot struct {
	frame string
	hold  time.Duration
}

// drawFilm draws screens one after another, for ever, as a picture that moves. A line
// that stays from one screen to the next is drawn once.
func drawFilm(shots []shot, width, height int) []byte {
	var all time.Duration
	for _, s := range shots {
		all += s.hold
	}
	type line struct {
		y    int
		text string
	}
	shown := map[line][]bool{} // in which of the shots
	var order []line
	for n, s := range shots {
		for y, text := range rowsOf(s.frame, width, height) {
			l := line{y, text}
			if shown[l] == nil {
				shown[l] = make([]bool, len(shots))
				order = append(order, l)
			}
			shown[l][n] = true
		}
	}
	var b bytes.Buffer
	beginSVG(&b, width, height)
	for _, l := range order {
		if l.text == "" {
			continue
		}
		var values, times []string
		at := time.Duration(0)
		for n, s := range shots {
			if n == 0 || shown[l][n] != shown[l][n-1] {
				values = append(values, map[bool]string{true: "inline", false: "none"}[shown[l][n]])
				times = append(times, fmt.Sprintf("%.4f", at.Seconds()/all.Seconds()))
			}
			at += s.hold
		}
		if len(values) == 1 {
			b.WriteString(l.text)
			continue
		}
		fmt.Fprintf(&b, "<g display=\"%s\"><animate attributeName=\"display\" values=\"%s\" keyTimes=\"%s\" dur=\"%.1fs\" calcMode=\"discrete\" repeatCount=\"indefinite\"/>\n%s</g>\n",
			values[0], strings.Join(values, ";"), strings.Join(times, ";"), all.Seconds(), l.text)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
