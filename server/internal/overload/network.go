package overload

import (
	"hash/maphash"
	"net/netip"
	"sync"
)

// networkBits is how much of an IPv6 address names a network: what a household or a server is given.
const networkBits = 64

// Network is what limits count by where no credential is verified: an IPv4 address, or the first 64 bits of an IPv6
// address. What is no address stands for itself.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(networkBits)
	if err != nil {
		return address
	}
	return prefix.String()
}

var seed = maphash.MakeSeed()

// NetworkLine is the line of a network.
func NetworkLine(network string) Line { return Line(maphash.String(seed, network)) }

// CredentialLine is the line of a credential, as the header has it. It is used only for one that is among the Verified.
func CredentialLine(credential string) Line {
	return Line(maphash.String(seed, "credential "+credential))
}

// verifiedAtMost is how many credentials are remembered, twice.
const verifiedAtMost = 1 << 14

// Verified remembers which credentials were good when they were last looked at. It lets nobody in: it only says whose
// line a call waits in before it is authenticated.
type Verified struct {
	mu         sync.RWMutex
	young, old map[Line]struct{}
}

// Has tells whether a credential was verified before.
func (v *Verified) Has(line Line) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	_, young := v.young[line]
	if young {
		return true
	}
	_, old := v.old[line]
	return old
}

// Add remembers a credential that has been verified.
func (v *Verified) Add(line Line) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.young == nil || len(v.young) >= verifiedAtMost {
		v.young, v.old = map[Line]struct{}{}, v.young
	}
	v.young[line] = struct{}{}
}
