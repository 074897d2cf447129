package store

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// channel is what nodes tell each other on what they commit. It is one for each database.
const channel = "panelgate"

// mostNotice is how long a notice may be: PostgreSQL takes less than 8,000 bytes.
const mostNotice = 7000

// notice writes the statement that tells other nodes what a transaction has touched: who says so, then the accounts, or *
// for all that is stored. It is delivered with the commit, or not at all.
func (e *postgresServer) notice(t touched) string {
	if !t.all && len(t.accounts) == 0 {
		return ""
	}
	text := []byte(e.id)
	for _, account := range slices.Compact(slices.Sorted(slices.Values(t.accounts))) {
		text = strconv.AppendInt(append(text, ' '), account, 10)
	}
	if t.all || len(text) > mostNotice {
		text = []byte(e.id + " *")
	}
	return fmt.Sprintf("; SELECT pg_notify('%s', '%s')", channel, text)
}

// read is what a notice says; one that says something else than notices do may be about anything.
func readNotice(text string) (from string, t touched) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return "", touched{all: true}
	}
	for _, word := range words[1:] {
		account, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return words[0], touched{all: true}
		}
		t.accounts = append(t.accounts, account)
	}
	return words[0], t
}

const (
	beatEvery = 100 * time.Millisecond // how often the listener asks the server for an answer
	lookAfter = 10                     // beats until the listener looks again at who else is there
	deafAfter = 250 * time.Millisecond // how long ago the question may be that was answered last
	lostAfter = 3 * time.Second        // how long nothing was heard when nobody else tries to ask the server any more
)

// listener is a session of its own, by which a node hears what others commit, and by whose lock they know of it.
type listener struct {
	engine *postgresServer
	store  *Store
	log    *slog.Logger
	conn   *pgconn.PgConn // nil while there is none
	named  bool           // the session holds the lock of the node's name
	since  time.Time      // until when it did, where it does not

	end     context.CancelFunc
	stopped chan struct{}
}

// watch begins to listen. A server takes its node's name: another of the same name is [ErrInUse].
func (e *postgresServer) watch(ctx context.Context, s *Store) error {
	l := &listener{engine: e, store: s, log: s.opts.Log, stopped: make(chan struct{})}
	if err := l.connect(ctx); err != nil {
		return err
	}
	if e.serve {
		if err := l.claim(ctx); err != nil {
			l.hangUp()
			return err
		}
	}
	err := l.beat(ctx, true)
	if err != nil {
		l.hangUp()
		return err
	}
	ctx, l.end = context.WithCancel(context.Background())
	e.listener = l
	e.listens.Store(true)
	go l.run(ctx)
	e.startAsking(s)
	return nil
}

// claimTime is how long the name of a node may be taken by a session that has just ended.
const claimTime = 2 * time.Second

func (l *listener) claim(ctx context.Context) error {
	for until := time.Now().Add(claimTime); ; {
		if err := l.takeName(ctx); err != nil || l.named {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("%w by a node named %q: each needs a name of its own", ErrInUse, l.engine.node)
		}
		if err := pause(ctx, beatEvery); err != nil {
			return err
		}
	}
}

// takeName takes the lock of the node's name for as long as the session lasts, if nobody has it.
func (l *listener) takeName(ctx context.Context) error {
	answer := l.conn.ExecParams(ctx, "SELECT CAST(pg_try_advisory_lock($1::int, hashtext($2)) AS INTEGER)",
		[][]byte{[]byte(strconv.Itoa(lockNode)), []byte(l.engine.node)}, nil, nil, nil).Read()
	if answer.Err != nil {
		return answer.Err
	}
	got, err := number([]*pgconn.Result{answer})
	l.named = got == 1
	return err
}

// keepName takes the name again that was lost with a session. Where another server has it for longer than the server
// of the database may take to notice that the session of before has ended, this one is no longer ready.
func (l *listener) keepName(ctx context.Context) error {
	if err := l.takeName(ctx); err != nil {
		return err
	}
	robbed := !l.named && time.Since(l.since) > l.engine.nameTime
	if l.engine.robbed.Swap(robbed) != robbed && robbed {
		l.log.Error("another server has taken this node's name", "node", l.engine.node)
	}
	return nil
}

// connect opens a session. What was committed while there was none may be about anything.
func (l *listener) connect(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	hear := func(_ *pgconn.PgConn, n *pgconn.Notification) {
		if from, t := readNotice(n.Payload); from != l.engine.id {
			l.store.versions.touch(t)
		}
	}
	if l.conn, err = l.engine.find(ctx, l.engine.listens.Load(), hear); err != nil {
		return err
	}
	l.named = false
	if _, err := l.conn.Exec(ctx, "LISTEN "+channel).ReadAll(); err != nil {
		l.hangUp()
		return err
	}
	l.store.Outdate()
	return nil
}

func (l *listener) hangUp() {
	leave(l.conn)
	l.conn = nil
}

// beat has the server answer, by when it has delivered all notices of what was committed before it was asked.
func (l *listener) beat(ctx context.Context, look bool) error {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	began, question := l.engine.now(), "SELECT 1"
	if look {
		question = fmt.Sprintf(`SELECT pg_database_size(current_database()); SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
			AND classid = %d AND objsubid = 2 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, lockNode)
	}
	answers, err := l.conn.Exec(ctx, question).ReadAll()
	if err != nil {
		return err
	}
	l.engine.heard.Store(began)
	if !look {
		return nil
	}
	size, sizeErr := number(answers[:1])
	nodes, nodesErr := number(answers)
	if sizeErr == nil && nodesErr == nil {
		l.engine.bytes.Store(size)
		l.engine.live.Store(max(nodes, 1))
	}
	return nil
}

// run listens until ctx ends, on one session after another.
func (l *listener) run(ctx context.Context) {
	defer close(l.stopped)
	for ctx.Err() == nil {
		err := l.listen(ctx)
		if l.named { // until now
			l.since = time.Now()
		}
		if l.conn != nil {
			l.hangUp()
		}
		if ctx.Err() != nil {
			return
		}
		l.log.Warn("cut off from the database", "error", err)
		for l.conn == nil && pause(ctx, beatEvery) == nil {
			_ = l.connect(ctx) // told above, and by every call
		}
		if l.conn != nil {
			l.engine.times.Add(1)
			l.log.Info("connected to the database again")
		}
	}
}

// listen listens on one session until that is lost.
func (l *listener) listen(ctx context.Context) error {
	for beats := 0; ; beats++ {
		look := beats%lookAfter == 0
		if look && l.engine.serve && !l.named {
			if err := l.keepName(ctx); err != nil {
				return err
			}
		}
		if err := l.beat(ctx, look); err != nil {
			return err
		}
		if err := l.hear(ctx); err != nil {
			return err
		}
	}
}

// hear waits for notices until the next beat is due.
func (l *listener) hear(ctx context.Context) error {
	due, cancel := context.WithTimeout(ctx, beatEvery)
	defer cancel()
	for {
		if err := l.conn.WaitForNotification(due); due.Err() != nil && !l.conn.IsClosed() {
			return ctx.Err()
		} else if err != nil {
			return err
		}
	}
}

// fresh reports whether all that others had committed a quarter of a second ago was heard.
func (e *postgresServer) fresh() bool { return e.now()-e.heard.Load() < int64(deafAfter) }

// found fails while the server is lost. Each call that tried for itself would wait for as long as a machine without power
// takes to not answer, one after the other.
func (e *postgresServer) found() (int, error) {
	if e.listens.Load() && e.now()-e.heard.Load() > int64(lostAfter) {
		return 0, fmt.Errorf("%w: it is silent", ErrUnreachable)
	}
	return int(e.times.Load()), nil
}

// nodes is how many servers hold the lock of their name.
func (e *postgresServer) nodes() int { return int(max(e.live.Load(), 1)) }

// size is what the server says that the database takes, a second ago at most.
func (e *postgresServer) size() int64 { return e.bytes.Load() }

// close stops listening, by which the node's name is free.
func (e *postgresServer) close() error {
	if e.listener != nil {
		close(e.asked) // by nobody any more
		e.asking.Wait()
		e.listener.end()
		<-e.listener.stopped
	}
	return nil
}
