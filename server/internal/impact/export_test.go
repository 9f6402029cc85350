package impact

import (
	"os"

	"github.com/google/uuid"
)

// Small graphs are to be walked both ways; only figures are measured with large ones.
func init() { Both() }

// Both has small graphs walked both ways, Database makes the database walk, however far, Memory has the relations read
// at once.
func Both() {
	if os.Getenv("FIGURES") == "" {
		few = 20
	}
}
func Database() { few = 1 << 20 }
func Memory()   { few = 0 }

// Distance is that of an asset that is reached, and the redundancy group that it lost.
func (r *Reach) Distance(asset uuid.UUID) (int, Loss) {
	return int(r.distance[r.place[asset]]), r.lost[asset]
}

// Weakened is how many assets lose some of a group.
func (r *Reach) Weakened() int { return int(r.weakened) }
