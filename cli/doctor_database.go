package cli

import (
	"errors"
	"fmt"
	"time"

	"panelgate/auth"
	"panelgate/store"
)

// checkMigrations reports whether the tables are those that this program knows.
func (d *doctor) checkMigrations(look *store.Inspection) bool {
	var lacking, unknown []int64
	err := look.Read(d.ctx, func(tx *store.Tx) (err error) {
		lacking, unknown, err = tx.Migrations()
		return err
	})
	switch {
	case err != nil:
		d.add(stateProblem, "migrations", "this is no database of panelgate: "+oneLine(err), "name the right one with --db")
	case len(unknown) > 0:
		d.add(stateProblem, "migrations", fmt.Sprintf("a newer panelgate has changed the tables (migrations %d)", unknown), "use that version or a later one")
	case len(lacking) > 0:
		d.add(stateWarning, "migrations", fmt.Sprintf("the tables are those of an older panelgate: %d migrations are to be applied", len(lacking)),
			"make a backup; the next start applies them")
	default:
		d.add(stateOK, "migrations", "all applied", "")
		return true
	}
	return false
}

// clockSlack is how far a row may be ahead of the clock: clocks are set by small steps all the time.
const clockSlack = time.Minute

func (d *doctor) checkClock(look *store.Inspection) {
	var newest time.Time
	err := look.Read(d.ctx, func(tx *store.Tx) (err error) {
		newest, err = tx.Newest()
		return err
	})
	now := time.Now()
	switch {
	case err != nil:
		d.damaged(err)
	case newest.After(now.Add(clockSlack)):
		d.add(stateProblem, "clock", fmt.Sprintf("it says %s, but a row was written at %s",
			now.UTC().Format(time.DateTime), newest.Format(time.DateTime)),
			"set the clock (timedatectl): tokens, links and sessions expire by it")
	default:
		d.add(stateOK, "clock", "ahead of every row", "")
	}
}

// checkKeys reports whether the keyset opens what is sealed.
func (d *doctor) checkKeys(look *store.Inspection, keys *auth.Keyset) bool {
	err := look.Read(d.ctx, (*store.Tx).CheckKeys)
	switch {
	case errors.Is(err, store.ErrOldKeyset), errors.Is(err, store.ErrWrongKeyset):
		d.add(stateProblem, "keyset", oneLine(err), "put the right one back from your backup")
		return false
	case err != nil:
		d.damaged(err)
		return false
	}
	rows, err := keyRows(d.ctx, look.Read, keys)
	if err != nil {
		d.damaged(err)
		return false
	}
	var wrong []finding
	for _, key := range rows {
		switch {
		case !key.Primary && key.Values > 0:
			wrong = append(wrong, finding{stateWarning, "", fmt.Sprintf("old key %s still seals %d values", key.ID, key.Values),
				"start the server, or run panelgate keys reseal"})
		case !key.Primary:
			wrong = append(wrong, finding{stateWarning, "", fmt.Sprintf("old key %s seals nothing any more", key.ID), "panelgate keys retire " + key.ID})
		}
	}
	d.report("keyset", "opens everything", wrong)
	return true
}

func (d *doctor) checkAudit(look *store.Inspection) {
	chains, err := look.Audit(d.ctx)
	if err != nil {
		d.damaged(err)
		return
	}
	var lacking bool
	if err := look.Read(d.ctx, func(tx *store.Tx) (err error) { lacking, err = tx.LacksAudit(); return err }); err != nil {
		d.damaged(err)
		return
	}
	var wrong []finding
	if lacking {
		wrong = append(wrong, finding{stateWarning, "", noTrail, "compare it with a backup (panelgate audit verify)"})
	}
	for _, chain := range chains {
		if chain.Bad > 0 {
			wrong = append(wrong, finding{stateProblem, "", fmt.Sprintf("the chain of %s is not as it was written, from row %d on: %s", chain.Node, chain.Bad, chain.Reason),
				"somebody may have changed the file: keep it aside, compare it with a backup (panelgate audit verify)"})
		}
	}
	d.report("audit", fmt.Sprintf("whole (chains: %d)", len(chains)), wrong)
}
