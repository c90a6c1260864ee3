package geo_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/generic"
	"github.com/orbit-server/orbit/internal/redis/command/geo"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
	"github.com/orbit-server/orbit/internal/redis/command/zset"
)

func TestAgainstRedis(t *testing.T) {
	h := commandtest.New(t, geo.Specs, zset.Specs, str.Specs, generic.Specs)
	h.Compare([]string{
		"GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", "GEOADD s NX 1 1 Palermo 2 2 edge1", "GEOADD s XX CH 12.758489 38.788135 edge1 1 1 none", "GEOADD s CH 17.241510 38.788135 edge2 13.361389 38.115556 Palermo", "ZRANGE s 0 -1 WITHSCORES",
		"GEOADD s 1 2", "GEOADD s NX XX 1 1 a", "GEOADD s 1 1 a 2", "GEOADD s x 1 a", "GEOADD s 1 x a", "GEOADD s 181 0 a", "GEOADD s 0 -86 a", "GEOADD s inf 0 a", "GEOADD s 0 -inf a", "GEOADD s NX CH XX", "GEOADD s 180 85.05112878 corner", "GEOADD s -180 -85.05112878 other", "ZSCORE s corner", "ZSCORE s other",
		"GEOPOS s Palermo none Catania corner other", "GEOPOS none a", "GEOPOS s", "GEOHASH s Palermo none Catania corner other", "GEOHASH none a", "GEOHASH s", "GEODIST s Palermo Catania", "GEODIST s Palermo Catania km", "GEODIST s Palermo Catania FT", "GEODIST s Palermo Catania mi", "GEODIST s Palermo Palermo", "GEODIST s Palermo none", "GEODIST none a b", "GEODIST s Palermo Catania parsec", "GEODIST s Palermo Catania m m",
		"GEORADIUS s 15 37 200 km", "GEORADIUS s 15 37 200 km ASC", "GEORADIUS s 15 37 200 km DESC WITHDIST WITHCOORD WITHHASH", "GEORADIUS s 15 37 200 km COUNT 1", "GEORADIUS s 15 37 200 km COUNT 1 ANY", "GEORADIUS s 15 37 200 km ANY", "GEORADIUS s 15 37 200 km COUNT 0", "GEORADIUS s 15 37 200 km COUNT x", "GEORADIUS s 15 37 -1 km", "GEORADIUS s 15 37 x km", "GEORADIUS s 15 37 1 lightyear", "GEORADIUS s 200 37 1 km", "GEORADIUS s 15 37 200 km BAD", "GEORADIUS s 15 37 0 m", "GEORADIUS none 15 37 200 km", "GEORADIUS none 15 37 200 km STORE d",
		"GEORADIUS s 15 37 200 km STORE d", "ZRANGE d 0 -1 WITHSCORES", "GEORADIUS s 15 37 200 km STOREDIST d COUNT 1", "ZCARD d", "GEORADIUS s 15 37 200 km WITHDIST STORE d", "GEORADIUS s 15 37 200 km STORE", "GEORADIUS s 15 37 1 m STORE d", "EXISTS d", "GEORADIUS_RO s 15 37 200 km ASC", "GEORADIUS_RO s 15 37 200 km STORE d",
		"GEORADIUSBYMEMBER s Palermo 200 km ASC WITHDIST", "GEORADIUSBYMEMBER s none 200 km", "GEORADIUSBYMEMBER none a x y", "GEORADIUSBYMEMBER none a 1 km STORE d", "GEORADIUSBYMEMBER s Palermo 200 km STORE d", "GEORADIUSBYMEMBER_RO s Palermo 0 m", "GEORADIUSBYMEMBER_RO s Palermo 1 m STORE d",
		"GEOSEARCH s FROMLONLAT 15 37 BYBOX 400 400 km ASC", "GEOSEARCH s FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST WITHHASH", "GEOSEARCH s FROMMEMBER Palermo BYRADIUS 200 km DESC", "GEOSEARCH s FROMMEMBER none BYRADIUS 200 km", "GEOSEARCH none FROMMEMBER a BYRADIUS 200 km", "GEOSEARCH none FROMMEMBER a BYRADIUS x km", "GEOSEARCH s FROMMEMBER Palermo", "GEOSEARCH s BYRADIUS 1 km COUNT 1", "geosearch s BYRADIUS 1 km COUNT 1", "GEOSEARCH s FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 1 km", "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km BYBOX 1 1 km", "GEOSEARCH s FROMLONLAT 1 1 BYBOX -1 1 km", "GEOSEARCH s FROMLONLAT 1 1 BYBOX x 1 km", "GEOSEARCH s FROMLONLAT 1 1 BYBOX 1 x km", "GEOSEARCH s FROMLONLAT 1 1 BYBOX 1 1 x", "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km STOREDIST", "GEOSEARCH s FROMLONLAT 1 BYRADIUS", "GEOSEARCH s FROMLONLAT 15 37 BYBOX 400 400 km COUNT 2 ANY ASC",
		"GEOSEARCHSTORE d s FROMLONLAT 15 37 BYBOX 400 400 km", "ZRANGE d 0 -1 WITHSCORES", "GEOSEARCHSTORE d s FROMLONLAT 15 37 BYBOX 400 400 km WITHDIST", "GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 400 km STOREDIST COUNT 2", "ZRANGE d 0 -1", "GEOSEARCHSTORE s s FROMLONLAT 15 37 BYBOX 400 400 km", "ZRANGE s 0 -1 WITHSCORES", "GEOSEARCHSTORE d none FROMLONLAT 15 37 BYBOX 400 400 km", "EXISTS d",
		"SET str v", "GEOADD str 1 1 a", "GEOPOS str a", "GEODIST str a b", "GEOHASH str a", "GEORADIUS str 1 1 1 km", "GEOSEARCH str x", "GEOSEARCHSTORE str s FROMLONLAT 15 37 BYRADIUS 400 km", "TYPE str",
		"ZADD odd -5 neg 1.5 frac 4503599627370496 big", "GEOPOS odd neg frac big", "GEOHASH odd frac big",
	})
}

func TestRESP3Shapes(t *testing.T) {
	h := commandtest.New(t, geo.Specs)
	h.Proto = 3
	h.Check([][2]string{
		{"GEOADD s 13.361389 38.115556 a", ":1"},
		{"GEOPOS s a b", "[[,13.36138933897018433 ,38.11555639549629859] nil]"},
		{"GEOSEARCH s FROMMEMBER a BYRADIUS 1 m WITHDIST", `[["a" "0.0000"]]`},
	})
}

// TestSearchesAgainstRedis compares random searches, near the poles and the date
// line too.
func TestSearchesAgainstRedis(t *testing.T) {
	h := commandtest.New(t, geo.Specs)
	r := rand.New(rand.NewPCG(21, 22))
	var lines []string
	lon := func() float64 { return []float64{r.Float64()*360 - 180, 179.9, -179.9, r.Float64()}[r.IntN(4)] }
	lat := func() float64 { return []float64{r.Float64()*170 - 85, 84.9, -84.9, r.Float64()}[r.IntN(4)] }
	for i := range 400 {
		lines = append(lines, fmt.Sprintf("GEOADD k %.9f %.9f m%d", lon(), lat()+r.Float64()/10-.05, i))
	}
	for range 600 {
		size := func() float64 { return []float64{1, 50, 1000, 5000, 20000}[r.IntN(5)] * r.Float64() }
		from := fmt.Sprintf("FROMLONLAT %.6f %.6f", lon(), lat())
		if r.IntN(3) == 0 {
			from = fmt.Sprintf("FROMMEMBER m%d", r.IntN(400))
		}
		by := fmt.Sprintf("BYRADIUS %.4f km", size())
		if r.IntN(2) == 0 {
			by = fmt.Sprintf("BYBOX %.4f %.4f km", size(), size())
		}
		lines = append(lines, fmt.Sprintf("GEOSEARCH k %s %s WITHDIST%s", from, by, []string{"", " ASC", " DESC", " COUNT 5 ANY"}[r.IntN(4)]))
	}
	h.Compare(lines)
}
