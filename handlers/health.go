package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Healthz answers 200 while the process can answer at all.
func (g *Gateway) Healthz(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}

// Readyz answers 200 while calls can be served, and 503 once the server drains or its database
// cannot be read, so that a load balancer sends calls elsewhere.
func (g *Gateway) Readyz(c echo.Context) error {
	if g.draining.Load() {
		return c.JSON(http.StatusServiceUnavailable, map[string]string{"status": "draining"})
	}
	if err := g.store.Ping(c.Request().Context()); err != nil {
		g.log.Error("not ready", "error", err)
		return c.JSON(http.StatusServiceUnavailable, map[string]string{"status": "database unavailable"})
	}
	return c.JSON(http.StatusOK, ready{"ok", g.backup.Load()})
}

type ready struct {
	Status string  `json:"status"`
	Backup *Backup `json:"backup,omitempty"`
}

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
