package handlers

import "panelgate/auth"

// masked gives a reply as the caller may see it.
func (a *Action) masked(caller *auth.Caller, reply any) any {
	if !caller.Masked || a.Mask == nil {
		return reply
	}
	if rows, many := reply.(*Rows); many {
		rows.mask = a.Mask
		return rows
	}
	return a.Mask(reply)
}
