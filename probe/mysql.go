package probe

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// dropTime is what the drop of the probe's table gets beyond the time of its check.
const dropTime = 2 * time.Second

// database checks that the login may use the database and create a table in it.
func (p *Prober) database(ctx context.Context, d Database, r *report) {
	r.during("connecting")
	host, port, err := splitHost(d.Host)
	if err != nil {
		r.host(err.Error())
		return
	}
	db, err := p.openDatabase(d, host, port, r)
	if err != nil {
		r.host("the login cannot be written as MySQL wants it")
		return
	}
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		d.refused(ctx, r, err)
		return
	}
	d.createAndDrop(ctx, db, r)
}

// splitHost reads host, host:port, [address] and [address]:port, and a bare IPv6 address.
func splitHost(text string) (string, int, error) {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return a.String(), 3306, nil
	}
	host, number, found := strings.Cut(text, ":")
	if strings.HasPrefix(text, "[") {
		var err error
		if host, number, err = net.SplitHostPort(text); err != nil {
			return "", 0, errPort
		}
		found = true
	}
	if !found {
		return text, 3306, nil
	}
	if strings.HasPrefix(number, "/") {
		return "", 0, errSocket
	}
	port, err := strconv.Atoi(number)
	if err != nil {
		return "", 0, errPort
	}
	return host, port, nil
}

// openDatabase prepares one connection at a time to the one address that the first of them finds.
// The driver's defaults are the careful ones: no LOCAL INFILE, no multiple statements, and a password
// goes out scrambled or encrypted only.
func (p *Prober) openDatabase(d Database, host string, port int, r *report) (*sql.DB, error) {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = d.User, d.Password, d.Name
	config.Net, config.Addr = "tcp", net.JoinHostPort(host, strconv.Itoa(port))
	config.Logger = &mysql.NopLogger{}
	var pinned netip.AddrPort
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := p.again(ctx, pinned, host, port)
		if err != nil {
			return nil, err
		}
		pinned = c.address
		r.during("the MySQL greeting")
		defer r.during(atLogin)
		return greeted(c)
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return db, nil
}

func (p *Prober) again(ctx context.Context, pinned netip.AddrPort, host string, port int) (*conn, error) {
	if pinned.IsValid() {
		return open(ctx, net.Dialer{}, pinned)
	}
	return p.dial(ctx, host, port)
}

// createAndDrop proves the right to create tables. The drop has a time of its own, and goes out
// whenever the table may be there, so that a check that runs out of time leaves none behind.
func (d Database) createAndDrop(ctx context.Context, db *sql.DB, r *report) {
	table := tableName()
	r.during("the creation of a table")
	_, err := db.ExecContext(ctx, "CREATE TABLE "+table+" (id INT PRIMARY KEY)")
	var refused *mysql.MySQLError
	if errors.As(err, &refused) {
		r.fail(d.Field+"[name]", DatabasePermission, tablePhrase(refused.Number, "created"))
		return
	}
	if err != nil {
		r.network(ctx, err, "the server ended the session")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTime)
	defer cancel()
	_, err = db.ExecContext(ctx, "DROP TABLE IF EXISTS "+table)
	switch {
	case errors.As(err, &refused):
		left := tablePhrase(refused.Number, "dropped") + "; " + table + " is left behind"
		r.fail(d.Field+"[name]", DatabasePermission, left)
	case err != nil:
		r.host("the server ended the session; " + table + " may be left behind")
	}
}

func tableName() string {
	var b [8]byte
	rand.Read(b[:])
	return "panelgate_probe_" + hex.EncodeToString(b[:])
}

func tablePhrase(number uint16, verb string) string {
	switch number {
	case 1290, 1836, 1792: // --read-only, --super-read-only, a read-only transaction
		return "no table can be " + verb + ": the server is read-only"
	case 1142, 1044, 1227, 1370:
		return "the login has no right to tables being " + verb + " in the database"
	}
	return fmt.Sprintf("no table can be %s in the database (MySQL error %d)", verb, number)
}
