package probe

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"
)

// refused reports why a connection to the database did not come about.
func (d Database) refused(ctx context.Context, r *report, err error) {
	var server *mysql.MySQLError
	switch {
	case ctx.Err() != nil:
		r.timedOut(ctx)
	case errors.As(err, &server):
		d.refusedBy(server.Number, r)
	case errors.Is(err, mysql.ErrCleartextPassword), errors.Is(err, mysql.ErrOldPassword),
		errors.Is(err, mysql.ErrUnknownPlugin):
		r.fail(d.Field+"[user]", DatabaseLogin, "the server asks for a way to log in that the probe does not use")
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, mysql.ErrInvalidConn):
		r.host("the host closed the connection, during " + r.current())
	default:
		r.network(ctx, err, "the host does not speak MySQL as the probe does")
	}
}

// refusedBy sorts the server's errors by number. Which of 1044 and 1049 a database that is not there
// gets depends on the login's rights, so neither says that it is there.
//
// Source: https://mariadb.com/kb/en/mariadb-error-code-reference/
func (d Database) refusedBy(number uint16, r *report) {
	login, permission := d.Field+"[user]", d.Field+"[name]"
	switch number {
	case 1045, 1698: // access denied; ... to a login that takes no passwords
		r.fail(login, DatabaseLogin, "the server refused the user name or the password")
	case 1130: // host not allowed
		r.fail(login, DatabaseLogin, "the server takes no logins from this address")
	case 1251, 1275: // authentication protocol
		r.fail(login, DatabaseLogin, "the server asks for a way to log in that the probe does not use")
	case 1820, 1862, 3118, 4151: // password expired, account locked (MySQL, MariaDB)
		r.fail(login, DatabaseLogin, "the login is locked or its password has expired")
	case 3159: // require_secure_transport
		r.fail(login, DatabaseLogin, "the server takes encrypted connections only")
	case 1044: // access to the database denied
		r.fail(permission, DatabasePermission, "the database does not exist, or the login has no right to it")
	case 1049: // unknown database
		r.fail(permission, DatabasePermission, "the database does not exist")
	case 1040, 1129, 1203, 1226: // too many connections, blocked host, limits of the login
		r.host("the server takes no more connections from here now")
	default:
		r.host(fmt.Sprintf("the server refused the connection (MySQL error %d)", number))
	}
}
