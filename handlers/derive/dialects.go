package derive

import "panelgate/handlers"

func apiDialect() Dialect {
	return Dialect{
		ID:    "api",
		Title: "SPanel: POST /{folder}/api.php",
		Intro: []string{
			"One path for everything, any folder. The body is a form as PHP's http_build_query makes it, nested arrays in " +
				"brackets; a JSON object is read as the same fields.",
			"A success has HTTP status 200 and the shape that the action's example shows: mostly result and data, for some of " +
				"accounts/* a msg beside result or data alone. A success of a dry run also has the code complete_dryrun.",
			"An error has HTTP status 200 as well, unless the transport is at fault, and true statuses where the request has " +
				"the header X-Strict-Status: 1. It is result \"error\", message (always a list of texts), msg and errors (the same), " +
				"code, field where there is one at fault, and request_id.",
		},
		Common: fieldsOf([]handlers.Param{token(),
			{Name: "action", Type: "string", Required: true, Doc: "Name of the action."},
			accountUser(), dryRun(), key(), explain()}, ""),
	}
}

func restDialect() Dialect {
	return Dialect{
		ID:    "rest",
		Title: "Installatron Server: REST below /users",
		Intro: []string{
			"The API key goes in the header X-API-KEY and must be an admin token. A body is JSON, or a form with PHP's " +
				"brackets; GET and DELETE take their fields in the URL's query. X-HTTP-Method-Override on a POST names the method that is meant.",
			"An answer is result, status (the HTTP status too), errcode, errfield, message and data; lists have total_count. " +
				"A success of a dry run has the errcode complete_dryrun. Errors also have request_id.",
		},
		Common: fieldsOf([]handlers.Param{dryRun(), key(), explain()}, ""),
	}
}
