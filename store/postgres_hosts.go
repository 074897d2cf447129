package store

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A URL may name several servers, of which one at a time takes writes. The driver tries them in their order, and waits for
// each that is silent; here all are asked at once, and every new session goes where the last was found.

// hosts are the servers of a configuration, each in one of its own, by their addresses.
func hosts(config *pgx.ConnConfig) (addresses []string, each map[string]*pgconn.Config) {
	each = make(map[string]*pgconn.Config)
	for _, way := range ways(config) {
		address := addressOf(way)
		if known := each[address]; known != nil {
			known.Fallbacks = append(known.Fallbacks, way)
			continue
		}
		one := config.Config.Copy()
		one.Host, one.Port, one.TLSConfig, one.Fallbacks = way.Host, way.Port, way.TLSConfig, nil
		addresses, each[address] = append(addresses, address), one
	}
	return addresses, each
}

// ways are all that a configuration tries, in order: a server may be tried with TLS and without.
func ways(config *pgx.ConnConfig) []*pgconn.FallbackConfig {
	first := &pgconn.FallbackConfig{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}
	return append([]*pgconn.FallbackConfig{first}, config.Fallbacks...)
}

func addressOf(way *pgconn.FallbackConfig) string {
	return net.JoinHostPort(way.Host, strconv.Itoa(int(way.Port)))
}

// prefer makes a configuration try the server first that was found last.
func (e *postgresServer) prefer(config *pgx.ConnConfig) {
	found := e.at.Load()
	if found == nil {
		return
	}
	var first, others []*pgconn.FallbackConfig
	for _, way := range ways(config) {
		if addressOf(way) == *found {
			first = append(first, way)
		} else {
			others = append(others, way)
		}
	}
	all := append(first, others...)
	config.Host, config.Port, config.TLSConfig, config.Fallbacks = all[0].Host, all[0].Port, all[0].TLSConfig, all[1:]
}

// find asks all servers at once for a session, and gives the first that is as the URL wants it. With again it goes on asking
// those that refuse until ctx ends: one of them may be about to take over.
func (e *postgresServer) find(ctx context.Context, again bool, hear pgconn.NotificationHandler) (*pgconn.PgConn, error) {
	config, err := e.config()
	if err != nil {
		return nil, err
	}
	config.OnNotification = hear
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		address string
		session *pgconn.PgConn
		err     error
	}
	addresses, each := hosts(config)
	answers := make(chan answer, len(addresses))
	for _, address := range addresses {
		go func() {
			session, err := pgconn.ConnectConfig(ctx, each[address])
			for err != nil && again && pause(ctx, beatEvery) == nil {
				session, err = pgconn.ConnectConfig(ctx, each[address])
			}
			answers <- answer{address, session, err}
		}()
	}
	var errs []error
	for asked := len(addresses); asked > 0; asked-- {
		a := <-answers
		if a.err == nil {
			e.at.Store(&a.address)
			go func() {
				for ; asked > 1; asked-- {
					if late := <-answers; late.err == nil {
						leave(late.session)
					}
				}
			}()
			return a.session, nil
		}
		errs = append(errs, a.err)
	}
	return nil, errors.Join(errs...)
}

// seek finds the server before anything else asks for it.
func (e *postgresServer) seek(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	session, err := e.find(ctx, false, nil)
	if err != nil {
		return err
	}
	leave(session)
	return nil
}

// leave ends a session that nobody needs.
func leave(session *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = session.Close(ctx) // it ends with the connection, whatever the server says
}
