// Package signon signs people on: links that a program asks for and a browser opens once, the
// sessions that they begin, and the answers by which a web server in front of a panel lets people in.
package signon

import (
	"fmt"
	"net/netip"
	"strings"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/permissions"
	"panelgate/store"
)

// Link is a sign-on link that was made.
type Link struct {
	Token string `json:"token"` // 40 hex digits
	URL   string `json:"url"`
}

// Ask says how a link may be used.
type Ask struct {
	IP   string // the address that may open it; "" for any
	Page string // where it lands; "" for the index
}

// Make makes a link that signs somebody on. Whom the caller may sign on is for the action to say.
func Make(r *handlers.Request, who store.Person, ask Ask) (Link, error) {
	if err := check(r, who); err != nil {
		return Link{}, err
	}
	r.Concerns(who.Account)
	ticket := auth.NewTicket()
	err := r.CreateTicket(store.Ticket{
		Hash: auth.HashSecret(ticket), LoginID: who.ID, IP: ask.IP, Page: ask.Page,
		Expires: r.Now().Add(store.TicketLife),
	})
	return Link{Token: ticket, URL: r.Base() + "/sso/" + ticket}, err
}

func check(r *handlers.Request, who store.Person) error {
	switch {
	case r.Base() == "":
		return handlers.Invalid("Host", "links need a server name: send the header Host as host or host:port")
	case who.Suspended:
		return &handlers.Error{Code: handlers.CodeSuspended,
			Message: fmt.Sprintf("The account %s is suspended; nobody can be signed on to it.", who.Account)}
	}
	return nil
}

// ParseIP reads the address that a link is to be opened from: "", "0" and "false" are none, as
// PHP clients send their false.
func ParseIP(text string) (string, error) {
	if text == "" || text == "0" || text == "false" {
		return "", nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return "", handlers.Invalid("ip", "must be an IPv4 or IPv6 address, or 0 for none")
	}
	return address.Unmap().String(), nil
}

// ParsePage reads category/page in any case of letters and gives it in the tree's own names.
func ParsePage(tree *permissions.Tree, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	category, page, _ := strings.Cut(strings.ToLower(text), "/")
	known, ok := tree.Category(category)
	if !ok || !tree.Has(category, page) {
		// These words stand in a client of the vendor's.
		return "", &handlers.Error{Code: handlers.CodeInvalid, Subject: "redirect", Message: "Unknown page or category"}
	}
	return known.Name + "/" + page, nil
}

// TreeOf gives the tree that the grants of a role are drawn from.
func TreeOf(c *permissions.Catalogue, role string) *permissions.Tree {
	if role == store.RoleAdmin {
		return c.Admin
	}
	return c.User
}
