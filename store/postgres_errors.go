package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresFaults tells what an error of PostgreSQL's means.
// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
func postgresFaults(err error) fault {
	var server *pgconn.PgError
	if !errors.As(err, &server) || len(server.Code) != len("23505") {
		return 0
	}
	switch server.Code {
	case "23505": // unique_violation
		return faultTaken
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return faultAgain | faultLater
	case "55P03": // lock_not_available
		return faultLocked | faultLater
	case "53100": // disk_full
		return faultNoRoom | faultLater
	case "25006": // read_only_sql_transaction
		return faultReadOnly | faultLater
	case "25P03": // idle_in_transaction_session_timeout
		return faultIdle | faultLater
	case "57014": // query_canceled
		return faultLater
	case "XX001", "XX002": // data_corrupted, index_corrupted
		return faultDamage
	}
	switch server.Code[:2] {
	case "08", "53", "57", "58": // connection, resources, an operator's doing, the system
		return faultLater
	}
	return 0
}
