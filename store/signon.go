package store

import (
	"time"

	"panelgate/permissions"
)

// The roles that a sign-on names, each with a name space of its own.
const (
	RoleUser  = "user"  // accounts and their subusers
	RoleAdmin = "admin" // admin users
)

// The nouns of signing on.
const (
	NounUser    Noun = "user" // an account or a subuser
	NounTicket  Noun = "sign-on link"
	NounSession Noun = "session"
)

// How long signing on takes and lasts.
const (
	// TicketLife is how long a sign-on link can be opened. The vendor's page says "very short, use
	// immediately"; a browser that follows a redirect needs seconds.
	TicketLife = time.Minute
	// SessionLife is how long somebody stays signed on: a working day, used or not. It does not
	// grow with use, so that asking whether a session is good never writes.
	SessionLife = 8 * time.Hour
)

// clockSlack is by how much a clock may be set back without anybody noticing: clocks are set by small steps all the time.
const clockSlack = time.Minute

// good says between which times something must expire that is good now. What ends later than anything that is made now
// was made before the clock was set back: it is not good for longer than it was made for.
func (tx *Tx) good(life time.Duration) (after, until int64) {
	return tx.stamp(), tx.now.Add(life + clockSlack).UnixMilli()
}

// Person is somebody who can be signed on, as they are now.
type Person struct {
	ID          int64
	Name        string
	Kind        Noun              // NounAccount, NounSubuser or NounAdmin
	Account     string            // the account's name; "" for an admin
	Permissions permissions.Grant // what is left of them under who gave them
	Suspended   bool              // the account is
}

// Role is RoleUser or RoleAdmin.
func (p Person) Role() string {
	if p.Kind == NounAdmin {
		return RoleAdmin
	}
	return RoleUser
}

var selectPeople = "SELECT l.id, l.name, l.kind, COALESCE(o.name, ''), " + heldByJoined("l.id") + `, COALESCE(a.suspended, FALSE)
	FROM logins l
	LEFT JOIN subusers s ON s.id = l.id
	LEFT JOIN accounts a ON a.id = COALESCE(s.account_id, l.id)
	LEFT JOIN logins o ON o.id = a.id`

func scanPerson(r *row) (p Person, err error) {
	var chain string
	if err := r.Scan(&p.ID, &p.Name, &p.Kind, &p.Account, &chain, &p.Suspended); err != nil {
		return p, err
	}
	_, p.Permissions, err = readHeld(chain)
	return p, err
}

// Person finds who has a name in a role, without regard to case. Admins are in no scope but the
// operator's, and a subuser's scope holds nobody else.
func (tx *Tx) Person(scope Scope, role, name string) (Person, error) {
	noun := NounUser
	if role == RoleAdmin {
		noun = NounAdmin
	}
	args := append([]any{loginKey(name), role == RoleAdmin, scope.subuser(), scope.subuser()}, scope.args()...)
	found, err := collect(tx, scanPerson, selectPeople+
		" WHERE l.key = ? AND (l.kind = 'admin') = ? AND (CAST(? AS BIGINT) = 0 OR l.id = ?) AND "+accountsInScope, args...)
	return first(found, err, noun, name)
}

// sweep is how many expired rows go with each new one: more than one, so that the tables shrink,
// and few, so that no write is long.
const sweep = 50

// Ticket is a sign-on link that was not opened yet. What the link holds is kept nowhere, only its SHA-256.
type Ticket struct {
	Hash    [32]byte
	LoginID int64
	IP      string    // the address that may open it; "" for any
	Page    string    // category/page to land on; "" for the index
	Expires time.Time // within TicketLife
}

// CreateTicket stores a ticket, and deletes some that have expired.
func (tx *Tx) CreateTicket(t Ticket) error {
	_, err := tx.execAside("DELETE FROM tickets WHERE hash IN (SELECT hash FROM tickets WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
		tx.stamp(), sweep)
	if err != nil {
		return err
	}
	_, err = tx.execAside("INSERT INTO tickets (hash, login_id, ip, page, expires_at) VALUES (?, ?, ?, ?, ?)",
		t.Hash[:], t.LoginID, t.IP, t.Page, t.Expires.UnixMilli())
	return err
}

const ticketColumns = "login_id, ip, page, expires_at"

func scanTicket(r *row) (t Ticket, err error) {
	var expires int64
	err = r.Scan(&t.LoginID, &t.IP, &t.Page, &expires)
	t.Expires = fromMillis(expires)
	return t, err
}

// Ticket finds a ticket that can still be opened, and leaves it so.
func (tx *Tx) Ticket(hash [32]byte) (Ticket, error) {
	after, until := tx.good(TicketLife)
	found, err := collect(tx, scanTicket, "SELECT "+ticketColumns+" FROM tickets WHERE hash = ? AND expires_at > ? AND expires_at <= ?",
		hash[:], after, until)
	return first(found, err, NounTicket)
}

// OpenTicket uses a ticket up and gives whom it signs on. One that was used, has expired or never
// was is a [*NotFoundError].
func (tx *Tx) OpenTicket(hash [32]byte) (Ticket, Person, error) {
	after, until := tx.good(TicketLife)
	opened, err := collect(tx, scanTicket, "DELETE FROM tickets WHERE hash = ? AND expires_at > ? AND expires_at <= ? RETURNING "+ticketColumns,
		hash[:], after, until)
	ticket, err := first(opened, err, NounTicket)
	if err != nil {
		return ticket, Person{}, err
	}
	found, err := collect(tx, scanPerson, selectPeople+" WHERE l.id = ?", ticket.LoginID)
	person, err := first(found, err, NounUser)
	return ticket, person, err
}

// maxSessions is how often one login can be signed on at a time.
const maxSessions = 50

// CreateSession signs a login on, within SessionLife; hash is the SHA-256 of the cookie. Some expired sessions are
// deleted, and the login's oldest when it has too many.
func (tx *Tx) CreateSession(hash [32]byte, loginID int64, expires time.Time) error {
	_, err := tx.execAside("DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
		tx.stamp(), sweep)
	if err != nil {
		return err
	}
	_, err = tx.execAside(`DELETE FROM sessions WHERE hash IN
		(SELECT hash FROM sessions WHERE login_id = ? ORDER BY expires_at DESC LIMIT ? OFFSET ?)`, loginID, sweep, maxSessions-1)
	if err != nil {
		return err
	}
	_, err = tx.execAside("INSERT INTO sessions (hash, login_id, expires_at) VALUES (?, ?, ?)", hash[:], loginID, expires.UnixMilli())
	return err
}

// Session finds who is signed on with a cookie of that hash. A session that has ended or expired,
// and one of an account that is suspended, is a [*NotFoundError].
func (tx *Tx) Session(hash [32]byte) (Person, error) {
	after, until := tx.good(SessionLife)
	found, err := collect(tx, scanPerson, selectPeople+` JOIN sessions x ON x.login_id = l.id
		WHERE x.hash = ? AND x.expires_at > ? AND x.expires_at <= ? AND NOT COALESCE(a.suspended, FALSE)`, hash[:], after, until)
	return first(found, err, NounSession)
}

// EndSession signs one cookie off. Ending a session that is not there is no error.
func (tx *Tx) EndSession(hash [32]byte) error {
	_, err := tx.execAside("DELETE FROM sessions WHERE hash = ?", hash[:])
	return err
}
