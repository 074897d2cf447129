package auth_test

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"panelgate/auth"
)

const somePassword = "KExk80Ml5aG6M"

// asHashProcess makes of the tests' binary the process that hashes.
const asHashProcess = "hash"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == asHashProcess {
		if err := auth.ServeHashing(slices.Contains(os.Args, "--yield")); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// BenchmarkHashing compares a saturated hasher with bcrypt alone on all cores.
func BenchmarkHashing(b *testing.B) {
	b.Run("bcrypt", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := bcrypt.GenerateFromPassword([]byte(somePassword), auth.DefaultCost); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("hasher", func(b *testing.B) {
		h := auth.NewHasherIn(mustHashProcess(b, auth.LowestPriority), auth.DefaultCost)
		b.SetParallelism(8)
		mustSeal(b, h) // by then it has started
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				mustSeal(b, h)
			}
		})
	})
}
