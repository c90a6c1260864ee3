package hyperloglog

import "math"

// histogram counts the registers of each value.
type histogram [64]int

// histogramOf reads the registers of a value that check accepted.
func histogramOf(b []byte) (h histogram, err error) {
	if isSparse(b) {
		err = eachRun(b[headerSize:], func(_, span int, rank uint8) { h[rank] += span })
		return h, err
	}
	for r := b[headerSize:]; len(r) > 0; r = r[3:] { // four registers
		h[r[0]&63]++
		h[(r[0]>>6|r[1]<<2)&63]++
		h[(r[1]>>4|r[2]<<4)&63]++
		h[r[2]>>2]++
	}
	return h, nil
}

// estimate is the number of different elements: Otmar Ertl, "New cardinality
// estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, computed
// step by step as redis-server does, so that both give the same number.
func (h *histogram) estimate() uint64 {
	const m = float64(registers)
	const alpha = 0.721347520444481703680 // 0.5/ln(2)
	z := m * tau((m-float64(h[rankBits+1]))/m)
	for j := rankBits; j >= 1; j-- {
		z += float64(h[j])
		z *= 0.5
	}
	z += m * sigma(float64(h[0])/m)
	return uint64(int64(math.Round(alpha * m * m / z)))
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	for y, z := 1.0, x; ; {
		x *= x
		before := z
		z += x * y
		y += y
		if before == z {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	for y, z := 1.0, 1-x; ; {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= (1 - x) * (1 - x) * y
		if before == z {
			return z / 3
		}
	}
}

// union holds the greatest value of each register over several HyperLogLogs.
type union [registers]uint8

// merge takes in the registers of a value that check accepted.
func (u *union) merge(b []byte) error {
	if isSparse(b) {
		return eachRun(b[headerSize:], func(first, span int, rank uint8) {
			for i := first; i < first+span; i++ {
				u[i] = max(u[i], rank)
			}
		})
	}
	for i := range u {
		u[i] = max(u[i], denseRegister(b[headerSize:], i))
	}
	return nil
}

func (u *union) estimate() uint64 {
	var h histogram
	for _, rank := range u {
		h[rank]++
	}
	return h.estimate()
}
