package store

import "context"

// ServerFacts are what a PostgreSQL server promises of what it has acknowledged.
type ServerFacts struct {
	Version             int // as server_version_num: 150018 is 15.18
	Standby             bool
	SynchronousCommit   string // off, local, remote_write, on or remote_apply
	SynchronousStandbys string // which of them must have what is acknowledged: synchronous_standby_names
	Fsync               bool
	Encoding            string // of the database
}

// Server asks the server of a database that is on one.
func (i *Inspection) Server(ctx context.Context) (facts ServerFacts, err error) {
	return facts, i.Read(ctx, func(tx *Tx) error {
		facts, err = one(collect(tx, func(r *row) (f ServerFacts, err error) {
			return f, r.Scan(&f.Version, &f.Standby, &f.SynchronousCommit, &f.SynchronousStandbys, &f.Fsync, &f.Encoding)
		}, `SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('synchronous_commit'),
			current_setting('synchronous_standby_names'), current_setting('fsync')::bool,
			(SELECT pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database())`))
		return err
	})
}
