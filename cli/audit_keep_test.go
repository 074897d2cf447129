package cli_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"panelgate/store"
)

// mustAgedTrail makes a database with one row of each age.
func mustAgedTrail(t *testing.T, ages ...time.Duration) string {
	t.Helper()
	now := time.Now()
	var age time.Duration
	file, db := mustStore(t, func() time.Time { return now.Add(-age) })
	defer db.Close()
	for _, age = range ages {
		if err := db.Write(t.Context(), func(tx *store.Tx) error { return tx.Audit(store.AuditRow{Target: fmt.Sprint(age)}) }); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// A server deletes what is too old, but not everything at once because its clock says so.
func TestRetentionDoubtsTheClock(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		ages []time.Duration
		left int // of them
	}{
		"a clock ahead":                  {[]time.Duration{1000 * day, 999 * day, 998 * day}, 3},
		"a clock ahead, and a row since": {[]time.Duration{1000 * day, 999 * day, 998 * day, 0}, 4},
		"a pause":                        {[]time.Duration{1000 * day, 600 * day, 399 * day}, 1},
		"no pause":                       {[]time.Duration{402 * day, 401 * day, 399 * day, 0}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := mustAgedTrail(t, tt.ages...)
			server := mustStart(t, "serve", "--db", file, "--node", "beta", "--listen", "127.0.0.1:0")
			doubted := tt.left == len(tt.ages)
			eventually(t, "retention", func() bool {
				return strings.Contains(server.err.String(), map[bool]string{true: "is the clock ahead?", false: "rows of the audit trail deleted"}[doubted])
			})
			if out, want := mustRun(t, "audit", "verify", "--db", file), fmt.Sprintf("alpha: %d rows, whole", tt.left); !strings.Contains(out, want) {
				t.Errorf("want %q: %s", want, out)
			}
		})
	}
}
