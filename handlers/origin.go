package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
)

// origin gives scheme://host of the address that a request was sent to, "" where its Host header
// is none. The header is the client's word. It ends up in a link that is given to that same client,
// so a lie harms nobody else; still, only the characters of host[:port] are taken from it, and
// headers that speak of another address (X-Forwarded-Host and its like) are never read. An operator
// behind a proxy sets --public-url.
func origin(r *http.Request) string {
	host := r.Host
	if host == "" || len(host) > 255 || !consistsOf(host, ".-_:[]") {
		return ""
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	if u, err := url.Parse(scheme + host); err != nil || u.Hostname() == "" {
		return ""
	}
	return scheme + strings.ToLower(host)
}

// Base is what links to this server begin with, scheme://host/folder; "" where the call does not tell.
func (r *Request) Base() string {
	origin := cmp.Or(r.PublicURL, origin(r.call.request))
	if origin == "" {
		return ""
	}
	return origin + "/" + r.call.Folder
}
