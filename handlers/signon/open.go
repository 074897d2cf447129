package signon

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/store"
)

// Why a link that is good is not opened. It stays good: only its reader is wrong, or the moment.
var (
	errElsewhere = errors.New("the link is for another address")
	errSuspended = errors.New("the account is suspended")
)

// open uses a link up: it begins a session and sends the browser on.
func (p *Pages) open(c echo.Context) error {
	guard(c.Response().Header())
	if isPrefetch(c.Request().Header) {
		return p.render(c, http.StatusForbidden, view{Title: "Not opened", Text: "This link works once, so it is not opened ahead of time."})
	}
	ticket, from := c.Param("ticket"), p.gateway.Address(c.Request())
	if err := p.gateway.Guess(from, ticket); err != nil {
		return p.refuse(c, err)
	}
	if !auth.IsTicket(ticket) {
		return p.render(c, http.StatusNotFound, view{Title: "Not a sign-on link", Text: "The address is not complete. Please use the link as it was given to you."})
	}
	ctx, cancel := within(c)
	defer cancel()
	opened, err := p.exchange(ctx, c.Request(), from, ticket)
	var unknown *store.NotFoundError
	if errors.As(err, &unknown) {
		err = errors.Join(p.gateway.Guessed(ctx, from, ticket), err)
	}
	if err != nil {
		return p.refuse(c, err)
	}
	p.log.Info("signed on", "request_id", handlers.RequestID(c), "user", opened.who.Name, "role", opened.who.Role())
	p.setCookie(c, opened.cookie)
	return c.Redirect(http.StatusSeeOther, p.landing(opened.page))
}

// isPrefetch tells a browser that loads a link before anybody clicks on it.
func isPrefetch(header http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		purpose := strings.ToLower(header.Get(name))
		if strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "preview") {
			return true
		}
	}
	return false
}

// opened is what a link came to.
type opened struct {
	who    store.Person
	page   string
	cookie string
}

// exchange makes a session of a ticket. It looks before it writes, so that made-up links do not
// keep the writer busy. Whoever was signed on in this browser is signed off.
func (p *Pages) exchange(ctx context.Context, r *http.Request, from netip.Addr, ticket string) (o opened, err error) {
	hash, last := auth.HashSecret(ticket), auth.HashSecret(p.cookie(r))
	err = p.store.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Ticket(hash)
		return err
	})
	if err != nil {
		return o, err
	}
	o.cookie = auth.NewCookie()
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		ticket, who, err := tx.OpenTicket(hash)
		if err != nil {
			return err
		}
		if err := mayOpen(from, ticket, who); err != nil {
			return err
		}
		o.who, o.page = who, ticket.Page
		return errors.Join(tx.EndSession(last), tx.CreateSession(auth.HashSecret(o.cookie), who.ID, tx.Now().Add(store.SessionLife)))
	})
	return o, err
}

// mayOpen compares a link's address with the one that the request comes from.
func mayOpen(from netip.Addr, ticket store.Ticket, who store.Person) error {
	if ticket.IP != "" && from.String() != ticket.IP {
		return errElsewhere
	}
	if who.Suspended {
		return errSuspended
	}
	return nil
}

func (p *Pages) refuse(c echo.Context, err error) error {
	var missing *store.NotFoundError
	var tooOften *auth.TooOftenError
	switch {
	case errors.As(err, &tooOften):
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(tooOften.Retry.Seconds())))
		return p.render(c, http.StatusTooManyRequests, view{Title: "Please wait", Text: tooOften.Reason})
	case errors.As(err, &missing):
		return p.render(c, http.StatusGone, view{Title: "This link has ended",
			Text: "A sign-on link works once, and for a minute. Please go back and ask for a new one."})
	case errors.Is(err, errElsewhere):
		return p.render(c, http.StatusForbidden, view{Title: "Another address",
			Text: "This link was made for a browser at another network address, and works only there."})
	case errors.Is(err, errSuspended):
		return p.render(c, http.StatusForbidden, view{Title: "The account is suspended",
			Text: "Nobody can be signed on to it. Please ask whoever runs this server."})
	}
	return p.renderFailure(c, err)
}

// landing is where somebody who has signed on goes: PANEL_URL/category/page, or the page of this
// server that lists what they may open.
func (p *Pages) landing(page string) string {
	switch panel := p.settings.PanelURL; {
	case panel != "" && page != "":
		return strings.TrimSuffix(panel, "/") + "/" + page
	case panel != "":
		return panel
	case page != "":
		return "/auth/session?page=" + url.QueryEscape(page)
	}
	return "/auth/session"
}
