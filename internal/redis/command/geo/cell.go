package geo

// point is a place: degrees of longitude and latitude.
type point struct{ lon, lat float64 }

// span is a range of degrees.
type span struct{ min, max float64 }

// The world that places are encoded in: EPSG:900913, which ends before the
// poles. Geohashes for others to read use the whole sphere.
var (
	mercatorLon = span{-180, 180}
	mercatorLat = span{-85.05112878, 85.05112878}
	sphereLat   = span{-90, 90}
)

// fullStep is the number of bits for each coordinate in a score.
const fullStep = 26

// cell is a rectangle of the world: its longitude and latitude halved step
// times, a bit each, interleaved with the longitude's first. A step of 0 is no
// cell.
type cell struct {
	bits uint64
	step uint
}

// encode finds the cell that holds p; p must be within the spans.
func encode(lon, lat span, p point, step uint) cell {
	x := (p.lon - lon.min) / (lon.max - lon.min) * float64(uint64(1)<<step)
	y := (p.lat - lat.min) / (lat.max - lat.min) * float64(uint64(1)<<step)
	return cell{spread(uint32(y)) | spread(uint32(x))<<1, step}
}

// scoreOf is the score of a place in the sorted set.
func scoreOf(p point) float64 {
	return float64(encode(mercatorLon, mercatorLat, p, fullStep).bits)
}

// placeOf is the middle of the cell that a score names.
func placeOf(score float64) point {
	lon, lat := cell{uint64(int64(score)), fullStep}.bounds()
	return point{
		lon: min(max((lon.min+lon.max)/2, mercatorLon.min), mercatorLon.max),
		lat: min(max((lat.min+lat.max)/2, mercatorLat.min), mercatorLat.max),
	}
}

// bounds are the cell's edges.
func (c cell) bounds() (lon, lat span) {
	return edge(mercatorLon, gather(c.bits>>1), c.step), edge(mercatorLat, gather(c.bits), c.step)
}

func edge(world span, i uint32, step uint) span {
	scale, parts := world.max-world.min, float64(uint64(1)<<step)
	return span{world.min + float64(i)/parts*scale, world.min + float64(i+1)/parts*scale}
}

// scores are the range of scores of the places in the cell, the end excluded.
func (c cell) scores() (first, end float64) {
	shift := 2 * (fullStep - c.step)
	return float64(c.bits << shift), float64((c.bits + 1) << shift)
}

// move is the neighbour dx cells to the east and dy to the north, -1 to 1 each.
func (c cell) move(dx, dy int) cell {
	const lonBits, latBits = 0xaaaaaaaaaaaaaaaa, 0x5555555555555555
	unused := 64 - 2*c.step
	x := shiftCoordinate(c.bits&lonBits, dx, latBits>>unused) & (lonBits >> unused)
	y := shiftCoordinate(c.bits&latBits, dy, lonBits>>unused) & (latBits >> unused)
	return cell{x | y, c.step}
}

// shiftCoordinate adds d to a coordinate whose bits stand between gaps.
func shiftCoordinate(v uint64, d int, gaps uint64) uint64 {
	switch {
	case d > 0:
		return v + gaps + 1 // the carry crosses the gaps
	case d < 0:
		return (v | gaps) - gaps - 1
	}
	return v
}

// spread puts a zero before each bit.
func spread(v uint32) uint64 {
	x := uint64(v)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

// gather undoes spread.
func gather(x uint64) uint32 {
	x &= 0x5555555555555555
	x = (x | x>>1) & 0x3333333333333333
	x = (x | x>>2) & 0x0f0f0f0f0f0f0f0f
	x = (x | x>>4) & 0x00ff00ff00ff00ff
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16)
}
