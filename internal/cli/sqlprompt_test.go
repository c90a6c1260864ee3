package cli

import "testing"

func TestPositionOfAnError(t *testing.T) {
	if got := position("select 1,\n  x from t", 14); got != "\nLINE 2:   x from t\n           ^" {
		t.Errorf("got %q", got)
	}
}
