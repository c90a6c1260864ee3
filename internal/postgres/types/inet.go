package types

import (
	"net/netip"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// Families of addresses in inet's binary form: PGSQL_AF_INET and the next.
const (
	inetFamily4 = 2
	inetFamily6 = 3
)

// appendInetBinary appends the binary form of an inet that is held as text: an
// address, or an address and the bits of its network.
func appendInetBinary(dst []byte, s string) ([]byte, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		addr, aerr := netip.ParseAddr(s)
		if aerr != nil {
			return nil, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type inet: \"%s\"", s)
		}
		addr = addr.WithZone("")
		p = netip.PrefixFrom(addr, addr.BitLen())
	}
	family := byte(inetFamily4)
	if p.Addr().Is6() {
		family = inetFamily6
	}
	raw := p.Addr().AsSlice()
	return append(append(dst, family, byte(p.Bits()), 0, byte(len(raw))), raw...), nil
}
