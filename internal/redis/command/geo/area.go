package geo

import "math"

const (
	earthRadius = 6372797.560856 // metres, the quadratic mean of WGS-84
	mercatorMax = 20037726.37    // metres from the equator to the map's edge
)

func radians(degrees float64) float64 { return degrees * (math.Pi / 180) }

func degrees(radians float64) float64 { return radians / (math.Pi / 180) }

// distance is the length in metres of the great circle between two places.
func distance(a, b point) float64 {
	v := math.Sin((radians(b.lon) - radians(a.lon)) / 2)
	if v == 0 {
		return latDistance(a.lat, b.lat)
	}
	lat1, lat2 := radians(a.lat), radians(b.lat)
	u := math.Sin((lat2 - lat1) / 2)
	h := u*u + math.Cos(lat1)*math.Cos(lat2)*v*v
	return 2 * earthRadius * math.Asin(math.Sqrt(h))
}

// latDistance is distance along a meridian.
func latDistance(a, b float64) float64 {
	return earthRadius * math.Abs(radians(b)-radians(a))
}

// area is what is searched: a circle, or a box that lies along the meridians.
type area struct {
	center        point
	box           bool
	radius        float64 // all in the unit
	width, height float64
	unit          float64 // metres
}

// contains says whether p lies within the area, and its distance in metres from
// the center.
func (a *area) contains(p point) (dist float64, ok bool) {
	if !a.box {
		dist = distance(a.center, p)
		return dist, dist <= a.radius*a.unit
	}
	if latDistance(p.lat, a.center.lat) > a.height*a.unit/2 ||
		distance(p, point{a.center.lon, p.lat}) > a.width*a.unit/2 {
		return 0, false
	}
	return distance(a.center, p), true
}

// bounds is about the smallest part of the map that holds the area. Its sides
// are those of the edge nearer to a pole, where a degree is shortest.
func (a *area) bounds() (lon, lat span) {
	height, width := a.unit*a.radius, a.unit*a.radius
	if a.box {
		height, width = a.unit*(a.height/2), a.unit*(a.width/2)
	}
	dLat := degrees(height / earthRadius)
	polar := a.center.lat + dLat
	if a.center.lat < 0 {
		polar = a.center.lat - dLat
	}
	dLon := degrees(width / earthRadius / math.Cos(radians(polar)))
	return span{a.center.lon - dLon, a.center.lon + dLon}, span{a.center.lat - dLat, a.center.lat + dLat}
}

// reach is the distance in metres from the center to the farthest point.
func (a *area) reach() float64 {
	if a.box {
		return a.unit * math.Sqrt((a.width/2)*(a.width/2)+(a.height/2)*(a.height/2))
	}
	return a.radius * a.unit
}

// cells covers the area: the cell of the center and those around it that are
// needed, in the order that redis-server searches them.
func (a *area) cells() []cell {
	lon, lat := a.bounds()
	step := stepFor(a.reach(), a.center.lat)
	mid := encode(mercatorLon, mercatorLat, a.center, step)
	if step > 1 && !covered(mid, lon, lat) {
		step--
		mid = encode(mercatorLon, mercatorLat, a.center, step)
	}
	midLon, midLat := mid.bounds()
	needed := func(dx, dy int) bool {
		return step < 2 || (dy >= 0 || midLat.min >= lat.min) && (dy <= 0 || midLat.max <= lat.max) &&
			(dx >= 0 || midLon.min >= lon.min) && (dx <= 0 || midLon.max <= lon.max)
	}
	cells := []cell{mid}
	for _, d := range [8][2]int{{0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}} {
		if needed(d[0], d[1]) {
			cells = append(cells, mid.move(d[0], d[1]))
		}
	}
	return cells
}

// covered says whether a cell and its neighbours reach over the bounds.
func covered(c cell, lon, lat span) bool {
	_, north := c.move(0, 1).bounds()
	_, south := c.move(0, -1).bounds()
	east, _ := c.move(1, 0).bounds()
	west, _ := c.move(-1, 0).bounds()
	return north.max >= lat.max && south.min <= lat.min && east.max >= lon.max && west.min <= lon.min
}

// stepFor is the step of cells about as large as the radius.
func stepFor(metres, lat float64) uint {
	if metres == 0 {
		return fullStep
	}
	step := 1
	for ; metres < mercatorMax; metres *= 2 {
		step++
	}
	step -= 2
	if lat > 66 || lat < -66 { // cells are narrow near the poles
		step--
		if lat > 80 || lat < -80 {
			step--
		}
	}
	return uint(min(max(step, 1), fullStep))
}
