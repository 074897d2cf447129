package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"panelgate/store"
)

// Healthz answers 200 while the process can answer at all.
func (g *Gateway) Healthz(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}

// Readyz answers 200 while calls can be served, and 503 once the server drains or its database
// cannot be read, is not where it was, or is served by another node of the same name, so that a load
// balancer sends calls elsewhere. A database that takes no writes, or that is damaged somewhere, is
// told of and hinders no reads: there is no other server to send them to.
func (g *Gateway) Readyz(c echo.Context) error {
	if g.draining.Load() {
		return c.JSON(http.StatusServiceUnavailable, map[string]string{"status": "draining"})
	}
	if err := g.store.Ping(c.Request().Context()); err != nil {
		g.log.Error("not ready", "error", err)
		status := "database unavailable"
		switch {
		case errors.Is(err, store.ErrMoved):
			status = "database moved"
		case errors.Is(err, store.ErrInUse):
			status = "node name taken"
		}
		return c.JSON(http.StatusServiceUnavailable, map[string]string{"status": status})
	}
	return c.JSON(http.StatusOK, ready{"ok", g.backup.Load(), g.integrity.Load(), outageOf(g.store)})
}

type ready struct {
	Status    string     `json:"status"`
	Backup    *Backup    `json:"backup,omitempty"`
	Integrity *Integrity `json:"integrity,omitempty"`
	Writes    *outage    `json:"writes,omitempty"` // while they fail
}

// outage says since when no write could be stored.
type outage struct {
	OK    bool      `json:"ok"`
	Since time.Time `json:"since"`
	Error string    `json:"error"`
}

func outageOf(db *store.Store) *outage {
	lasts := db.Outage()
	if lasts == nil {
		return nil
	}
	text := "not writable"
	if errors.Is(lasts.Err, store.ErrNoRoom) {
		text = "no room"
	}
	return &outage{Since: lasts.Since.UTC(), Error: text}
}

// Integrity is what a look through the whole database found.
type Integrity struct {
	Time  time.Time `json:"time"`
	OK    bool      `json:"ok"`
	Error string    `json:"error,omitempty"`
}

// NoteIntegrity makes Readyz tell of a look through the database. Damage hinders no calls but those that meet it.
func (g *Gateway) NoteIntegrity(i Integrity) { g.integrity.Store(&i) }

// Backup is how the last scheduled backup went.
type Backup struct {
	Time  time.Time `json:"time"`
	File  string    `json:"file"` // without its directory
	OK    bool      `json:"ok"`
	Error string    `json:"error,omitempty"`
}

// NoteBackup makes Readyz tell of a backup. One that failed is told too, and hinders no calls.
func (g *Gateway) NoteBackup(b Backup) { g.backup.Store(&b) }

// Drain makes Readyz say that no more calls should come. Those that do are still served.
func (g *Gateway) Drain() { g.draining.Store(true) }
