package cli

import (
	"fmt"

	"panelgate/store"
)

// oldestServer is the first release of PostgreSQL that was tried.
const oldestServer = 15

// examineServer is examine for a database on a server, whose files are the server's own business.
func (d *doctor) examineServer() {
	var wrong []finding
	for _, path := range []string{d.keyset(), d.keyOfTLS(), d.acmeDir()} {
		_, found := d.checkPrivate(path)
		wrong = append(wrong, found...)
	}
	d.report("files", "private", wrong)
	d.checkCertificate()
	look, keys, err := d.inspect()
	if err != nil {
		d.add(stateProblem, "server", oneLine(err), "see that PostgreSQL runs there, takes writes, and lets this user in")
		d.tellUnchecked()
		return
	}
	if current := d.checkServer(look) && d.checkMigrations(look); current {
		d.checkClock(look)
		if keys != nil && d.checkKeys(look, keys) {
			d.checkAudit(look)
		}
	}
	if err := look.Close(); err != nil {
		d.add(stateProblem, "server", oneLine(err), "run doctor again")
	}
	d.tellUnchecked()
}

// checkServer looks at what a server promises of what it has acknowledged. It is false when nothing can be asked of it.
func (d *doctor) checkServer(look *store.Inspection) bool {
	facts, err := look.Server(d.ctx)
	if err != nil {
		d.add(stateProblem, "server", oneLine(err), "see that PostgreSQL runs there, takes writes, and lets this user in")
		return false
	}
	var wrong []finding
	add := func(is bool, state, found, do string) {
		if is {
			wrong = append(wrong, finding{state, "", found, do})
		}
	}
	add(facts.Version/10000 < oldestServer, stateWarning, fmt.Sprintf("PostgreSQL %d was never tried", facts.Version/10000),
		fmt.Sprintf("use %d or later", oldestServer))
	add(facts.Standby, stateProblem, "it is a standby: it takes no writes", "name the primary, or all servers, in --db")
	add(facts.SynchronousCommit == "off", stateProblem, "synchronous_commit is off: a crash loses writes that were acknowledged",
		"set it to on, for this database at least")
	add(!facts.Fsync, stateProblem, "fsync is off: a crash of the machine destroys the database", "set it to on")
	add(facts.Encoding != "UTF8", stateProblem, "the encoding is "+facts.Encoding+": not every name can be stored", "make the database with ENCODING 'UTF8'")
	d.report("server", fmt.Sprintf("PostgreSQL %d.%d, %s", facts.Version/10000, facts.Version%10000, replication(facts)), wrong)
	return true
}

// replication says who else has what was acknowledged.
func replication(facts store.ServerFacts) string {
	if facts.SynchronousStandbys == "" {
		return "no synchronous standby"
	}
	return "synchronous standby: " + facts.SynchronousStandbys
}
