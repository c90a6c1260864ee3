package hyperloglog

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var pfselftestSpec = &command.Spec{
	Name:       "pfselftest",
	Arity:      1,
	Flags:      command.Admin,
	Categories: []string{"hyperloglog", "admin", "slow", "dangerous"},
	Group:      "hyperloglog",
	Since:      "2.8.9",
	Complexity: "N/A",
	Summary:    "An internal command for testing HyperLogLog values",
	Long:       true,
	Handler:    runPfselftest,
}

const (
	errSelfTestSparse   command.Error = "TESTFAILED sparse encoding not used"
	errSelfTestDisagree command.Error = "TESTFAILED dense/sparse disagree"
)

// selfTestElements is how many elements the estimates are tested with.
const selfTestElements = 1_000_000

func runPfselftest(c *command.Ctx) error {
	if err := testRegisters(); err != nil {
		return err
	}
	if err := testEstimates(sparseMax(c)); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

// testRegisters checks that registers keep what they are given and leave their
// neighbours alone.
func testRegisters() error {
	b, want := make([]byte, denseSize-headerSize), [registers]uint8{}
	for range 10 {
		for i := range want {
			want[i] = uint8(rand.UintN(64))
			setDenseRegister(b, i, want[i])
		}
		for i := range want {
			if got := denseRegister(b, i); got != want[i] {
				return command.Errorf("TESTFAILED Register %d should be %d but is %d", i, want[i], got)
			}
		}
	}
	return nil
}

// testEstimates adds elements to a dense and to a sparse value: both must agree
// at every power of ten, and not be too wrong.
func testEstimates(sparseMax int) error {
	a, b := newValue(sparseMax), newValue(sparseMax)
	if err := a.toDense(); err != nil {
		return err
	}
	seed, checkpoint := rand.Uint64(), uint64(1)
	var element [8]byte
	for n := uint64(1); n <= selfTestElements; n++ {
		binary.LittleEndian.PutUint64(element[:], n^seed)
		if _, err := a.add(element[:]); err != nil {
			return err
		}
		if _, err := b.add(element[:]); err != nil {
			return err
		}
		if n != checkpoint {
			continue
		}
		if n < uint64(max(sparseMax, 0)/2) && !isSparse(b.b) {
			return errSelfTestSparse
		}
		if err := testEstimate(a.b, b.b, n); err != nil {
			return err
		}
		checkpoint *= 10
	}
	return nil
}

func testEstimate(a, b []byte, n uint64) error {
	x, err := histogramOf(a)
	if err != nil {
		return err
	}
	y, err := histogramOf(b)
	if err != nil {
		return err
	}
	if x.estimate() != y.estimate() {
		return errSelfTestDisagree
	}
	// Six times the standard error; for 10 elements collisions are likely enough
	// to matter, so redis-server asks for 1.
	allowed := math.Ceil(1.04 / math.Sqrt(registers) * 6 * float64(n))
	if n == 10 {
		allowed = 1
	}
	if off := math.Abs(float64(n) - float64(x.estimate())); off > allowed {
		return command.Errorf("TESTFAILED Too big error. card:%d abserr:%.0f", n, off)
	}
	return nil
}
