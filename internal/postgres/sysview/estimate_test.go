package sysview

import "testing"

// Estimates of the relations that are big serve nobody if they are far off.
func TestEstimates(t *testing.T) {
	e := fixture()
	for _, d := range definitions {
		rows := float64(len(e.read(t, d, nil)))
		estimate := RowEstimate(e.view, d.rel)
		if rows > 50 && (estimate < rows/3 || estimate > rows*3) {
			t.Errorf("%s has %v rows, estimated as %v", d.rel.Name, rows, estimate)
		}
	}
}
