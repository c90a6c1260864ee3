package geo

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

const (
	errUnit           command.Error = "ERR unsupported unit provided. please use M, KM, FT, MI"
	errRadius         command.Error = "ERR need numeric radius"
	errWidth          command.Error = "ERR need numeric width"
	errHeight         command.Error = "ERR need numeric height"
	errNegativeRadius command.Error = "ERR radius cannot be negative"
	errNegativeBox    command.Error = "ERR height or width cannot be negative"
)

// parsePoint reads a longitude and a latitude.
func parsePoint(lon, lat []byte) (p point, err error) {
	if p.lon, err = command.ParseFloat(lon); err != nil {
		return p, err
	}
	if p.lat, err = command.ParseFloat(lat); err != nil {
		return p, err
	}
	if p.lon < mercatorLon.min || p.lon > mercatorLon.max || p.lat < mercatorLat.min || p.lat > mercatorLat.max {
		return p, command.Errorf("ERR invalid longitude,latitude pair %s,%s", cFloat(p.lon), cFloat(p.lat))
	}
	return p, nil
}

// cFloat is C's %f.
func cFloat(f float64) string {
	if math.IsInf(f, 0) {
		return strings.TrimPrefix(strings.ToLower(fmt.Sprint(f)), "+")
	}
	return strconv.FormatFloat(f, 'f', 6, 64)
}

// parseUnit is the length of a unit in metres.
func parseUnit(arg []byte) (float64, error) {
	switch {
	case command.Is(arg, "M"):
		return 1, nil
	case command.Is(arg, "KM"):
		return 1000, nil
	case command.Is(arg, "FT"):
		return 0.3048, nil
	case command.Is(arg, "MI"):
		return 1609.34, nil
	}
	return 0, errUnit
}

// parseRadius reads "radius unit".
func (a *area) parseRadius(args [][]byte) (err error) {
	a.box = false
	if a.radius, err = command.ParseFloat(args[0]); err != nil {
		return errRadius
	}
	if a.radius < 0 {
		return errNegativeRadius
	}
	a.unit, err = parseUnit(args[1])
	return err
}

// parseBox reads "width height unit".
func (a *area) parseBox(args [][]byte) (err error) {
	a.box = true
	if a.width, err = command.ParseFloat(args[0]); err != nil {
		return errWidth
	}
	if a.height, err = command.ParseFloat(args[1]); err != nil {
		return errHeight
	}
	if a.width < 0 || a.height < 0 {
		return errNegativeBox
	}
	a.unit, err = parseUnit(args[2])
	return err
}

// writeDistance replies with a distance to four places.
func writeDistance(out *resp.Writer, d float64) {
	n := int64(math.RoundToEven(d * 10000))
	out.BulkString(fmt.Sprintf("%d.%04d", n/10000, n%10000))
}

// writePoint replies with both coordinates, each to 17 places without zeros at
// the end, as redis-server prints its long doubles.
func writePoint(out *resp.Writer, p point) {
	out.Array(2)
	for _, f := range [2]float64{p.lon, p.lat} {
		text := strings.TrimRight(strings.TrimRight(strconv.FormatFloat(f, 'f', 17, 64), "0"), ".")
		if text == "-0" {
			text = "0"
		}
		if out.Proto >= 3 {
			out.Raw([]byte("," + text + "\r\n"))
		} else {
			out.BulkString(text)
		}
	}
}
