package store

// ReplayLimits bound what is remembered of calls that succeeded. Where there is more, the oldest go before their time.
type ReplayLimits struct {
	TokenCalls int64 // calls of one token
	TokenBytes int64 // of their answers, sealed
	Bytes      int64 // of the answers of all tokens
}

// DefaultReplayLimits let a token send a keyed call a second all day, and keep a tenth of them large.
func DefaultReplayLimits() ReplayLimits {
	return ReplayLimits{TokenCalls: 100_000, TokenBytes: 64 << 20, Bytes: 512 << 20}
}

func (l ReplayLimits) orDefault() ReplayLimits {
	if l == (ReplayLimits{}) {
		return DefaultReplayLimits()
	}
	return l
}

// ForgetExpired deletes some of what is remembered of calls beyond its time, and says how many: a few, so that other writes
// take their turn.
func (tx *Tx) ForgetExpired() (int64, error) {
	done, err := tx.execAside("DELETE FROM replays WHERE id IN (SELECT id FROM replays WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
		tx.stamp(), sweep)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// trimReplays deletes the oldest of what is remembered until the limits are kept, first a token's own.
func (tx *Tx) trimReplays(token int64) error {
	const oldest = "DELETE FROM replays WHERE id = (SELECT MIN(id) FROM replays"
	for {
		own, err := tx.replaySize(token)
		if err != nil {
			return err
		}
		if own.count <= tx.replays.TokenCalls && own.bytes <= tx.replays.TokenBytes {
			break
		}
		if none, err := tx.isDone(oldest+" WHERE token_id = ?)", token); err != nil || none {
			return err
		}
	}
	for {
		all, err := tx.replaySize(0)
		if err != nil || all.bytes <= tx.replays.Bytes {
			return err
		}
		if none, err := tx.isDone(oldest + ")"); err != nil || none {
			return err
		}
	}
}

// isDone reports whether a statement changed nothing.
func (tx *Tx) isDone(query string, args ...any) (bool, error) {
	done, err := tx.execAside(query, args...)
	if err != nil {
		return true, err
	}
	n, err := done.RowsAffected()
	return n == 0, err
}

// replaySize is how much is remembered.
type replaySize struct{ count, bytes int64 }

// replaySize gives it for one token, for all under 0. Triggers keep it.
func (tx *Tx) replaySize(token int64) (replaySize, error) {
	return one(collect(tx, func(r *row) (size replaySize, err error) { return size, r.Scan(&size.count, &size.bytes) },
		"SELECT count, bytes FROM replay_sizes WHERE token_id = ?", token))
}
