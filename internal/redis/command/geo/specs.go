package geo

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	geoaddSpec, geodistSpec, geohashSpec, geoposSpec, georadiusSpec, georadiusroSpec, georadiusbymemberSpec,
	georadiusbymemberroSpec, geosearchSpec, geosearchstoreSpec,
}
